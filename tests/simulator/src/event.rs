//! Webhook events: what is told to an agent, and the exact bytes it is told with.

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{agent::InboundDetail, contact::Contact, conversation::Conversation, moment::Moment};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum EventType {
    ConversationStarted,
    ConversationDelegated,
    InboundMessageReceived,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    Started,
    Delegated,
    Inbound { message_id: String },
}

/// Something an agent is told. The data is filled in when it is first sent.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The idempotency key: one per event, whatever the number of attempts.
    pub(crate) key: String,
    pub(crate) agent: String,
    /// [`Conversation::assignment`] when it happened.
    pub(crate) assignment: u32,
    pub(crate) kind: EventKind,
}

/// The envelope, in the order of the vendor's sample.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    timestamp: Moment,
    idempotency_key: &'a str,
    version: u32,
    r#type: EventType,
    data: &'a Value,
}

impl Event {
    pub(crate) fn new(agent: String, assignment: u32, kind: EventKind) -> Self {
        Self {
            key: Uuid::new_v4().to_string(),
            agent,
            assignment,
            kind,
        }
    }

    pub(crate) fn event_type(&self) -> EventType {
        match self.kind {
            EventKind::Started => EventType::ConversationStarted,
            EventKind::Delegated => EventType::ConversationDelegated,
            EventKind::Inbound { .. } => EventType::InboundMessageReceived,
        }
    }

    /// The message it is about.
    pub(crate) fn message_id(&self) -> Option<&str> {
        match &self.kind {
            EventKind::Inbound { message_id } => Some(message_id),
            EventKind::Started | EventKind::Delegated => None,
        }
    }

    /// The `data` object as things stand now.
    pub(crate) fn data(
        &self,
        conversation: &Conversation,
        contact: &Contact,
        detail: InboundDetail,
    ) -> Value {
        let mut data = Map::new();
        let mut put = |key: &str, value: Value| data.insert(key.into(), value);
        put("conversationId", json!(conversation.id));
        let message = self
            .message_id()
            .and_then(|id| conversation.messages.iter().find(|known| known.id == id));
        if let Some(message) = message {
            let mut body = Map::new();
            let full = detail == InboundDetail::Full;
            let parts = [
                ("messageId", full.then_some(&message.id)),
                ("text", message.text.as_ref()),
                ("payload", message.payload.as_ref()),
            ];
            for (key, value) in parts {
                if let Some(value) = value {
                    body.insert(key.into(), json!(value));
                }
            }
            put("message", body.into());
            if !full {
                return data.into();
            }
            put("conversationTopics", json!(conversation.topics));
        } else {
            put("contactAttributes", json!(contact.attributes));
            if let Some(language) = &conversation.language {
                put("language", json!(language));
            }
        }
        put("contactProfile", json!(contact.profile));
        put("medium", json!({"id": conversation.medium}));
        put("channel", json!(conversation.channel));
        data.into()
    }

    /// The body to sign and send. `data` stays the same for every attempt.
    pub(crate) fn envelope(&self, data: &Value, timestamp: Moment) -> Vec<u8> {
        serde_json::to_vec(&Envelope {
            timestamp,
            idempotency_key: &self.key,
            version: 1,
            r#type: self.event_type(),
            data,
        })
        // Strings, numbers and string-keyed maps always serialise.
        .unwrap_or_default()
    }
}
