//! How a conversation's queue and owner changed.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// Sparkcentral's three statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Queue {
    /// Nobody has it.
    New,
    /// Somebody has it.
    Pending,
    /// Closed, until the contact writes again.
    Resolved,
}

/// Who has a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Owner {
    VirtualAgent { id: String },
    Human { name: String },
}

/// Why queue or owner changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    Created,
    /// The contact wrote after the conversation was resolved.
    WrittenAgain,
    PickedUp,
    Taken,
    Delegated,
    /// `complete: HANDOVER`.
    Handover,
    /// `complete: RESOLVED`.
    ResolvedByAgent,
    ResolvedByHuman,
    /// Every attempt to deliver an event failed.
    WebhookFailed,
    /// The agent was silent for longer than its limit.
    NoReply,
    /// Nothing happened for as long as its channel allows.
    AutoResolved,
}

/// One change of queue or owner.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) at: Moment,
    pub(crate) queue: Queue,
    pub(crate) owner: Option<Owner>,
    pub(crate) reason: Reason,
    /// Its place among the conversation's changes and messages, which can be of one moment.
    #[serde(skip)]
    pub(crate) step: u32,
    /// Only where it was resolved, and not by a virtual agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<Resolution>,
}

/// What a human says when closing a conversation. What the contract calls a resolve reason and comment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolution {
    #[serde(default)]
    pub(crate) how: How,
    /// The human's name. By default the one who has the conversation; nobody, if no human has it.
    pub(crate) agent: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) comment: Option<String>,
}

/// The ways to close a conversation other than a virtual agent's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    #[default]
    Agent,
    /// By a human, together with others.
    Bulk,
    /// After a time without messages.
    Auto,
    System,
}
