//! Handing a conversation over to people: who asked, why, and what they are told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Why people are asked to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoverReason {
    /// The contact asked for a person.
    ContactAsked,
    /// The bot decided to.
    BotAsked,
    /// The bot did not understand, several times.
    NotUnderstood,
    /// The bot could not be reached or gave answers we can't use.
    BotFailed,
    /// No answer in time.
    Deadline,
    /// A reply could not be delivered.
    DeliveryFailed,
    /// Somebody asked through conversation-api.
    ApiAsked,
}

impl HandoverReason {
    /// Every reason, for settings and tests.
    pub const ALL: [Self; 7] = [
        Self::ContactAsked,
        Self::BotAsked,
        Self::NotUnderstood,
        Self::BotFailed,
        Self::Deadline,
        Self::DeliveryFailed,
        Self::ApiAsked,
    ];

    /// The name in JSON, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContactAsked => "contact_asked",
            Self::BotAsked => "bot_asked",
            Self::NotUnderstood => "not_understood",
            Self::BotFailed => "bot_failed",
            Self::Deadline => "deadline",
            Self::DeliveryFailed => "delivery_failed",
            Self::ApiAsked => "api_asked",
        }
    }

    /// The topic applied where the agent's settings name none: the reason with dashes, `bot-failed`.
    pub fn default_topic(self) -> String {
        self.as_str().replace('_', "-")
    }
}

/// A handover under way, kept with the conversation until Sparkcentral took it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// Deterministic, so that asking again is the same handover.
    pub id: String,
    /// Why.
    pub reason: HandoverReason,
    /// Topics to apply beside the reason's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Contact attributes to set together with `complete`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
}
