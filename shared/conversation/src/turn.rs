//! The bot contract: one [`Turn`] in, one [`BotAnswer`] out.
//!
//! Every adapter in `shared/bots` translates between these types and its service. The JSON forms
//! (camelCase) are what the `http` adapter sends and expects, so they are public API.

use std::fmt;

use serde::{Deserialize, Serialize};
use sparkcentral::ChannelDetails;
use time::OffsetDateTime;

use crate::action::Action;
use crate::handover::HandoverReason;

/// One thing that happened in a conversation, for the bot to answer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// Version of this shape: 1.
    pub version: u32,
    /// The idempotency key of the event behind the turn; the same on every retry.
    pub turn_id: String,
    /// Name of the agent, as in the webhook URL.
    pub agent: String,
    /// Sparkcentral's id of the conversation.
    pub conversation_id: String,
    /// 1 for the first time the conversation is with the bot, then one more each time it comes back.
    pub episode: u32,
    /// Why the bot is asked.
    pub trigger: Trigger,
    /// Language Sparkcentral detected, as it names it (seen: ISO 639-1 such as `en`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Topics already applied to the conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// What Sparkcentral told about channel and contact.
    pub internal: Internal,
    /// What was said in this episode before, oldest first: only for bots that ask for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Utterance>,
    /// What the bot asked us to remember with its last answer; `null` at first.
    #[serde(default)]
    pub session: serde_json::Value,
    /// When the event arrived here.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// An answer after this moment comes too late: people have been asked instead.
    #[serde(with = "time::serde::rfc3339")]
    pub answer_by: OffsetDateTime,
}

/// The details a bot reads under `internal`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Internal {
    /// Channel, medium, contact profile and attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_details: Option<ChannelDetails>,
}

/// Why the bot is asked.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Trigger {
    /// Sparkcentral gave the conversation to the agent; the contact's first message follows as a turn of its own.
    Started,
    /// A person gave the conversation to the bot, which speaks first.
    Delegated,
    /// The contact wrote.
    Message {
        /// Empty when the contact sent something without text (a picture, say).
        #[serde(default)]
        text: String,
        /// Sparkcentral's id of the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        /// Payload of the quick reply or button the contact tapped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<String>,
    },
}

impl Trigger {
    /// A name for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Delegated => "delegated",
            Self::Message { .. } => "message",
        }
    }
}

/// What a bot says to a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum BotAnswer {
    /// The answer.
    Now(Answer),
    /// The bot took the turn and will answer through conversation-api.
    Later,
}

/// Actions in order, and what the bot wants to find in the next turn's `session`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Answer {
    /// Carried out in order. Empty: the bot has nothing to say.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// Absent: the session stays as it is. At most [`MAX_SESSION_BYTES`] as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<serde_json::Value>,
}

impl Answer {
    /// Ask people to take over, and nothing else.
    pub fn hand_over(reason: HandoverReason) -> Self {
        Self {
            actions: vec![Action::hand_over(Some(reason))],
            session: None,
        }
    }
}

/// Limit of [`Answer::session`] as JSON, in bytes: it is stored beside the conversation's state.
pub const MAX_SESSION_BYTES: usize = 16 * 1024;

/// Something said in a conversation before.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Utterance {
    /// Who said it.
    pub from: Speaker,
    /// What, without what was sent along.
    pub text: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Speaker {
    /// The contact.
    Contact,
    /// The bot.
    Bot,
    /// Somebody, or something, at conversation-api.
    Api,
    /// Sparkbridge itself: a holding text, say.
    Sparkbridge,
}

// Debug ends up in logs and panics; what people wrote must not.
impl fmt::Debug for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger")
            .field("type", &self.name())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("turn_id", &self.turn_id)
            .field("agent", &self.agent)
            .field("conversation_id", &self.conversation_id)
            .field("episode", &self.episode)
            .field("trigger", &self.trigger)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Utterance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Utterance").finish_non_exhaustive()
    }
}
