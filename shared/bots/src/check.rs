//! What an answer must keep to beyond its shape, the same for every adapter that talks to a service.

use conversation::{Action, Answer, MAX_ACTIONS, MAX_SESSION_BYTES};
use sparkcentral::attachment::check_filename;
use sparkcentral::reply::MAX_NOTE_CHARS;

/// The first rule the answer breaks, as `path: what it must be`. Holds no values.
pub(crate) fn problem(answer: &Answer) -> Option<String> {
    let actions = answer.actions.len();
    if actions > MAX_ACTIONS {
        return Some(format!(
            "actions: {actions} actions, at most {MAX_ACTIONS} are allowed"
        ));
    }
    for (index, action) in answer.actions.iter().enumerate() {
        if let Some((field, rule)) = action_problem(action) {
            return Some(format!("actions[{index}]{field}: {rule}"));
        }
    }
    let bytes = answer
        .session
        .as_ref()
        .map_or(0, |session| session.to_string().len());
    (bytes > MAX_SESSION_BYTES)
        .then(|| format!("session: {bytes} bytes, at most {MAX_SESSION_BYTES} are allowed"))
}

fn action_problem(action: &Action) -> Option<(String, String)> {
    let at = |field: &str, rule: &str| Some((field.to_owned(), rule.to_owned()));
    match action {
        Action::Reply {
            text, attachment, ..
        } => {
            let blank_text = text.as_deref().is_none_or(is_blank);
            match attachment.as_deref() {
                None if blank_text => at("", "a reply needs text, an attachment or both"),
                None => None,
                Some(name) => check_filename(name)
                    .err()
                    .map(|problem| (".attachment".to_owned(), problem.to_string())),
            }
        }
        Action::Topics { topics } => blank_entry("topics", topics),
        Action::Tags { tags } => blank_entry("tags", tags),
        Action::Note { text } if is_blank(text) => at(".text", "must not be empty"),
        Action::Note { text } if text.chars().count() > MAX_NOTE_CHARS => Some((
            ".text".to_owned(),
            format!("a note has at most {MAX_NOTE_CHARS} characters"),
        )),
        Action::Attributes { attributes } if !attributes.keys().all(|key| is_alias(key)) => at(
            ".attributes",
            "an alias is made of letters a-z and A-Z, digits and _ only",
        ),
        Action::Note { .. }
        | Action::Attributes { .. }
        | Action::Typing { .. }
        | Action::Handover { .. }
        | Action::Resolve => None,
    }
}

fn blank_entry(field: &str, entries: &[String]) -> Option<(String, String)> {
    let index = entries.iter().position(|entry| is_blank(entry))?;
    Some((format!(".{field}[{index}]"), "must not be empty".to_owned()))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Whether Sparkcentral takes `key` as the alias of a contact attribute.
pub(crate) fn is_alias(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use conversation::HandoverReason;
    use serde_json::Value;

    use super::*;

    fn with(action: Action) -> Answer {
        Answer {
            actions: vec![action],
            session: None,
        }
    }

    fn reply(text: Option<&str>, attachment: Option<&str>) -> Answer {
        with(Action::Reply {
            text: text.map(str::to_owned),
            attachment: attachment.map(str::to_owned),
            rich_text: false,
        })
    }

    #[test]
    fn an_answer_within_the_limits_has_no_problem() {
        let session = Some(Value::String("s".repeat(MAX_SESSION_BYTES - 2)));
        let actions = vec![Action::Resolve; MAX_ACTIONS];
        for answer in [
            Answer::default(),
            Answer { actions, session },
            reply(Some("Hello"), None),
            reply(None, Some("map.png")),
            reply(Some(" "), Some("map.png")),
            with(Action::Note {
                text: "é".repeat(MAX_NOTE_CHARS),
            }),
            with(Action::Handover {
                reason: Some(HandoverReason::ContactAsked),
            }),
        ] {
            assert_eq!(problem(&answer), None);
        }
    }

    #[test]
    fn each_broken_rule_is_named_by_its_path() {
        let many = Answer {
            actions: vec![Action::Resolve; MAX_ACTIONS + 1],
            session: None,
        };
        let big = Some(Value::String("s".repeat(MAX_SESSION_BYTES - 1)));
        let attributes = BTreeMap::from([("loyalty tier".to_owned(), "gold".to_owned())]);
        for (answer, start) in [
            (many, "actions: 26 actions"),
            (
                Answer {
                    actions: vec![],
                    session: big,
                },
                "session: 16385 bytes",
            ),
            (reply(None, None), "actions[0]: a reply needs"),
            (reply(Some(" \n"), None), "actions[0]: a reply needs"),
            (reply(Some("See"), Some("a/b")), "actions[0].attachment: "),
            (
                with(Action::Topics {
                    topics: vec!["a".into(), " ".into()],
                }),
                "actions[0].topics[1]: ",
            ),
            (
                with(Action::Tags {
                    tags: vec![String::new()],
                }),
                "actions[0].tags[0]: ",
            ),
            (
                with(Action::Note { text: " ".into() }),
                "actions[0].text: must not",
            ),
            (
                with(Action::Note {
                    text: "n".repeat(MAX_NOTE_CHARS + 1),
                }),
                "actions[0].text: a note",
            ),
            (
                with(Action::Attributes { attributes }),
                "actions[0].attributes: ",
            ),
        ] {
            let problem = problem(&answer);
            assert!(
                problem.as_deref().is_some_and(|p| p.starts_with(start)),
                "{problem:?}"
            );
        }
    }
}
