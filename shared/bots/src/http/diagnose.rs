//! Says which field of an answer is wrong, without repeating what stands in it.
//!
//! Runs only after reading has failed. serde can't do it: its messages quote values, and inside a
//! tagged enum it has lost the path.

use conversation::HandoverReason;
use serde_json::{Map, Value};

/// What a field must hold.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    OptionalText,
    Texts,
    TextByName,
    Flag,
    OptionalFlag,
    OptionalReason,
}

type Fields = &'static [(&'static str, Kind)];

/// The fields of every action, as in [`conversation::Action`]; a test keeps the two the same.
const ACTIONS: &[(&str, Fields)] = &[
    (
        "reply",
        &[
            ("text", Kind::OptionalText),
            ("attachment", Kind::OptionalText),
            ("richText", Kind::OptionalFlag),
        ],
    ),
    ("topics", &[("topics", Kind::Texts)]),
    ("tags", &[("tags", Kind::Texts)]),
    ("attributes", &[("attributes", Kind::TextByName)]),
    ("note", &[("text", Kind::Text)]),
    ("typing", &[("on", Kind::Flag)]),
    ("handover", &[("reason", Kind::OptionalReason)]),
    ("resolve", &[]),
];

/// What is wrong with a body that could not be read as an answer.
pub(super) fn diagnose(body: &[u8], error: &serde_json::Error) -> String {
    if body.is_empty() {
        return "the body is empty; answer 204 to say nothing".to_owned();
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return format!(
            "the body is not JSON (line {}, column {})",
            error.line(),
            error.column()
        );
    };
    in_answer(&value).unwrap_or_else(|| {
        "the body does not fit the schema (a field may stand there twice)".to_owned()
    })
}

fn in_answer(value: &Value) -> Option<String> {
    let Some(answer) = value.as_object() else {
        return Some("the body must be an object with actions and session".to_owned());
    };
    if let Some(key) = answer
        .keys()
        .find(|key| !matches!(key.as_str(), "actions" | "session"))
    {
        return Some(format!(
            "{}: unknown field, expected actions and session",
            shown(key)
        ));
    }
    match answer.get("actions") {
        None => None,
        Some(Value::Array(actions)) => actions.iter().enumerate().find_map(|(index, action)| {
            in_action(action).map(|problem| format!("actions[{index}]{problem}"))
        }),
        Some(_) => Some("actions: must be a list".to_owned()),
    }
}

fn in_action(action: &Value) -> Option<String> {
    let Some(action) = action.as_object() else {
        return Some(": must be an object".to_owned());
    };
    let known = || {
        ACTIONS
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some(Value::String(name)) = action.get("type") else {
        return Some(format!(".type: must be one of {}", known()));
    };
    let Some((_, fields)) = ACTIONS.iter().find(|(known, _)| known == name) else {
        return Some(format!(
            ".type: unknown action, expected one of {}",
            known()
        ));
    };
    unknown_field(action, fields).or_else(|| {
        fields.iter().find_map(|(field, kind)| {
            in_field(action.get(*field), *kind).map(|problem| format!(".{field}{problem}"))
        })
    })
}

fn unknown_field(action: &Map<String, Value>, fields: Fields) -> Option<String> {
    let is_known = |key: &str| key == "type" || fields.iter().any(|(field, _)| *field == key);
    let key = action.keys().find(|key| !is_known(key))?;
    Some(format!(".{}: unknown field of this action", shown(key)))
}

fn in_field(value: Option<&Value>, kind: Kind) -> Option<String> {
    let value = value.unwrap_or(&Value::Null);
    let ok = match kind {
        Kind::Text => value.is_string(),
        Kind::OptionalText => value.is_string() || value.is_null(),
        Kind::Flag => value.is_boolean(),
        Kind::OptionalFlag => value.is_boolean() || value.is_null(),
        Kind::OptionalReason => {
            value.is_null()
                || HandoverReason::ALL
                    .iter()
                    .any(|r| value.as_str() == Some(r.as_str()))
        }
        Kind::Texts => {
            if let Some(index) = value
                .as_array()
                .and_then(|list| list.iter().position(|item| !item.is_string()))
            {
                return Some(format!("[{index}]: must be text"));
            }
            value.is_array()
        }
        Kind::TextByName => {
            if let Some((key, _)) = value
                .as_object()
                .and_then(|map| map.iter().find(|(_, item)| !item.is_string()))
            {
                return Some(format!(".{}: must be text", shown(key)));
            }
            value.is_object()
        }
    };
    let rule = match kind {
        Kind::Text => "must be text".to_owned(),
        Kind::OptionalText => "must be text or absent".to_owned(),
        Kind::Flag | Kind::OptionalFlag => "must be true or false".to_owned(),
        Kind::Texts => "must be a list of texts".to_owned(),
        Kind::TextByName => "must be an object of texts".to_owned(),
        Kind::OptionalReason => {
            let reasons: Vec<_> = HandoverReason::ALL.iter().map(|r| r.as_str()).collect();
            format!("must be absent or one of {}", reasons.join(", "))
        }
    };
    (!ok).then(|| format!(": {rule}"))
}

/// A key as it stands there, where it looks like a field's name; else it may be anything.
fn shown(key: &str) -> &str {
    let is_name = (1..=40).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if is_name { key } else { "?" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use conversation::{Action, Answer};

    use super::*;

    /// One action of every type with every field set.
    fn full_actions() -> Vec<Action> {
        // A new action does not compile here: add it below and to ACTIONS.
        fn _known(action: &Action) {
            match action {
                Action::Reply {
                    text: _,
                    attachment: _,
                    rich_text: _,
                }
                | Action::Topics { topics: _ }
                | Action::Tags { tags: _ }
                | Action::Attributes { attributes: _ }
                | Action::Note { text: _ }
                | Action::Typing { on: _ }
                | Action::Handover { reason: _ }
                | Action::Resolve => {}
            }
        }
        vec![
            Action::Reply {
                text: Some("t".into()),
                attachment: Some("a".into()),
                rich_text: true,
            },
            Action::Topics {
                topics: vec!["t".into()],
            },
            Action::Tags {
                tags: vec!["t".into()],
            },
            Action::Attributes {
                attributes: BTreeMap::from([("k".into(), "v".into())]),
            },
            Action::Note { text: "t".into() },
            Action::Typing { on: true },
            Action::Handover {
                reason: Some(HandoverReason::ContactAsked),
            },
            Action::Resolve,
        ]
    }

    #[test]
    fn the_table_names_the_same_fields_as_the_contract() {
        let actual: Vec<(String, Vec<String>)> = full_actions()
            .iter()
            .map(|action| {
                let value = serde_json::to_value(action).unwrap();
                let mut fields: Vec<String> = value
                    .as_object()
                    .unwrap()
                    .keys()
                    .filter(|k| *k != "type")
                    .cloned()
                    .collect();
                fields.sort();
                (action.name().to_owned(), fields)
            })
            .collect();
        let table: Vec<(String, Vec<String>)> = ACTIONS
            .iter()
            .map(|(name, fields)| {
                let mut fields: Vec<String> = fields.iter().map(|(f, _)| (*f).to_owned()).collect();
                fields.sort();
                ((*name).to_owned(), fields)
            })
            .collect();
        assert_eq!(actual, table);
    }

    #[test]
    fn an_answer_that_can_be_read_has_nothing_wrong_with_it() {
        let answer = Answer {
            actions: full_actions(),
            session: Some(1.into()),
        };
        assert_eq!(in_answer(&serde_json::to_value(answer).unwrap()), None);
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
                "reply: unknown field, expected actions and session",
            ),
            (
                r#"{"SECRET text":1}"#,
                "?: unknown field, expected actions and session",
            ),
            (r#"{"actions":"SECRET"}"#, "actions: must be a list"),
            (r#"{"actions":["SECRET"]}"#, "actions[0]: must be an object"),
            (
                r#"{"actions":[{"type":"resolve"},{"type":"reply","text":7}]}"#,
                "actions[1].text: must be text or absent",
            ),
            (
                r#"{"actions":[{"type":"reply","txt":"SECRET"}]}"#,
                "actions[0].txt: unknown field of this action",
            ),
            (
                r#"{"actions":[{"type":"note"}]}"#,
                "actions[0].text: must be text",
            ),
            (
                r#"{"actions":[{"type":"typing","on":"SECRET"}]}"#,
                "actions[0].on: must be true or false",
            ),
            (
                r#"{"actions":[{"type":"topics","topics":["a",1]}]}"#,
                "actions[0].topics[1]: must be text",
            ),
            (
                r#"{"actions":[{"type":"topics","topics":"SECRET"}]}"#,
                "actions[0].topics: must be a list of texts",
            ),
            (
                r#"{"actions":[{"type":"attributes","attributes":{"tier":1}}]}"#,
                "actions[0].attributes.tier: must be text",
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
                "actions[0].type: unknown action",
                "handover",
            ),
            (
                r#"{"actions":[{"text":"SECRET"}]}"#,
                "actions[0].type: must be one of",
                "reply",
            ),
            (
                r#"{"actions":[{"type":"handover","reason":"SECRET"}]}"#,
                "actions[0].reason: must be absent or one of",
                "bot_asked",
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
}
