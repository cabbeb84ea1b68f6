//! What travels through the queues: pointers, never people's words. The content stays in the table,
//! so that a retry reads the newest state and erasing a contact needs no queue.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// Version of [`QueueMessage`] written by this build.
pub const QUEUE_MESSAGE_VERSION: u32 = 1;

/// One message of any of the queues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueMessage {
    /// 1.
    pub version: u32,
    /// Name of the agent.
    pub agent: String,
    /// Sparkcentral's id of the conversation.
    pub conversation_id: String,
    /// What is to be done.
    #[serde(flatten)]
    pub work: Work,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// Give the bot a turn (turns.fifo).
    Turn {
        /// Idempotency key of the event.
        turn_id: String,
    },
    /// Send a reply to Sparkcentral (outbound.fifo).
    Reply {
        /// Id of the stored reply.
        reply_id: String,
    },
    /// Hand the conversation over (handovers.fifo).
    Handover {
        /// Id of the handover kept with the conversation.
        handover_id: String,
    },
    /// Look whether a turn was answered in time (deadlines, the one queue that is not FIFO).
    Deadline {
        /// Idempotency key of the event.
        turn_id: String,
        /// What is to be done if it was not.
        step: DeadlineStep,
        /// When; a message can't be delayed for longer than a quarter of an hour at a time.
        #[serde(with = "time::serde::rfc3339")]
        due: OffsetDateTime,
    },
}

/// What is to be done about a turn nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineStep {
    /// Tell the contact that it takes longer.
    Hold,
    /// Ask people.
    HandOver,
}

/// A queue message this build can't act on.
#[derive(Debug, thiserror::Error)]
pub enum QueueMessageError {
    /// Not the shape of a queue message.
    #[error("not a queue message of Sparkbridge: {0}")]
    Shape(#[from] serde_json::Error),
    /// Written by a newer build.
    #[error(
        "queue message version {0} is newer than this build understands ({QUEUE_MESSAGE_VERSION}); deploy the newer build, then redrive the dead-letter queue"
    )]
    Version(u32),
}

impl QueueMessage {
    /// A message of the current version.
    pub fn new(agent: &str, conversation_id: &str, work: Work) -> Self {
        Self {
            version: QUEUE_MESSAGE_VERSION,
            agent: agent.to_owned(),
            conversation_id: conversation_id.to_owned(),
            work,
        }
    }

    /// Parses a queue message's body.
    pub fn parse(body: &str) -> Result<Self, QueueMessageError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_str(body)?;
        if version > QUEUE_MESSAGE_VERSION {
            return Err(QueueMessageError::Version(version));
        }
        Ok(serde_json::from_str(body)?)
    }

    /// FIFO message group: one per conversation, so that conversations never wait for each other.
    /// Hashed because SQS takes 128 characters of a small alphabet, and ids are the vendor's.
    pub fn group_id(&self) -> String {
        digest(&["group", &self.agent, &self.conversation_id])
    }

    /// FIFO deduplication id: the same work sent twice within five minutes is one message.
    pub fn deduplication_id(&self) -> String {
        let (kind, id) = match &self.work {
            Work::Turn { turn_id } => ("turn", turn_id),
            Work::Reply { reply_id } => ("reply", reply_id),
            Work::Handover { handover_id } => ("handover", handover_id),
            Work::Deadline { turn_id, .. } => ("deadline", turn_id),
        };
        digest(&[kind, &self.agent, &self.conversation_id, id])
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length first: ("ab","c") and ("a","bc") must differ.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(conversation: &str, id: &str) -> QueueMessage {
        QueueMessage::new("demo", conversation, Work::Turn { turn_id: id.into() })
    }

    #[test]
    fn a_message_survives_the_queue() {
        let sent = message("c-1", "k-1");
        let body = serde_json::to_string(&sent).unwrap();
        assert_eq!(QueueMessage::parse(&body).unwrap(), sent);
    }

    #[test]
    fn a_newer_version_is_refused_by_number_even_where_its_shape_is_unknown() {
        let error = QueueMessage::parse(r#"{"version":2,"else":true}"#).unwrap_err();
        assert!(matches!(error, QueueMessageError::Version(2)), "{error}");
    }

    #[test]
    fn group_and_deduplication_ids_fit_sqs_and_tell_conversations_and_kinds_apart() {
        let long = "ü".repeat(4_000);
        let one = message(&long, "k");
        assert!(one.group_id().len() <= 128 && one.deduplication_id().len() <= 128);
        assert_ne!(
            message("ab", "c").deduplication_id(),
            message("a", "bc").deduplication_id()
        );
        let reply = QueueMessage::new(
            "demo",
            "c",
            Work::Reply {
                reply_id: "k".into(),
            },
        );
        assert_ne!(
            message("c", "k").deduplication_id(),
            reply.deduplication_id()
        );
        assert_eq!(message("c", "k").group_id(), reply.group_id());
    }
}
