//! The events' `data`. Fields the protocol calls optional may be absent or null; fields it doesn't
//! name are kept in `other`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::contact::{ContactAttribute, ContactProfile};
use crate::lenient::{lenient_text, null_as_default};
use crate::media::MediumId;
use crate::redact::{Count, Redacted};

/// `data` of `CONVERSATION_STARTED` and `CONVERSATION_DELEGATED`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assigned {
    /// Never empty after parsing.
    pub conversation_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The contact's language, as a tag such as `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_profile: Option<ContactProfile>,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub contact_attributes: Vec<ContactAttribute>,
    /// Fields this crate doesn't know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `data` of `INBOUND_MESSAGE_RECEIVED`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inbound {
    /// Never empty after parsing.
    pub conversation_id: String,
    /// All its fields are absent when the event has no message object.
    #[serde(default, deserialize_with = "null_as_default")]
    pub message: Message,
    /// What the message answers to, on media with stories, reels and posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// The topics the conversation has already.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub conversation_topics: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_profile: Option<ContactProfile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
    /// Fields this crate doesn't know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What the contact wrote or pressed.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Empty or absent for messages that carry only media: no media field is documented.
    #[serde(
        default,
        deserialize_with = "lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub text: Option<String>,
    /// What `applyTags` over REST refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The payload of the reply button the contact pressed. Structured JSON, should it ever
    /// arrive, is kept as its text.
    #[serde(
        default,
        deserialize_with = "lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub payload: Option<String>,
    /// Fields this crate doesn't know; media would be among them.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `trigger` of an inbound message. Plain text rather than enums: values may be added.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// `REEL`, `STORY` or `POST`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// `SHARE`, `MENTION` or `REPLY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Fields this crate doesn't know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The kind of network a channel is on.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MediumId>,
    /// Fields this crate doesn't know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The organisation's own account on a medium.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name given in Sparkcentral's settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Fields this crate doesn't know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Assigned {
    /// The medium's id, where named.
    pub fn medium_id(&self) -> Option<&MediumId> {
        self.medium.as_ref().and_then(|medium| medium.id.as_ref())
    }
}

impl Inbound {
    /// The medium's id, where named.
    pub fn medium_id(&self) -> Option<&MediumId> {
        self.medium.as_ref().and_then(|medium| medium.id.as_ref())
    }
}

impl fmt::Debug for Assigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assigned")
            .field("conversation_id", &self.conversation_id)
            .field("medium", &self.medium)
            .field("channel", &self.channel)
            .field("language", &self.language)
            .field("contact_profile", &self.contact_profile)
            .field("contact_attributes", &Count(self.contact_attributes.len()))
            .field("other", &Count(self.other.len()))
            .finish()
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("conversation_id", &self.conversation_id)
            .field("message", &self.message)
            .field("trigger", &self.trigger)
            .field(
                "conversation_topics",
                &Count(self.conversation_topics.len()),
            )
            .field("channel", &self.channel)
            .field("contact_profile", &self.contact_profile)
            .field("medium", &self.medium)
            .field("other", &Count(self.other.len()))
            .finish()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("text", &Redacted(&self.text))
            .field("message_id", &self.message_id)
            .field("payload", &Redacted(&self.payload))
            .field("other", &Count(self.other.len()))
            .finish()
    }
}

impl fmt::Debug for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger")
            .field("object", &self.object)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Medium")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
