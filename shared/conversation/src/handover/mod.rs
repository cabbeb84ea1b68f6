//! Handing a conversation over to people: who asked, why, and what they are told.

mod brief;
mod gate;
mod hours;
mod policy;
mod redact;
mod routing;
mod settings;

pub use brief::Brief;
pub use gate::{Decision, Moment, Presence, Waiting, Why, gate};
pub use hours::{Hours, Opening, Span, TimeZone};
pub use policy::{asks_people, is_vip, policy_asks};
pub use redact::redact;
pub use routing::{Routed, RoutingCondition, RoutingFacts, RoutingProfile, route};
pub use settings::{
    AskingPolicy, ChannelHandover, GateAction, GatePolicy, HandoverSettings, PresenceUse,
};

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Why people are asked to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// A rule of the agent's settings: a VIP, a bot that goes on for too long.
    Policy,
    /// The agent's settings say that the bot is not asked for now.
    AgentPaused,
}

impl HandoverReason {
    /// Every reason, for settings and tests.
    pub const ALL: [Self; 9] = [
        Self::ContactAsked,
        Self::BotAsked,
        Self::NotUnderstood,
        Self::BotFailed,
        Self::Deadline,
        Self::DeliveryFailed,
        Self::ApiAsked,
        Self::Policy,
        Self::AgentPaused,
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
            Self::Policy => "policy",
            Self::AgentPaused => "agent_paused",
        }
    }

    /// The topic applied where the agent's settings name none: the reason with dashes, `bot-failed`.
    pub fn default_topic(self) -> String {
        self.as_str().replace('_', "-")
    }
}

/// A handover under way, kept with the conversation until Sparkcentral took it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
    /// Routing profiles asked for by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// What people should know, in the words of who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
}

impl Handover {
    /// A handover for a reason, without more.
    pub fn new(id: impl Into<String>, reason: HandoverReason, now: OffsetDateTime) -> Self {
        Self {
            id: id.into(),
            reason,
            topics: Vec::new(),
            attributes: BTreeMap::new(),
            profiles: Vec::new(),
            summary: None,
            requested_at: now,
        }
    }
}

// Attributes and summary are about the contact.
impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover")
            .field("id", &self.id)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
