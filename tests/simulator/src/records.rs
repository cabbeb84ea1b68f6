//! What is written down of the calls in both directions, for tests and people to read.

use serde::Serialize;
use serde_json::Value;

use crate::{event::EventType, fault_spec::FaultKind, moment::Moment};

/// One attempt to deliver an event, or the decision not to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WebhookAttempt {
    /// When the attempt began.
    pub(crate) at: Moment,
    #[serde(rename = "type")]
    pub(crate) event: EventType,
    #[serde(rename = "idempotencyKey")]
    pub(crate) key: String,
    /// The contact's message it is about, if it is about one.
    pub(crate) message_id: Option<String>,
    /// From 1; 0 for an event that was never sent.
    pub(crate) attempt: u32,
    /// 0 for the event itself, from 1 for what `duplicate_webhook` added.
    pub(crate) copy: u32,
    /// HTTP status, if an answer came.
    pub(crate) status: Option<u16>,
    /// What kept an answer from coming, or the event from being sent.
    pub(crate) error: Option<String>,
    /// From connecting to the answer's last byte, milliseconds.
    pub(crate) latency_ms: u64,
    /// What became of a 200's body.
    pub(crate) answer: Option<Answer>,
}

/// What became of the body of a 200.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) applied: bool,
    /// Why it wasn't.
    pub(crate) reason: Option<String>,
    /// Parts without effect.
    pub(crate) ignored: Vec<String>,
    /// As it came; null if it was no JSON.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn unapplied(reason: impl Into<String>, body: Value) -> Self {
        Self {
            applied: false,
            reason: Some(reason.into()),
            ignored: Vec::new(),
            body,
        }
    }
}

/// One call of the vendor's REST face about a conversation.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RestCall {
    /// When it arrived.
    pub(crate) at: Moment,
    pub(crate) method: String,
    pub(crate) path: String,
    /// HTTP status; also of an answer that was never sent because of `drop_after_accept`.
    pub(crate) status: u16,
    pub(crate) error: Option<String>,
    pub(crate) faults: Vec<FaultKind>,
    /// Parts without effect.
    pub(crate) ignored: Vec<String>,
    /// A JSON body as it came; null for uploads and what was no JSON.
    pub(crate) body: Value,
    /// From arrival to the decision, milliseconds.
    pub(crate) latency_ms: u64,
}
