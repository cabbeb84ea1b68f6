use conversation::{Attachment, Link, QuickReply};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// One action of every type with every field set.
fn full_actions() -> Vec<Action> {
    // A new action does not compile here: add it below and to Shape.
    fn _known(action: &Action) {
        match action {
            Action::Reply(_)
            | Action::Topics { topics: _ }
            | Action::Tags { tags: _ }
            | Action::Attributes { attributes: _ }
            | Action::Note { text: _ }
            | Action::Typing { on: _ }
            | Action::Handover {
                reason: _,
                profile: _,
                summary: _,
            }
            | Action::Resolve => {}
        }
    }
    let word = || "w".to_owned();
    vec![
        Action::Reply(ReplyAction {
            text: Some(word()),
            attachment: Some(Attachment::File(AttachmentFile {
                name: Some("a.png".into()),
                content_type: Some("image/png".into()),
                data: None,
                url: Some("https://files.example/a".into()),
                s3: None,
            })),
            quick_replies: vec![QuickReply {
                label: word(),
                payload: Some(word()),
            }],
            links: vec![Link {
                label: word(),
                url: "https://shop.example/".into(),
            }],
            rich_text: true,
        }),
        Action::Topics {
            topics: vec![word()],
        },
        Action::Tags { tags: vec![word()] },
        Action::Attributes {
            attributes: BTreeMap::from([("k".into(), word())]),
        },
        Action::Note { text: word() },
        Action::Typing { on: true },
        Action::Handover {
            reason: Some(HandoverReason::ContactAsked),
            profile: Some(word()),
            summary: Some(word()),
        },
        Action::Resolve,
    ]
}

#[test]
fn every_action_with_every_field_fits_the_shape() {
    for action in full_actions() {
        let value = serde_json::to_value(&action).unwrap();
        assert_eq!(in_action(&value), None, "{action:?}");
        assert!(super::action(&value) == Ok(action));
    }
}

#[test]
fn each_problem_is_told_by_its_path_and_never_by_its_value() {
    for (body, expected) in [
        ("", "the body is empty; answer 204 to say nothing"),
        (
            "<html>SECRET</html>",
            "the body is not JSON (line 1, column 1)",
        ),
        (
            "[\"SECRET\"]",
            "the body must be an object with actions and session",
        ),
        (
            r#"{"reply":"SECRET"}"#,
            "reply: unknown field, expected `actions` or `session`",
        ),
        (
            r#"{"SECRET text":1}"#,
            "?: unknown field, expected `actions` or `session`",
        ),
        (r#"{"actions":"SECRET"}"#, "actions: expected a sequence"),
        (r#"{"actions":["SECRET"]}"#, "actions[0]: expected a map"),
        (
            r#"{"actions":[{"text":"SECRET"}]}"#,
            "actions[0].type: must name an action",
        ),
        (
            r#"{"actions":[{"type":"resolve"},{"type":"reply","text":7}]}"#,
            "actions[1].text: expected a string",
        ),
        (
            r#"{"actions":[{"type":"reply","txt":"SECRET"}]}"#,
            "actions[0].txt: unknown field, expected one of `text`, `attachment`, \
             `quickReplies`, `links`, `richText`",
        ),
        (
            r#"{"actions":[{"type":"reply"},{"type":"reply","quickReplies":[{"payload":"SECRET"}]}]}"#,
            "actions[1].quickReplies[0].label: is missing",
        ),
        (
            r#"{"actions":[{"type":"reply","quickReplies":[{"label":["SECRET"]}]}]}"#,
            "actions[0].quickReplies[0].label: expected a string",
        ),
        (
            r#"{"actions":[{"type":"reply","links":[{"label":"SECRET","href":"SECRET"}]}]}"#,
            "actions[0].links[0].href: unknown field, expected `label` or `url`",
        ),
        (
            r#"{"actions":[{"type":"reply","attachment":7}]}"#,
            "actions[0].attachment: must be a file's name or an object",
        ),
        (
            r#"{"actions":[{"type":"reply","attachment":{"data":7}}]}"#,
            "actions[0].attachment.data: expected a string",
        ),
        (
            r#"{"actions":[{"type":"reply","attachment":{"link":"SECRET"}}]}"#,
            "actions[0].attachment.link: unknown field, expected one of `name`, `contentType`, \
             `data`, `url`, `s3`",
        ),
        (
            r#"{"actions":[{"type":"note"}]}"#,
            "actions[0].text: is missing",
        ),
        (
            r#"{"actions":[{"type":"typing","on":"SECRET"}]}"#,
            "actions[0].on: expected a boolean",
        ),
        (
            r#"{"actions":[{"type":"topics","topics":["a",1]}]}"#,
            "actions[0].topics[1]: expected a string",
        ),
        (
            r#"{"actions":[{"type":"attributes","attributes":{"tier":1}}]}"#,
            "actions[0].attributes.tier: expected a string",
        ),
        (
            r#"{"actions":[{"type":"attributes","attributes":{"SECRET key":1}}]}"#,
            "actions[0].attributes.?: expected a string",
        ),
        (
            r#"{"actions":[],"actions":[]}"#,
            "the body does not fit the schema (a field may stand there twice)",
        ),
    ] {
        let error = serde_json::from_slice::<Answer>(body.as_bytes()).unwrap_err();
        assert_eq!(diagnose(body.as_bytes(), &error), expected, "{body}");
    }
}

#[test]
fn an_unknown_action_or_reason_is_answered_with_the_known_ones() {
    for (body, start, holds) in [
        (
            r#"{"actions":[{"type":"SECRET"}]}"#,
            "actions[0].type: unknown action, expected one of",
            "`handover`",
        ),
        (
            r#"{"actions":[{"type":"handover","reason":"SECRET"}]}"#,
            "actions[0].reason: expected one of",
            "`bot_asked`",
        ),
        (
            r#"{"actions":[{"type":"handover","reason":"x, expected SECRET"}]}"#,
            "actions[0].reason: expected one of",
            "`bot_asked`",
        ),
    ] {
        let error = serde_json::from_slice::<Answer>(body.as_bytes()).unwrap_err();
        let problem = diagnose(body.as_bytes(), &error);
        assert!(
            problem.starts_with(start) && problem.contains(holds),
            "{problem}"
        );
        assert!(!problem.contains("SECRET"));
    }
}

const WORDS: &[&str] = &[
    "type",
    "actions",
    "session",
    "text",
    "attachment",
    "data",
    "url",
    "quickReplies",
    "label",
    "payload",
    "links",
    "topics",
    "attributes",
    "on",
    "reason",
    "SECRET key",
];
const NAMES: &[&str] = &[
    "reply",
    "topics",
    "attributes",
    "note",
    "typing",
    "handover",
];

/// JSON much like an answer, in which every text is a secret and any field can stand anywhere.
fn much_like_an_answer() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::from("a SECRET, expected SECRET `SECRET`")),
        proptest::sample::select(NAMES).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let field = (proptest::sample::select(WORDS), inner.clone());
        let fields = vec(field, 0..5);
        let map = fields.prop_map(|fields| {
            let fields = fields
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value));
            Value::Object(fields.collect())
        });
        let typed = (proptest::sample::select(NAMES), map.clone()).prop_map(|(name, mut map)| {
            map["type"] = name.into();
            map
        });
        prop_oneof![vec(inner, 0..4).prop_map(Value::Array), map, typed]
    })
}

proptest! {
    #[test]
    fn whatever_an_answer_looks_like_its_problems_hold_none_of_its_words(
        actions in vec(much_like_an_answer(), 0..4),
        whole in much_like_an_answer(),
    ) {
        for body in [json!({ "actions": actions }), whole] {
            if let Err(BotError::InvalidAnswer { problem }) = answer(body.to_string().as_bytes()) {
                prop_assert!(!problem.contains("SECRET"), "{problem}");
                prop_assert!(!problem.contains("fit the schema"), "the place is known: {body}");
            }
        }
    }
}
