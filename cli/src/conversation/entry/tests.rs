use super::*;
use serde_json::{Value, json};

fn entry(fields: Value) -> Entry {
    let mut entry = json!({"at": "2026-07-30T10:01:02.5Z", "from": "bot"});
    let fields = fields.as_object().unwrap().clone();
    entry.as_object_mut().unwrap().extend(fields);
    serde_json::from_value(entry).unwrap()
}

#[test]
fn each_outcome_of_an_event_is_told_in_words() {
    for (fields, told) in [
        (json!({"outcome": "in_progress"}), "the bot is being asked"),
        (json!({"outcome": "queued"}), "waits for the bot"),
        (json!({"outcome": "answered"}), "answered at once"),
        (
            json!({"outcome": "turned", "later": true}),
            "the bot took it, to answer later",
        ),
        (json!({"outcome": "turned"}), "the bot had nothing to say"),
        (
            json!({"outcome": "turned", "replyIds": ["k.1", "k.2"]}),
            "answered by 2 replies",
        ),
        (
            json!({"outcome": "not_asked", "reason": "with_agent"}),
            "not given to the bot: people had the conversation",
        ),
        (
            json!({"outcome": "merged", "mergedInto": "k-2"}),
            "given to the bot together with k-2",
        ),
        (
            json!({"outcome": "too_late"}),
            "the bot's answer came too late and was not sent",
        ),
        (
            json!({"outcome": "failed"}),
            "the bot failed, people were asked",
        ),
        (
            json!({"outcome": "new_in_a_later_version"}),
            "new_in_a_later_version",
        ),
    ] {
        let mut event = entry(fields);
        event.from = "contact".into();
        event.event = Some("message".into());
        event.turn_id = Some("k-1".into());
        assert_eq!(
            headline(&event),
            format!("10:01:02  contact       {told}  [k-1]")
        );
    }
}

#[test]
fn each_delivery_is_told_with_its_reason() {
    let at = "2026-07-30T10:01:03Z";
    for (attempts, delivery, told) in [
        (0, json!({"status": "pending"}), "pending"),
        (
            1,
            json!({"status": "sending", "lease_until": at}),
            "sending",
        ),
        (1, json!({"status": "sent", "at": at}), "sent 10:01:03"),
        (
            0,
            json!({"status": "sent", "via": "webhook_answer"}),
            "sent as the webhook's answer",
        ),
        (
            5,
            json!({"status": "failed", "at": at, "problem": "status 400"}),
            "failed 10:01:03 after 5 attempts: status 400",
        ),
        (
            1,
            json!({"status": "unknown", "at": at}),
            "unknown 10:01:03: it may have arrived, and is not sent again",
        ),
        (
            0,
            json!({"status": "dropped", "at": at, "reason": "not_assigned"}),
            "dropped 10:01:03: Sparkcentral answered 404: the conversation was not the bot's any more",
        ),
    ] {
        let fields = json!({"replyId": "k.1", "attempts": attempts, "delivery": delivery});
        assert_eq!(
            headline(&entry(fields)),
            format!("10:01:02  bot           {told}  [k.1]")
        );
    }
}

#[test]
fn what_a_reply_does_beside_speaking_is_told_without_anybodys_words() {
    let reply = json!({
        "sendMessage": {"text": "secret", "attachment": "map.png"},
        "applyTopics": ["Orders", "VIP"],
        "setContactAttributes": {"tier": "secret"},
        "applyConversationNotes": [{"text": "secret"}],
        "complete": "HANDOVER",
    });
    let upload = json!({"name": "map.png", "problem": "too large"});
    let delivery = json!({"status": "pending"});
    let fields = json!({"replyId": "k.1", "delivery": delivery, "reply": reply, "upload": upload});
    assert_eq!(
        shown(&entry(fields), false),
        "10:01:02  bot           pending; 1 attachment; topics Orders, VIP; attributes tier; notes; \
         hands over to people; file map.png left out: too large  [k.1]\n"
    );
}

#[test]
fn every_message_is_shown_and_none_commands_the_terminal() {
    let reply = json!({
        "sendMessage": {"text": "one\n\ntwo\u{1b}[2J"},
        "sendMessages": [{"text": "three"}],
    });
    let fields = json!({
        "from": "api", "token": "operator", "replyId": "r", "text": "one", "reply": reply,
        "delivery": {"status": "pending"},
    });
    let blanks = " ".repeat(24);
    assert_eq!(
        shown(&entry(fields), true),
        format!(
            "10:01:02  api (operator)  pending  [r]\n{blanks}one\n\n{blanks}two\\u{{1b}}[2J\n{blanks}three\n"
        )
    );
}

#[test]
fn what_sparkcentral_told_is_told_with_what_came_of_it() {
    for (event, told) in [
        ("started", "started the conversation: answered by 1 reply"),
        (
            "delegated",
            "gave the conversation to the bot: answered by 1 reply",
        ),
        (
            "new_in_a_later_version",
            "new_in_a_later_version: answered by 1 reply",
        ),
    ] {
        let fields = json!({
            "from": "sparkcentral", "turnId": "k-1", "event": event, "outcome": "turned",
            "replyIds": ["k-1.1"],
        });
        let told = format!("10:01:02  sparkcentral  {told}  [k-1]");
        assert_eq!(headline(&entry(fields)), told);
    }
}
