//! What Sparkcentral posts to the webhook: an envelope around one of a few kinds of event.

mod age;
mod contact;
mod parse;
mod payload;

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;

pub use age::AgeError;
pub use contact::{ContactAttribute, ContactProfile};
pub use parse::{ParseError, parse};
pub use payload::{Assigned, Channel, Inbound, Medium, Message, Trigger};

use crate::media::MediumId;
use crate::redact::Count;

/// `type` of an event that gives the agent a conversation nobody had before.
pub const CONVERSATION_STARTED: &str = "CONVERSATION_STARTED";
/// `type` of an event in which a person gives the agent a conversation.
pub const CONVERSATION_DELEGATED: &str = "CONVERSATION_DELEGATED";
/// `type` of an event that brings a contact's message.
pub const INBOUND_MESSAGE_RECEIVED: &str = "INBOUND_MESSAGE_RECEIVED";
/// `type` of an event that Sparkcentral never sends: an operator's own, signed like a real one, to see
/// that a webhook is reached and its signature is good. webhook-intake answers 200 and `{}`, and stores
/// nothing.
///
/// ```json
/// {"type": "SPARKBRIDGE_CANARY", "idempotencyKey": "a new UUID", "timestamp": "RFC 3339, now", "data": {}}
/// ```
pub const CANARY: &str = "SPARKBRIDGE_CANARY";

/// One webhook request's body.
///
/// Made by [`parse()`]; its own `Deserialize` does the same work, for an envelope that was stored or
/// queued in between. Fields we don't know are kept, so serialising gives back what arrived, apart
/// from nulls (absent is the same) and spelling (a version sent as text comes back as a number).
#[derive(Clone, PartialEq)]
pub struct Envelope {
    /// `type` as sent, also when this crate doesn't know it.
    pub event_type: String,
    /// `version`: always 1 so far. `None` when absent or not a whole number.
    pub version: Option<u32>,
    /// The same across Sparkcentral's retries of one event. Empty only for an unknown type
    /// without one.
    pub idempotency_key: String,
    /// When Sparkcentral sent the request. Whether a retry carries a new one is undocumented.
    pub timestamp: Option<OffsetDateTime>,
    /// The event itself.
    pub data: Event,
    /// Envelope fields this crate doesn't know; for an unknown type also its raw `data`.
    pub other: Map<String, Value>,
}

/// `data`, read by `type`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The agent (of the inception kind) picked a new conversation up.
    ConversationStarted(Assigned),
    /// A person gave the conversation to the agent: the bot speaks first.
    ConversationDelegated(Assigned),
    /// The contact wrote.
    InboundMessageReceived(Inbound),
    /// A type from after this code: answered with 200 and an empty reply, counted, never an error.
    Unknown { event_type: String },
}

impl Event {
    /// The conversation's id, for the types that are known to have one.
    pub fn conversation_id(&self) -> Option<&str> {
        match self {
            Self::ConversationStarted(assigned) | Self::ConversationDelegated(assigned) => {
                Some(&assigned.conversation_id)
            }
            Self::InboundMessageReceived(inbound) => Some(&inbound.conversation_id),
            Self::Unknown { .. } => None,
        }
    }

    /// The medium's id (`fb`, `whatsapp`, …), where the event names it.
    pub fn medium_id(&self) -> Option<&MediumId> {
        match self {
            Self::ConversationStarted(assigned) | Self::ConversationDelegated(assigned) => {
                assigned.medium_id()
            }
            Self::InboundMessageReceived(inbound) => inbound.medium_id(),
            Self::Unknown { .. } => None,
        }
    }
}

/// Hides the fields this crate doesn't know; the event's own types hide theirs.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("event_type", &self.event_type)
            .field("version", &self.version)
            .field("idempotency_key", &self.idempotency_key)
            .field("timestamp", &self.timestamp)
            .field("data", &self.data)
            .field("other", &Count(self.other.len()))
            .finish()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeOut<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "str::is_empty")]
    idempotency_key: &'a str,
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    timestamp: Option<OffsetDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<DataOut<'a>>,
    #[serde(flatten)]
    other: &'a Map<String, Value>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum DataOut<'a> {
    Assigned(&'a Assigned),
    Inbound(&'a Inbound),
}

impl Envelope {
    /// What is said, whenever it was sent. The order of its keys is always the same.
    pub fn without_timestamp(&self) -> impl Serialize + '_ {
        self.out(None)
    }

    fn out(&self, timestamp: Option<OffsetDateTime>) -> EnvelopeOut<'_> {
        EnvelopeOut {
            event_type: &self.event_type,
            version: self.version,
            idempotency_key: &self.idempotency_key,
            timestamp,
            data: match &self.data {
                Event::ConversationStarted(assigned) | Event::ConversationDelegated(assigned) => {
                    Some(DataOut::Assigned(assigned))
                }
                Event::InboundMessageReceived(inbound) => Some(DataOut::Inbound(inbound)),
                Event::Unknown { .. } => None,
            },
            other: &self.other,
        }
    }
}

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.out(self.timestamp).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        parse::from_value(value).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
