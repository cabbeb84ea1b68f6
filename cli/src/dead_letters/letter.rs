//! One message of a dead-letter queue.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

/// A message as it was received.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) told: Told,
    /// As SQS gave them, for sending them on.
    pub(super) attributes: HashMap<String, MessageAttributeValue>,
    pub(super) handle: String,
}

/// What is told of a message, and kept of it in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Told {
    pub(crate) id: String,
    /// When it was queued; in a FIFO queue when it was given up on.
    pub(crate) sent_at: Option<DateTime<Utc>>,
    /// Deliveries so far, ours included.
    pub(crate) receive_count: Option<u64>,
    /// FIFO queues only.
    pub(crate) message_group_id: Option<String>,
    /// FIFO queues only.
    pub(crate) message_deduplication_id: Option<String>,
    pub(crate) attributes: BTreeMap<String, Attribute>,
    #[serde(flatten)]
    pub(crate) concerns: Concerns,
    /// Byte for byte.
    pub(crate) body: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Attribute {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Text or number; hex of bytes.
    pub(crate) value: String,
}

/// Whom a message is about: all that its body tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Concerns {
    pub(crate) agent: Option<String>,
    pub(crate) conversation_id: Option<String>,
    /// Keys of landed files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<String>,
}

impl Letter {
    pub(super) fn of(message: Message) -> Self {
        let system = message.attributes.unwrap_or_default();
        let text = |name: MessageSystemAttributeName| system.get(&name).cloned();
        let attributes = message.message_attributes.unwrap_or_default();
        let body = message.body.unwrap_or_default();
        let told = Told {
            id: message.message_id.unwrap_or_default(),
            sent_at: text(MessageSystemAttributeName::SentTimestamp).and_then(|at| moment(&at)),
            receive_count: text(MessageSystemAttributeName::ApproximateReceiveCount)
                .and_then(|count| count.parse().ok()),
            message_group_id: text(MessageSystemAttributeName::MessageGroupId),
            message_deduplication_id: text(MessageSystemAttributeName::MessageDeduplicationId),
            attributes: attributes.iter().map(attribute).collect(),
            concerns: Concerns::of(&body),
            body,
        };
        Self {
            told,
            attributes,
            handle: message.receipt_handle.unwrap_or_default(),
        }
    }

    /// What keeps its order: messages of one group are never sent past each other.
    pub(super) fn group(&self) -> Option<&str> {
        self.told.message_group_id.as_deref()
    }
}

/// Milliseconds since 1970.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(text.parse().ok()?)
}

fn attribute((name, value): (&String, &MessageAttributeValue)) -> (String, Attribute) {
    let text = value.string_value().map(str::to_owned);
    let bytes = value.binary_value().map(hex::encode);
    let attribute = Attribute {
        kind: value.data_type().to_owned(),
        value: text.or(bytes).unwrap_or_default(),
    };
    (name.clone(), attribute)
}

impl Concerns {
    pub(super) fn of(body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let records = body.get("Records").and_then(Value::as_array);
        let keys = records.into_iter().flatten();
        let keys = keys.filter_map(|record| record.pointer("/s3/object/key")?.as_str());
        Self {
            agent: text("agent"),
            conversation_id: text("conversation_id"),
            files: keys.map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::primitives::Blob;

    use super::*;

    #[test]
    fn a_message_is_told_with_everything_that_sending_it_again_needs() {
        let body = "{\"agent\":\"demo\",\"conversation_id\":\"c-1\",\"work\":\"turn\"}";
        let attribute = |kind: &str| MessageAttributeValue::builder().data_type(kind);
        let message = Message::builder()
            .message_id("m-1")
            .receipt_handle("handle")
            .body(body)
            .attributes(MessageSystemAttributeName::SentTimestamp, "1795000000123")
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "11")
            .attributes(MessageSystemAttributeName::MessageGroupId, "group")
            .attributes(MessageSystemAttributeName::MessageDeduplicationId, "once")
            .message_attributes(
                "text",
                attribute("String").string_value("a").build().unwrap(),
            )
            .message_attributes(
                "bytes",
                attribute("Binary")
                    .binary_value(Blob::new([0, 255]))
                    .build()
                    .unwrap(),
            );
        let letter = Letter::of(message.build());
        assert_eq!(letter.group(), Some("group"));
        assert_eq!(letter.handle, "handle");
        let told = serde_json::to_value(&letter.told).unwrap();
        assert_eq!(
            told,
            serde_json::json!({
                "id": "m-1",
                "sent_at": "2026-11-18T11:06:40.123Z",
                "receive_count": 11,
                "message_group_id": "group",
                "message_deduplication_id": "once",
                "attributes": {
                    "bytes": {"type": "Binary", "value": "00ff"},
                    "text": {"type": "String", "value": "a"},
                },
                "agent": "demo",
                "conversation_id": "c-1",
                "body": body,
            })
        );
    }

    #[test]
    fn whom_a_message_concerns_is_read_from_whatever_body_there_is() {
        let files = r#"{"Records":[{"s3":{"object":{"key":"raw/a.csv"}}},{"s3":{}}]}"#;
        for (body, agent, files) in [
            ("", None, vec![]),
            ("{}", None, vec![]),
            ("no JSON", None, vec![]),
            ("[1]", None, vec![]),
            (r#"{"agent":7}"#, None, vec![]),
            (r#"{"agent":"demo"}"#, Some("demo"), vec![]),
            (files, None, vec!["raw/a.csv"]),
        ] {
            let concerns = Concerns::of(body);
            assert_eq!(concerns.agent.as_deref(), agent, "{body}");
            assert_eq!(concerns.files, files, "{body}");
        }
    }
}
