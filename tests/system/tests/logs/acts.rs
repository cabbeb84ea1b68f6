//! A bot and contacts with marks in every field.

use serde_json::{Value, json};
use system_tests::{Answer, RegisteredAgent, TestBot};

use crate::marks::Marks;

/// Line ends, and what some programs take for one.
pub(crate) const BREAKS: [&str; 6] = ["\n", "\r\n", "\u{2028}", "\u{2029}", "\u{85}", "\u{0}"];

/// Everything that keeps an agent from being anybody's.
pub(crate) fn keep_secrets(marks: &Marks, agent: &RegisteredAgent) {
    let tokens = &agent.api_tokens;
    for (what, secret) in [
        ("the webhook's secret", &agent.webhook_secret),
        ("a viewer's token", &tokens.viewer),
        ("a contributor's token", &tokens.contributor),
        ("a supervisor's token", &tokens.supervisor),
        (
            "the client's secret",
            &agent.simulator_credentials.client_secret,
        ),
    ] {
        marks.keep(what, secret);
    }
}

/// A bot that says marked things, and misbehaves in each way it is told to by the contact's first word.
pub(crate) async fn bot(marks: &Marks) -> TestBot {
    let word = |place: &str| marks.word(&format!("the bot's {place}"));
    let full = json!([
        {
            "type": "reply",
            "text": word("text"),
            "quickReplies": [{"label": word("label"), "payload": word("payload")}],
            "links": [{"label": word("link"), "url": format!("https://example.com/?q={}", word("address"))}],
        },
        {"type": "topics", "topics": [word("topic")]},
        {"type": "attributes", "attributes": {"mail": marks.mail("the bot's attribute")}},
        {"type": "note", "text": word("note")},
    ]);
    let file = |file: Value| json!([{"type": "reply", "text": "see", "attachment": file}]);
    let files = [
        (
            "data",
            file(json!({"data": "bm8=", "name": format!("{}.txt", word("file's name"))})),
        ),
        (
            "url",
            file(
                json!({"url": format!("https://127.0.0.1/{}?sig={}", word("file's address"), word("signature"))}),
            ),
        ),
        (
            "s3",
            file(json!({"s3": format!("s3://no-such-bucket/{}", word("key"))})),
        ),
    ];
    let handover = json!([
        {"type": "attributes", "attributes": {"phone": marks.phone("the bot's attribute")}},
        {"type": "handover", "summary": word("summary"), "reason": "bot_asked"},
    ]);
    let invalid = json!([{"type": word("unknown action"), word("unknown field"): word("value")}]);
    let breaking = json!([{"type": "reply", "text": "", "quickReplies": [{"label": ""}], "links": [
        {"label": word("label"), "url": word("no address")},
    ]}]);
    let no_actions = json!({"actions": word("no list"), "session": word("session")});
    let error = json!({"error": word("error"), "detail": marks.mail("the bot's error")});
    TestBot::start(move |turn| {
        let text = turn["trigger"]["text"].as_str().unwrap_or_default();
        let (first, _) = text.split_once(' ').unwrap_or((text, ""));
        let found = files.iter().find(|(name, _)| *name == first);
        match (first, found) {
            (_, Some((_, actions))) => Answer::actions(actions.clone()),
            ("full", _) => {
                let mut answer = Answer::actions(full.clone());
                answer.body["session"] = json!({"remembered": text});
                answer
            }
            ("person", _) => Answer::actions(handover.clone()),
            ("invalid", _) => Answer::actions(invalid.clone()),
            ("breaking", _) => Answer::actions(breaking.clone()),
            ("shapeless", _) => Answer {
                body: no_actions.clone(),
                ..Answer::text("")
            },
            ("error", _) => Answer {
                status: 500,
                body: error.clone(),
                ..Answer::text("")
            },
            ("refuse", _) => Answer {
                status: 422,
                body: error.clone(),
                ..Answer::text("")
            },
            ("later", _) => Answer::status(202),
            ("slow", _) => Answer::text(text).after(3_000),
            ("", _) => Answer::text("welcome"),
            _ => Answer::text(text),
        }
    })
    .await
}

/// A contact with marks wherever something is told of it.
pub(crate) fn contact(marks: &Marks) -> Value {
    json!({
        "primaryIdentifier": marks.mail("a contact's first identifier"),
        "secondaryIdentifier": marks.phone("a contact's second identifier"),
        "mediumContactProfileId": marks.word("a contact's id"),
        "pictureUrl": format!("https://example.com/{}.jpg", marks.word("a contact's picture")),
        "attributes": [{"attribute": "name", "value": marks.word("a contact's name")}],
    })
}
