#![allow(clippy::unwrap_used, clippy::expect_used)]

use conversation::{Action, Attachment};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::turns::{message, tap, turn};

const LONG: Duration = Duration::from_secs(20);
const SECRET_TEXT: &str = "my card number is 4111";

fn settings(url: &str, more: Value) -> RasaSettings {
    let mut settings = json!({"url": url, "allow_private_addresses": true});
    let object = settings.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    serde_json::from_value(settings).unwrap()
}

fn bot(url: &str, more: Value) -> RasaBot {
    RasaBot::new(&settings(url, more), &BotSecrets::default()).unwrap()
}

/// What Rasa is told for a turn.
fn told(turn: &Turn) -> Option<String> {
    let settings = settings("http://rasa.example/", json!({}));
    request::message(&settings, &turn.trigger).map(|told| told.into_owned())
}

/// What a list of messages becomes.
fn read(messages: Value) -> Result<Vec<Action>, String> {
    let applied = ["applied".to_owned()];
    match response::answer(messages.to_string().as_bytes(), &applied) {
        Ok(answer) => Ok(answer.actions),
        Err(BotError::InvalidAnswer { problem }) => Err(problem),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_turn_is_posted_in_the_rest_channels_words_with_all_that_sparkcentral_told() {
    let server = MockServer::start().await;
    let mut turn = message("Where is my order?");
    turn.language = Some("en".to_owned());
    turn.topics = vec!["Orders".to_owned()];
    turn.internal = serde_json::from_value(json!({"channelDetails": {
        "channelId": "channel-1", "medium": "whatsapp",
        "contactAttributes": [{"attribute": "plan", "value": "gold", "source": "AGENT"}],
    }}))
    .unwrap();
    Mock::given(method("POST"))
        .and(path("/webhooks/rest/webhook"))
        .and(header("content-type", "application/json"))
        .and(header("authorization", "Bearer token-1"))
        .and(body_json(json!({
            "sender": "shop.conversation-1.1",
            "message": "Where is my order?",
            "metadata": {
                "turnId": "turn-1",
                "agent": "shop",
                "conversationId": "conversation-1",
                "episode": 1,
                "trigger": "message",
                "language": "en",
                "topics": ["Orders"],
                "channelDetails": turn.internal.channel_details,
            },
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([{"text": "Soon."}])))
        .expect(1)
        .mount(&server)
        .await;
    let secrets = BotSecrets {
        token: Some("token-1\n".into()),
        ..BotSecrets::default()
    };
    let bot = RasaBot::new(&settings(&server.uri(), json!({})), &secrets).unwrap();
    let BotAnswer::Now(answer) = bot.answer(&turn, LONG).await.unwrap() else {
        panic!()
    };
    assert!(answer.actions == [Action::say("Soon.")]);
}

#[tokio::test]
async fn a_path_of_ones_own_is_kept() {
    let server = MockServer::start().await;
    Mock::given(path("/rasa/webhooks/custom/webhook"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .expect(1)
        .mount(&server)
        .await;
    let url = format!("{}/rasa/webhooks/custom/webhook", server.uri());
    let answer = bot(&url, json!({})).answer(&message("Hi"), LONG).await;
    assert_eq!(answer.unwrap(), BotAnswer::Now(Answer::default()));
}

#[test]
fn each_trigger_has_its_words() {
    for (turn, expected) in [
        (turn(Trigger::Started), Some("/greet")),
        (turn(Trigger::Delegated), Some("/greet")),
        (message("Hi"), Some("Hi")),
        (message("  "), Some("/no_text")),
        (message("👍"), Some("👍")),
        (
            tap("/order_status{\"order\": \"1\"}"),
            Some("/order_status{\"order\": \"1\"}"),
        ),
        (tap(" "), Some("/no_text")),
    ] {
        assert_eq!(told(&turn).as_deref(), expected, "{turn:?}");
    }
}

#[test]
fn what_a_contact_types_is_never_a_command() {
    for (typed, expected) in [
        ("/restart", "restart"),
        (" \n//inform{\"vip\": true}", "inform{\"vip\": true}"),
        ("\u{0}/restart", "restart"),
        ("/ /restart", "restart"),
        ("and/or", "and/or"),
        ("///", "/no_text"),
    ] {
        assert_eq!(told(&message(typed)).as_deref(), Some(expected), "{typed}");
    }
}

#[tokio::test]
async fn with_nothing_to_tell_rasa_is_not_asked() {
    let none = json!({"started": "", "no_text": " "});
    let bot = bot("http://127.0.0.1:1/", none);
    for turn in [turn(Trigger::Started), message("")] {
        let answer = bot.answer(&turn, LONG).await.unwrap();
        assert_eq!(answer, BotAnswer::Now(Answer::default()));
    }
}

#[test]
fn texts_buttons_pictures_and_files_are_replies() {
    let actions = read(json!([
        {"recipient_id": "s", "text": "Which?", "buttons": [
            {"title": "This", "payload": "/choose{\"which\": 1}"},
            {"title": "That"},
            {"title": "All", "type": "web_url", "url": "https://shop.example/all"},
        ]},
        {"recipient_id": "s", "image": "https://files.example/map.png"},
        {"recipient_id": "s", "attachment": "https://files.example/a.pdf"},
        {"recipient_id": "s", "attachment":
            {"type": "video", "payload": {"title": "t", "src": "https://files.example/a.mp4"}}},
        {"recipient_id": "s", "text": "Look", "image": "https://files.example/b.png"},
        {"recipient_id": "s", "text": null, "buttons": [], "custom": null},
    ]))
    .unwrap();
    let replies: Vec<_> = actions
        .iter()
        .map(|action| match action {
            Action::Reply(reply) => reply,
            other => panic!("{other:?}"),
        })
        .collect();
    let payloads: Vec<_> = replies[0]
        .quick_replies
        .iter()
        .map(|quick| quick.payload())
        .collect();
    assert_eq!(payloads, ["/choose{\"which\": 1}", "That"]);
    assert_eq!(replies[0].links[0].url, "https://shop.example/all");
    let files: Vec<_> = replies
        .iter()
        .filter_map(|reply| match &reply.attachment {
            Some(Attachment::File(file)) => file.url.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(
        files,
        [
            "https://files.example/map.png",
            "https://files.example/a.pdf",
            "https://files.example/a.mp4",
            "https://files.example/b.png"
        ]
    );
    assert_eq!(
        (replies.len(), replies[4].text.as_deref()),
        (6, Some("Look"))
    );
}

#[test]
fn custom_json_holds_our_actions_and_the_end_comes_last() {
    let actions = read(json!([
        {"custom": {"handover": {"reason": "contact_asked", "summary": "Wants a refund."}}},
        {"custom": {"topics": ["Refunds", "applied"], "attributes": {"order": "1"}}},
        {"custom": {"actions": [{"type": "note", "text": "n"}]}},
        {"text": "One moment."},
        {"custom": {"resolve": true}},
    ]))
    .unwrap();
    let names: Vec<_> = actions.iter().map(Action::name).collect();
    assert_eq!(names, ["note", "reply", "topics", "attributes", "handover"]);
    let new = Action::Topics {
        topics: vec!["Refunds".to_owned()],
    };
    assert!(
        actions[2] == new,
        "a topic the conversation has is not set again"
    );
}

#[test]
fn what_can_not_be_used_is_told_by_its_place_and_never_by_its_content() {
    for (body, expected) in [
        (
            json!({"text": SECRET_TEXT}),
            "the body is not a list of messages",
        ),
        (json!([{"text": 1}]), "[0].text: is not what Rasa sends"),
        (json!([SECRET_TEXT]), "[0]"),
        (
            json!([{"text": "a"}, {"text": "b", "buttons": [{"payload": SECRET_TEXT}]}]),
            "[1].buttons[0]",
        ),
        (
            json!([{"attachment": {"name": SECRET_TEXT}}]),
            "[0].attachment: holds no address",
        ),
        (
            json!([{"custom": {"handovr": SECRET_TEXT}}]),
            "[0].custom: has an unknown field",
        ),
        (
            json!([{"custom": {"handover": {"reason": SECRET_TEXT}}}]),
            "[0].custom.handover.reason: expected one of",
        ),
        (
            json!([{"image": SECRET_TEXT}]),
            "actions[0].attachment.url: ",
        ),
    ] {
        let problem = read(body).unwrap_err();
        assert!(problem.starts_with(expected), "{expected}: {problem}");
        assert!(!problem.contains("4111"), "{problem}");
    }
    let html = response::answer(b"<html>4111</html>", &[]).unwrap_err();
    assert!(!format!("{html:?}").contains("4111"));
}

#[tokio::test]
async fn an_empty_list_is_silence_or_where_the_settings_say_so_a_failure() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .mount(&server)
        .await;
    let silence = BotAnswer::Now(Answer::default());
    let lenient = bot(&server.uri(), json!({}));
    assert_eq!(lenient.answer(&message("Hi"), LONG).await.unwrap(), silence);
    let strict = bot(&server.uri(), json!({"empty_is_failure": true}));
    let error = strict.answer(&message("Hi"), LONG).await.unwrap_err();
    assert!(matches!(error, BotError::InvalidAnswer { .. }) && !error.is_retryable());
    let greeting = strict.answer(&turn(Trigger::Started), LONG).await.unwrap();
    assert_eq!(greeting, silence, "nobody waits for a greeting");
}

#[tokio::test]
async fn a_status_tells_whether_to_ask_again() {
    for (status, again) in [
        (401, false),
        (404, false),
        (429, true),
        (500, true),
        (503, true),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status).set_body_string(SECRET_TEXT))
            .mount(&server)
            .await;
        let error = bot(&server.uri(), json!({}))
            .answer(&message(SECRET_TEXT), LONG)
            .await
            .unwrap_err();
        assert_eq!(error.is_retryable(), again, "{status}");
        assert!(!format!("{error:?}").contains("4111"));
    }
}
