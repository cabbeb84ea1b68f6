//! What Bedrock's `Converse` takes and answers: those parts of it that are used.
//!
//! Everything holds what was said, so there is no `Debug`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::object;

/// Who speaks in a message.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    User,
    Assistant,
}

/// A message of the request, in blocks.
#[derive(Serialize)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) content: Vec<Value>,
}

/// A block of text.
pub(super) fn text(text: &str) -> Value {
    json!({ "text": text })
}

/// An answer. What is missing is empty.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Converse {
    #[serde(deserialize_with = "object")]
    output: Output,
    pub(super) stop_reason: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Output {
    #[serde(deserialize_with = "object")]
    message: Answer,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    content: Vec<Value>,
}

impl Converse {
    /// The blocks of the model's message.
    pub(super) fn content(&self) -> &[Value] {
        &self.output.message.content
    }
}

/// A block of an answer.
pub(super) enum Block<'a> {
    Text(&'a str),
    ToolUse(ToolUse<'a>),
    /// What the model thinks, and what is new.
    Other,
}

/// A tool that the model calls.
pub(super) struct ToolUse<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) input: &'a Value,
}

impl<'a> Block<'a> {
    /// `None` for what no model of Bedrock answers.
    pub(super) fn of(block: &'a Value) -> Option<Self> {
        let fields = block.as_object()?;
        if let Some(text) = fields.get("text") {
            return text.as_str().map(Self::Text);
        }
        let Some(used) = fields.get("toolUse") else {
            return Some(Self::Other);
        };
        let used = used.as_object()?;
        Some(Self::ToolUse(ToolUse {
            id: used.get("toolUseId").and_then(Value::as_str),
            name: used.get("name").and_then(Value::as_str).unwrap_or_default(),
            input: used.get("input").unwrap_or(&Value::Null),
        }))
    }
}
