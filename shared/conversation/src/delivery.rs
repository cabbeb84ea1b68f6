//! A reply on its way to Sparkcentral.
//!
//! ```text
//! Pending ──claimed──▶ Sending(lease) ──200──▶ Sent
//!    ▲                    │  ├─ 404, or not the bot's any more ─▶ Dropped
//!    ╰── not sent, retry ─╯  ├─ refused, or retried in vain ────▶ Failed
//!                            ╰─ the POST may have arrived ──────▶ Unknown
//! ```

use serde::{Deserialize, Serialize};
use sparkcentral::Reply;
use time::OffsetDateTime;

/// A reply as stored, from the moment it was decided on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboundReply {
    /// Unique in the conversation, and the same on every retry of whoever made it.
    pub id: String,
    /// Episode it belongs to: a reply of an earlier one is not sent.
    pub episode: u32,
    /// Where it comes from.
    pub source: ReplySource,
    /// What is sent.
    pub reply: Reply,
    /// When it was decided on.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// POSTs begun.
    #[serde(default)]
    pub attempts: u32,
    /// Where it is.
    pub delivery: Delivery,
}

/// Who decided on a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ReplySource {
    /// The bot, to a turn.
    Bot {
        /// The turn.
        turn_id: String,
    },
    /// Somebody at conversation-api.
    Api {
        /// Name of the token used.
        token: String,
        /// How many replies the request became: a long text is sent in parts.
        parts: u32,
    },
    /// The handover function: this reply completes the handover.
    Handover {
        /// The handover.
        handover_id: String,
    },
}

/// Where a reply is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Delivery {
    /// Not begun.
    Pending,
    /// A POST is under way.
    Sending {
        /// After this moment its sender is dead, and whether it arrived is unknown.
        #[serde(with = "time::serde::rfc3339")]
        lease_until: OffsetDateTime,
    },
    /// Sparkcentral accepted it.
    Sent {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Sparkcentral refused it, or could not be reached in all attempts.
    Failed {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// The refusal, without any message text.
        problem: String,
    },
    /// The POST may have arrived, and the agent's settings say not to send it twice.
    Unknown {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Not sent, on purpose.
    Dropped {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// Why.
        reason: DropReason,
    },
}

/// Why a reply was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// Sparkcentral answered 404: the conversation is not the bot's any more.
    NotAssigned,
    /// The conversation left the bot before the reply's turn came.
    WithAgent,
    /// The conversation was closed before the reply's turn came.
    Resolved,
    /// The reply is of an earlier episode.
    EarlierEpisode,
}

impl Delivery {
    /// The name in JSON, logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending { .. } => "sending",
            Self::Sent { .. } => "sent",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Dropped { .. } => "dropped",
        }
    }

    /// Whether nothing more will happen to it.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Pending | Self::Sending { .. })
    }
}

/// What a sender may do with a stored reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Send it.
    Send,
    /// Don't send it: record why.
    Drop(DropReason),
    /// Its sender died in mid-flight; the agent's settings decide.
    Uncertain,
    /// Another sender has it.
    Busy,
    /// Nothing more will happen to it.
    Done,
}

impl OutboundReply {
    /// Judges what a sender may do now, given the conversation it belongs to.
    pub fn claim(&self, conversation: &crate::Conversation, now: OffsetDateTime) -> Claim {
        use crate::State;
        match &self.delivery {
            Delivery::Sending { lease_until } if *lease_until > now => Claim::Busy,
            Delivery::Sending { .. } => Claim::Uncertain,
            Delivery::Pending if self.episode != conversation.episode => {
                Claim::Drop(DropReason::EarlierEpisode)
            }
            Delivery::Pending => match conversation.state {
                // Handing over: replies decided on before are still owed to the contact.
                State::WithBot | State::HandingOver => Claim::Send,
                State::WithAgent => Claim::Drop(DropReason::WithAgent),
                State::Resolved => Claim::Drop(DropReason::Resolved),
            },
            _ => Claim::Done,
        }
    }
}
