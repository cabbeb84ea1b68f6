use conversation::Trigger;

use super::*;
use crate::turns::{tap, turn};

fn body(more: Value, turn: &Turn) -> Option<Value> {
    super::super::request::body(&settings(more), turn, &Session::default())
}

#[test]
fn each_trigger_has_its_input() {
    for (turn, expected) in [
        (
            turn(Trigger::Started),
            json!({"event": {"event": "WELCOME"}}),
        ),
        (
            turn(Trigger::Delegated),
            json!({"event": {"event": "BACK"}}),
        ),
        (message(" Hi "), json!({"text": {"text": "Hi"}})),
        (
            tap("ORDER_STATUS"),
            json!({"text": {"text": "ORDER_STATUS"}}),
        ),
        (
            message(" \n"),
            json!({"event": {"event": "sys.no-input-default"}}),
        ),
        (
            tap(" "),
            json!({"event": {"event": "sys.no-input-default"}}),
        ),
    ] {
        let mut expected = expected;
        expected["languageCode"] = "en".into();
        let body = body(json!({"delegated_event": "BACK"}), &turn).unwrap();
        assert_eq!(body["queryInput"], expected, "{turn:?}");
    }
}

#[test]
fn a_text_is_cut_where_dialogflow_takes_no_more() {
    for (text, chars) in [
        ("é".repeat(256), 256),
        ("👍".repeat(300), 256),
        ("a".repeat(100 * 1024), 256),
    ] {
        let body = body(json!({}), &message(&text)).unwrap();
        let sent = body["queryInput"]["text"]["text"].as_str().unwrap();
        assert_eq!(sent.chars().count(), chars);
        assert!(text.starts_with(sent));
    }
}

#[test]
fn without_an_event_dialogflow_is_not_asked() {
    let none = json!({"welcome_event": "", "delegated_event": " ", "no_text_event": ""});
    for turn in [
        turn(Trigger::Started),
        turn(Trigger::Delegated),
        message(""),
    ] {
        assert_eq!(body(none.clone(), &turn), None, "{turn:?}");
    }
}

#[test]
fn what_sparkcentral_told_goes_along_for_flows_and_for_webhooks() {
    let mut turn = message("Hi");
    turn.language = Some("fr".to_owned());
    turn.topics = vec!["Orders".to_owned()];
    let details = json!({"channelId": "channel-1", "medium": "sms"});
    turn.internal = serde_json::from_value(json!({ "channelDetails": details })).unwrap();
    let body = body(json!({}), &turn).unwrap();
    assert_eq!(body["queryInput"]["languageCode"], "fr");
    assert_eq!(
        body["queryParams"],
        json!({
            "sessionTtl": "86400s",
            "parameters": {"channelDetails": details},
            "payload": {
                "turnId": "turn-1",
                "conversationId": "conversation-1",
                "topics": ["Orders"],
                "channelDetails": details,
            },
        })
    );
}

#[test]
fn an_episode_has_a_session_of_its_own_whose_name_tells_nothing() {
    let id = super::super::request::session_id;
    let first = id(&message("Hi"));
    assert_eq!(first, id(&turn(Trigger::Started)));
    assert!(
        first.len() == 36 && !first.contains("conversation"),
        "{first}"
    );
    let mut next = message("Hi");
    next.episode = 2;
    assert_ne!(first, id(&next));
}
