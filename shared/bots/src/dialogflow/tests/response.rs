use conversation::{Action, Attachment, HandoverReason};

use super::*;

/// What a `queryResult` becomes.
fn read(more: Value, before: &Session, result: Value) -> Result<Answer, String> {
    let mut turn = message("Hi");
    turn.topics = vec!["applied".to_owned()];
    let body = json!({"responseId": "r-1", "queryResult": result}).to_string();
    super::super::response::answer(&settings(more), &turn, before, body.as_bytes())
        .map_err(|error| error.to_string())
}

fn said(messages: Value) -> Vec<Action> {
    let result = json!({ "responseMessages": messages });
    read(json!({}), &Session::default(), result)
        .unwrap()
        .actions
}

fn names(actions: &[Action]) -> Vec<&'static str> {
    actions.iter().map(Action::name).collect()
}

#[test]
fn texts_are_replies_and_messages_for_telephones_are_left_out() {
    let actions = said(json!([
        {"text": {"text": ["One", "Two"]}, "responseType": "ENTRY_PROMPT"},
        {"text": {"text": [""]}},
        {"outputAudioText": {"text": "spoken"}},
        {"conversationSuccess": {"metadata": {}}},
        {"playAudio": {"audioUri": "gs://a/b"}},
    ]));
    assert!(actions == [Action::say("One\nTwo")]);
}

#[test]
fn a_handoff_asks_people_for_the_reason_it_tells() {
    let handoff = |metadata: Value| {
        said(json!([{"liveAgentHandoff": {"metadata": metadata}}, {"text": {"text": ["Bye"]}}]))
    };
    let full =
        handoff(json!({"reason": "not_understood", "profile": "french", "summary": "s", "x": 1}));
    assert_eq!(names(&full), ["reply", "handover"], "the end comes last");
    let expected = Action::Handover {
        reason: Some(HandoverReason::NotUnderstood),
        profile: Some("french".to_owned()),
        summary: Some("s".to_owned()),
    };
    assert!(full[1] == expected);
    for metadata in [
        json!({}),
        json!({"reason": "of its own"}),
        json!({"reason": 1}),
    ] {
        let plain = handoff(metadata);
        assert!(plain[1] == Action::hand_over(Some(HandoverReason::BotAsked)));
    }
}

#[test]
fn the_end_of_the_session_closes_the_conversation_unless_the_settings_say_no() {
    let end = json!({"responseMessages": [{"endInteraction": {}}, {"text": {"text": ["Bye"]}}]});
    let session = Session::default();
    let closed = read(json!({}), &session, end.clone()).unwrap().actions;
    assert_eq!(names(&closed), ["reply", "resolve"]);
    let open = read(json!({"resolve_at_end": false}), &session, end).unwrap();
    assert_eq!(names(&open.actions), ["reply"]);
}

#[test]
fn intents_are_topics_and_parameters_attributes_each_once() {
    let more = json!({
        "topics": {"order.status": ["Orders", "applied"]},
        "attributes": {"order-id": "order_number", "vip": "is_vip", "absent": "absent"},
    });
    let result = json!({
        "match": {"matchType": "INTENT", "intent": {"displayName": "order.status"}},
        "parameters": {"order-id": 12, "vip": true, "absent": null, "other": "x"},
    });
    let answer = read(more.clone(), &Session::default(), result.clone()).unwrap();
    let [Action::Topics { topics }, Action::Attributes { attributes }] = &answer.actions[..] else {
        panic!("{answer:?}")
    };
    assert_eq!(*topics, ["Orders"]);
    let pairs: Vec<_> = attributes
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(pairs, [("is_vip", "true"), ("order_number", "12")]);
    let again = Session::read(&answer.session.unwrap());
    let answer = read(more, &again, result).unwrap();
    assert_eq!(
        (names(&answer.actions), answer.session),
        (vec!["topics"], None)
    );
}

#[test]
fn people_are_asked_after_as_many_misunderstandings_in_a_row_as_the_settings_say() {
    let missed = json!({"match": {"matchType": "NO_MATCH"}, "responseMessages": [{"text": {"text": ["Sorry?"]}}]});
    let understood = json!({"match": {"matchType": "INTENT"}});
    let more = json!({"not_understood_after": 2});
    let next = |session: &Value, result: &Value| {
        let answer = read(more.clone(), &Session::read(session), result.clone()).unwrap();
        let session = answer.session.unwrap_or_else(|| session.clone());
        (names(&answer.actions), session)
    };
    let (actions, once) = next(&Value::Null, &missed);
    assert_eq!(actions, ["reply"]);
    let (actions, twice) = next(&once, &missed);
    assert_eq!(actions, ["reply", "handover"]);
    assert_eq!(next(&twice, &missed).0, ["reply"], "it is counted anew");
    let (_, none) = next(&once, &understood);
    assert_eq!(next(&none, &missed).0, ["reply"]);
    let never = json!({"not_understood_after": 0});
    let many = Session {
        misses: 99,
        ..Session::default()
    };
    assert_eq!(
        names(&read(never, &many, missed).unwrap().actions),
        ["reply"]
    );
}

#[test]
fn rich_content_is_shown_as_far_as_we_can() {
    let actions = said(json!([
        {"text": {"text": ["Which?"]}},
        {"payload": {"richContent": [[
            {"type": "chips", "options": [
                {"text": "This"}, {"text": "All", "link": "https://shop.example/all"}]},
            {"type": "button", "text": "Help", "link": "https://shop.example/help", "icon": {}},
            {"type": "divider"},
            {"type": "image", "rawUrl": "https://files.example/map.png", "accessibilityText": "Map"},
            {"type": "description", "title": "Title", "text": ["line 1", "line 2"]},
            {"type": "list", "title": "t", "event": {"name": "e"}},
        ]]}},
    ]));
    let [Action::Reply(which), Action::Reply(image), description] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert_eq!(which.quick_replies[0].payload(), "This");
    let links: Vec<_> = which.links.iter().map(|link| link.label.as_str()).collect();
    assert_eq!(links, ["All", "Help"]);
    assert!(matches!(&image.attachment, Some(Attachment::File(file)) if file.url.is_some()));
    assert!(*description == Action::say("Title\nline 1\nline 2"));
}

#[test]
fn a_payload_holds_our_actions() {
    let actions = said(json!([{"payload": {
        "topics": ["Refunds", "applied"],
        "handover": {"reason": "contact_asked"},
        "actions": [{"type": "reply", "text": "Which?", "quickReplies": [{"label": "This"}]}],
    }}]));
    assert_eq!(names(&actions), ["reply", "topics", "handover"]);
}

#[test]
fn what_can_not_be_used_is_told_by_its_place_and_never_by_its_content() {
    let at = |messages: Value| json!({"responseMessages": messages});
    for (result, expected) in [
        (json!("SECRET"), "queryResult: is not what Dialogflow sends"),
        (
            at(json!([{"text": {"text": "SECRET"}}])),
            "queryResult.responseMessages[0].text.text: is",
        ),
        (
            at(json!([{}, {"payload": {"SECRET": 1}}])),
            "queryResult.responseMessages[1].payload: has an unknown field",
        ),
        (
            at(json!([{"payload": {"richContent": "SECRET"}}])),
            "queryResult.responseMessages[0].payload.richContent: is not",
        ),
        (
            at(json!([{"payload": {"topics": ["a", 1]}}])),
            "queryResult.responseMessages[0].payload.topics[1]: expected a string",
        ),
    ] {
        let problem = read(json!({}), &Session::default(), result).unwrap_err();
        assert!(problem.contains(expected), "{expected}: {problem}");
        assert!(!problem.contains("SECRET"), "{problem}");
    }
}

#[test]
fn a_place_is_remembered_where_a_turn_can_begin_at_it() {
    let more = json!({"restore_page": true});
    let place = |page: &str, parameters: Value| {
        let result = json!({"currentPage": {"name": page}, "parameters": parameters});
        let answer = read(more.clone(), &Session::default(), result).unwrap();
        answer
            .session
            .and_then(|session| Session::read(&session).place)
    };
    let page = format!("{AGENT}/flows/f/pages/p");
    assert!(place(&page, json!({"a": 1})).is_some());
    assert!(place(&format!("{AGENT}/flows/f/pages/END_SESSION"), json!({})).is_none());
    assert!(place("", json!({})).is_none(), "a playbook has no page");
    let big = json!({"a": "x".repeat(13 * 1024)});
    assert!(place(&page, big).is_none(), "the state has no room for it");
}
