//! A reply on its way to Sparkcentral.
//!
//! ```text
//! Pending ──claimed──▶ Sending(lease) ──200──▶ Sent
//!    ▲                    │  ├─ 404 again, or not the bot's any more ─▶ Dropped
//!    ╰── not sent, retry ─╯  ├─ refused, or retried in vain ─────────▶ Failed
//!        the first 404       ╰─ the POST may have arrived ───────────▶ Unknown
//! ```

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use sparkcentral::{OutgoingMessage, Reply};
use time::OffsetDateTime;

use crate::action::AttachmentFile;

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
    /// The file to upload before, which `reply` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// When it was decided on.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Attempts to upload or to POST begun.
    #[serde(default)]
    pub attempts: u32,
    /// Whether Sparkcentral has said once that the conversation is not the bot's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
    /// Where it is.
    pub delivery: Delivery,
}

/// A file to upload before the reply that names it is sent.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Name to upload it under: unique in the conversation, and the same on every attempt.
    pub name: String,
    /// Where it comes from.
    pub file: AttachmentFile,
    /// Said instead where the medium can't carry it, or it can't be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// How far it is.
    #[serde(default)]
    pub state: UploadState,
}

/// How far an upload is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum UploadState {
    /// To be uploaded.
    #[default]
    Waiting,
    /// Sparkcentral has it.
    Done,
    /// It can't be sent: what is said instead is.
    LeftOut {
        /// Why, without any address or name.
        problem: String,
    },
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Upload {
    /// Whether both ask for the same, however far they are.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.name == other.name && self.file == other.file && self.instead == other.instead
    }

    /// Why the file was not sent, where that is so.
    pub fn problem(&self) -> Option<&str> {
        match &self.state {
            UploadState::LeftOut { problem } => Some(problem),
            UploadState::Waiting | UploadState::Done => None,
        }
    }

    /// The reply with what is said instead of the file. `None` where the contact would read nothing.
    fn replaced_in(&self, reply: &Reply) -> Option<Reply> {
        let mut reply = reply.clone();
        let replace = |message: &mut OutgoingMessage| {
            if message.attachment.as_ref() == Some(&self.name) {
                message.attachment = None;
                message.text = match (message.text.take(), &self.instead) {
                    (Some(text), Some(instead)) => Some(format!("{text}\n{instead}")),
                    (text, instead) => text.or_else(|| instead.clone()),
                };
            }
            message.text.is_some() || message.attachment.is_some()
        };
        reply.send_message = reply.send_message.take().and_then(|mut message| {
            let says = replace(&mut message);
            says.then_some(message)
        });
        reply.send_messages.retain_mut(replace);
        let says = reply.messages().next().is_some();
        says.then_some(reply)
    }
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
    /// Sparkbridge itself, for the contact to read: a holding text, opening hours.
    Sparkbridge {
        /// The turn or handover it is about.
        about: String,
    },
    /// The handover function: this reply completes the handover.
    Handover {
        /// The handover.
        handover_id: String,
    },
}

/// Where a reply is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Delivery {
    /// Not begun.
    Pending,
    /// A POST is under way.
    Sending {
        /// After this moment its sender is dead, and whether it arrived is unknown.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "schema", schemars(with = "chrono::DateTime<chrono::Utc>"))]
        lease_until: OffsetDateTime,
    },
    /// Sparkcentral accepted it.
    Sent {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "schema", schemars(with = "chrono::DateTime<chrono::Utc>"))]
        at: OffsetDateTime,
    },
    /// Sparkcentral refused it, or could not be reached in all attempts.
    Failed {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "schema", schemars(with = "chrono::DateTime<chrono::Utc>"))]
        at: OffsetDateTime,
        /// The refusal, without any message text.
        problem: String,
    },
    /// The POST may have arrived, and the agent's settings say not to send it twice.
    Unknown {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "schema", schemars(with = "chrono::DateTime<chrono::Utc>"))]
        at: OffsetDateTime,
    },
    /// Not sent, on purpose.
    Dropped {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "schema", schemars(with = "chrono::DateTime<chrono::Utc>"))]
        at: OffsetDateTime,
        /// Why.
        reason: DropReason,
    },
}

/// Why a reply was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// Sparkcentral answered 404: the conversation is not the bot's any more.
    NotAssigned,
    /// The bot answered after people had been asked to take over.
    HandingOver,
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
    /// The same, and people have had the conversation since: it is not sent again, whatever the settings.
    Outdated,
    /// Another sender has it.
    Busy,
    /// Nothing more will happen to it.
    Done,
}

impl OutboundReply {
    /// What the contact is told: the reply, or the one without a file that could not be sent.
    /// `None` where nothing is left to read without the file.
    pub fn said(&self) -> Option<Cow<'_, Reply>> {
        match &self.upload {
            Some(upload) if upload.problem().is_some() => {
                upload.replaced_in(&self.reply).map(Cow::Owned)
            }
            _ => Some(Cow::Borrowed(&self.reply)),
        }
    }

    /// What a 404 makes of it. One may be wrong for a moment, and to believe it would drop this reply and
    /// all behind it; so the reply is tried once more.
    pub fn not_assigned(&mut self, at: OffsetDateTime) {
        let reason = DropReason::NotAssigned;
        self.delivery = match self.doubted {
            false => Delivery::Pending,
            true => Delivery::Dropped { at, reason },
        };
        self.doubted = true;
    }

    /// Judges what a sender may do now, given the conversation it belongs to.
    pub fn claim(&self, conversation: &crate::Conversation, now: OffsetDateTime) -> Claim {
        use crate::State;
        match &self.delivery {
            Delivery::Sending { lease_until } if *lease_until > now => Claim::Busy,
            Delivery::Sending { .. } if self.episode != conversation.episode => Claim::Outdated,
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
