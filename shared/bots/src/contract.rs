//! Answers in our own JSON: what an `http` bot sends, and what others put into the places their
//! platforms leave for such things.
//!
//! A problem names the field and never repeats what stands in it. serde's own words quote values,
//! and inside a tagged enum serde has lost the path, so a body that can't be read is read again, as
//! a [`Shape`], to find out where and why.

use std::collections::BTreeMap;

use conversation::{Action, Answer, AttachmentFile, HandoverReason, ReplyAction};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;

use crate::BotError;

/// Reads and checks an answer.
pub(crate) fn answer(body: &[u8]) -> Result<Answer, BotError> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| BotError::InvalidAnswer {
        problem: diagnose(body, &error),
    })?;
    checked(answer)
}

/// Checks an answer, however it was made.
pub(crate) fn checked(answer: Answer) -> Result<Answer, BotError> {
    let problems = conversation::problems(&answer);
    if problems.is_empty() {
        return Ok(answer);
    }
    Err(BotError::InvalidAnswer {
        problem: problems.join("; "),
    })
}

/// Reads one action; `Err` is the field within it, as `.text`, and what is wrong with it.
pub(crate) fn action(action: &Value) -> Result<Action, String> {
    Action::deserialize(action)
        .map_err(|_| in_action(action).unwrap_or_else(|| ": does not fit the schema".to_owned()))
}

/// The actions as [`Action`] has them, but such that serde keeps the path; a test keeps the two the
/// same.
#[allow(
    dead_code,
    reason = "read for what goes wrong, not for what stands there"
)]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Shape {
    Reply(ReplyAction),
    Topics {
        topics: Vec<String>,
    },
    Tags {
        tags: Vec<String>,
    },
    Attributes {
        attributes: BTreeMap<String, String>,
    },
    Note {
        text: String,
    },
    Typing {
        on: bool,
    },
    Handover(Handover),
    Resolve {},
}

#[allow(dead_code, reason = "as Shape")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handover {
    reason: Option<HandoverReason>,
    profile: Option<String>,
    summary: Option<String>,
}

#[allow(dead_code, reason = "as Shape")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline {
    #[serde(default)]
    actions: Vec<Map<String, Value>>,
    session: Option<Value>,
}

fn diagnose(body: &[u8], error: &serde_json::Error) -> String {
    if body.is_empty() {
        return "the body is empty; answer 204 to say nothing".to_owned();
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let (line, column) = (error.line(), error.column());
        return format!("the body is not JSON (line {line}, column {column})");
    };
    if !value.is_object() {
        return "the body must be an object with actions and session".to_owned();
    }
    let problem = where_and_why::<Outline>(&value).or_else(|| {
        let actions = value.get("actions")?.as_array()?;
        actions.iter().enumerate().find_map(|(index, action)| {
            in_action(action).map(|problem| format!(".actions[{index}]{problem}"))
        })
    });
    match problem {
        Some(problem) => problem.trim_start_matches('.').to_owned(),
        None => "the body does not fit the schema (a field may stand there twice)".to_owned(),
    }
}

fn in_action(action: &Value) -> Option<String> {
    let mut fields = action.as_object()?.clone();
    let Some(Value::String(name)) = fields.remove("type") else {
        return Some(".type: must name an action".to_owned());
    };
    let reply = name == "reply";
    // `{"type": "note", "text": …}` as serde's default form, `{"note": {"text": …}}`.
    let problem = where_and_why::<Shape>(&json!({ name: fields }))?;
    // Of two forms an attachment can have, the object is the one with fields to get wrong.
    let attachment = action
        .get("attachment")
        .filter(|it| reply && it.is_object());
    let inner = attachment.and_then(where_and_why::<AttachmentFile>);
    if problem.starts_with(".attachment")
        && let Some(inner) = inner
    {
        return Some(format!(".attachment{inner}"));
    }
    Some(problem)
}

/// What keeps `value` from being a `T`: path and rule.
fn where_and_why<T: DeserializeOwned>(value: &Value) -> Option<String> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let mut path = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => path.push_str(&format!("[{index}]")),
            Segment::Map { key } => path.push_str(&format!(".{}", shown(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let words = error.inner().to_string();
    Some(match quoted(&words) {
        _ if path == ".attachment" => format!("{path}: must be a file's name or an object"),
        Some(("missing field", field)) => format!("{path}.{field}: is missing"),
        Some(("unknown field", field)) => {
            let field = shown(field);
            let path = path.strip_suffix(&format!(".{field}")).unwrap_or(&path);
            format!("{path}.{field}: unknown field, {}", expected(&words))
        }
        Some(("unknown variant", _)) if path.is_empty() => {
            format!(".type: unknown action, {}", expected(&words))
        }
        _ => format!("{path}: {}", expected(&words)),
    })
}

/// `unknown field` and the field, of serde's "unknown field `colour`, expected …".
fn quoted(words: &str) -> Option<(&str, &str)> {
    let (kind, rest) = words.split_once(" `")?;
    Some((kind, rest.split('`').next()?))
}

/// The end of serde's words: what was expected comes from our types, what was found stands before.
fn expected(words: &str) -> &str {
    let start = words.rfind(", expected ").map(|comma| comma + 2);
    start.map_or("is not what it must be", |start| &words[start..])
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
mod tests;
