//! What the agent answers: in the webhook's response or, in the same shape, over REST.

mod validate;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lenient::null_as_default;
use crate::redact::{Count, Redacted};

pub use validate::{MAX_NOTE_CHARS, MAX_REPLY_BYTES, ReplyProblem, ReplyRule};

/// A reply. Every part is optional; the default serialises to `{}`, which says nothing and leaves
/// the conversation with the agent.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_message: Option<OutgoingMessage>,
    /// Several messages at once: [`Features::send_messages`](crate::Features).
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub send_messages: Vec<OutgoingMessage>,
    /// [`Features::indicate_typing`](crate::Features).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicate_typing: Option<Typing>,
    /// Exact topic names, in either case. Sparkcentral ignores names it doesn't know.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub apply_topics: Vec<String>,
    /// [`Features::apply_tags`](crate::Features).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply_tags: Option<Tags>,
    /// Attribute alias to value. Ignored where the contact has a value already; best sent together
    /// with `complete`, because a CRM look-up can follow.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub set_contact_attributes: BTreeMap<String, String>,
    /// Notes for human agents: [`Features::conversation_notes`](crate::Features).
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub apply_conversation_notes: Vec<ConversationNote>,
    /// Ends the agent's part of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<Complete>,
}

/// One message to the contact: a text, an uploaded attachment, or both.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct OutgoingMessage {
    /// May hold shortcodes (see [`rich_text`](crate::rich_text)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The file name the attachment was uploaded under, in this conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<String>,
}

/// Whether the contact sees the agent typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Typing {
    Start,
    Stop,
}

/// How the agent's part ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Complete {
    /// To a person: the New queue or the previous agent, as the agent's handoff rule says.
    Handover,
    /// Closed.
    Resolved,
}

/// Tags; Sparkcentral ignores names it doesn't know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Tags {
    /// On the message being answered: only in the webhook's response to an inbound message.
    OnThisMessage(Vec<String>),
    /// On messages named by id: the form REST demands.
    OnMessages(Vec<MessageTag>),
}

/// One tag on one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageTag {
    pub message_id: String,
    pub tag: String,
}

/// A note only human agents see.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationNote {
    /// At most [`MAX_NOTE_CHARS`] characters.
    pub text: String,
}

impl Reply {
    /// The names of all fields, as they are spelled in JSON: to tell a caller about a misspelt one,
    /// which deserialising ignores.
    pub const FIELDS: [&'static str; 8] = [
        "sendMessage",
        "sendMessages",
        "indicateTyping",
        "applyTopics",
        "applyTags",
        "setContactAttributes",
        "applyConversationNotes",
        "complete",
    ];

    /// A reply that sends one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            send_message: Some(OutgoingMessage::text(text)),
            ..Self::default()
        }
    }

    /// Whether the reply does nothing, that is, serialises to `{}`.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All messages in the order they are sent: `sendMessage`, then `sendMessages`.
    pub fn messages(&self) -> impl Iterator<Item = &OutgoingMessage> {
        self.send_message.iter().chain(&self.send_messages)
    }
}

impl OutgoingMessage {
    /// A message of text alone.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            attachment: None,
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("send_message", &self.send_message)
            .field("send_messages", &self.send_messages)
            .field("indicate_typing", &self.indicate_typing)
            .field("apply_topics", &self.apply_topics)
            .field("apply_tags", &self.apply_tags)
            .field(
                "set_contact_attributes",
                &Count(self.set_contact_attributes.len()),
            )
            .field(
                "apply_conversation_notes",
                &Count(self.apply_conversation_notes.len()),
            )
            .field("complete", &self.complete)
            .finish()
    }
}

impl fmt::Debug for OutgoingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMessage")
            .field("text", &Redacted(&self.text))
            .field("attachment", &Redacted(&self.attachment))
            .finish()
    }
}

impl fmt::Debug for ConversationNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConversationNote(<redacted>)")
    }
}

#[cfg(test)]
mod tests;
