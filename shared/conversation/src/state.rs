//! A conversation's state, and every legal move between states.
//!
//! ```text
//!            started / delegated / written to again: a new episode
//!        ┌──────────────────────────────────────────────────────────┐
//!        ▼                                                          │
//!     WithBot ──handover asked──▶ HandingOver ──Sparkcentral took it──▶ WithAgent
//!        │ ╲                          │                             ▲
//!        │  ╲──── 404: a person took it, nobody told us ────────────┤
//!        │                            ╰──────── 404 ────────────────╯
//!        ╰── resolved ──▶ Resolved (and back, as above)
//!
//!     HandingOver ──nobody is there, and the settings keep the bot──▶ WithBot (the same episode)
//! ```

use serde::{Deserialize, Serialize};
use sparkcentral::{ChannelDetails, Features, MediumId};
use time::OffsetDateTime;

use crate::agent::MessageSettings;
use crate::begin::Heard;
use crate::event::StoredEvent;
use crate::handover::Handover;
use crate::later::Early;
use crate::plan::{Choice, PlanFor};

/// Who the conversation is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The bot answers.
    WithBot,
    /// People were asked; Sparkcentral has not taken it yet. The bot is not asked any more.
    HandingOver,
    /// People have it.
    WithAgent,
    /// Closed.
    Resolved,
}

/// What can happen to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Sparkcentral gave the conversation to the bot (again).
    Assigned,
    /// Somebody asked for people.
    HandoverAsked,
    /// Nobody takes over now: the bot goes on.
    Kept,
    /// Sparkcentral accepted `complete: HANDOVER`.
    HandedOver,
    /// Sparkcentral answered 404: the conversation is not the bot's any more.
    TakenAway,
    /// Sparkcentral accepted `complete: RESOLVED`.
    Resolved,
}

impl State {
    /// The state after a move; `None` where the move is not legal from here.
    pub fn after(self, step: Move) -> Option<Self> {
        match (self, step) {
            (_, Move::Assigned) => Some(Self::WithBot),
            (Self::WithBot, Move::HandoverAsked) => Some(Self::HandingOver),
            (Self::HandingOver, Move::Kept) => Some(Self::WithBot),
            (Self::WithBot | Self::HandingOver, Move::HandedOver | Move::TakenAway) => {
                Some(Self::WithAgent)
            }
            (Self::WithBot | Self::HandingOver, Move::Resolved) => Some(Self::Resolved),
            _ => None,
        }
    }

    /// The name in JSON, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithBot => "with_bot",
            Self::HandingOver => "handing_over",
            Self::WithAgent => "with_agent",
            Self::Resolved => "resolved",
        }
    }
}

/// What we know of one conversation. Saved only against the version that was read.
///
/// Its JSON leaves out what stands beside it in the table: every KiB of it is paid for twice a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Name of the agent.
    #[serde(default, skip_serializing)]
    pub agent: String,
    /// Sparkcentral's id.
    #[serde(default, skip_serializing)]
    pub id: String,
    /// Counts saves; 0 was never saved.
    #[serde(default, skip_serializing)]
    pub version: u64,
    /// Who it is with.
    pub state: State,
    /// 1 for the first time with the bot; one more each time it comes back.
    pub episode: u32,
    /// Whether Sparkcentral has told how the episode began; a message may be faster than that. Written only
    /// where it has not: each KiB of the item costs a write unit.
    #[serde(default = "told", skip_serializing_if = "Clone::clone")]
    pub assigned: bool,
    /// The turn being answered in a webhook's response. While there is one, other messages are queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<InFlight>,
    /// Turns accepted and not yet given to the bot, oldest first. While there are any no inline
    /// answer is allowed: it would overtake them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queued: Vec<String>,
    /// Turns the bot took to answer later, and has not answered yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaiting: Vec<String>,
    /// Answers to turns that are still being asked.
    #[serde(default, skip_serializing_if = "Early::is_none")]
    pub early: Early,
    /// Turns given to the bot in this episode.
    #[serde(default, skip_serializing)]
    pub turns: u32,
    /// Answers last offered to the contact as numbered text, who may answer with a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The last reply given to outbound.fifo. Until it is delivered no inline answer is allowed: it
    /// would overtake it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply: Option<String>,
    /// Channel, medium, contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_details: Option<ChannelDetails>,
    /// As Sparkcentral detected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The bot's own memory.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub session: serde_json::Value,
    /// The last handover asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<Handover>,
    /// The last event taken in.
    #[serde(skip)]
    pub heard: Option<Heard>,
    /// When the state last changed.
    #[serde(with = "time::serde::timestamp::milliseconds")]
    pub changed_at: OffsetDateTime,
}

/// A turn being answered in a webhook's response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InFlight {
    /// Which.
    pub turn_id: String,
    /// When its invocation is dead, whatever came of it.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// The event itself, where it stands here and has no record of its own: see `begin.rs`.
    #[serde(skip)]
    pub event: Option<Box<StoredEvent>>,
}

fn told() -> bool {
    true
}

impl Conversation {
    /// A conversation seen for the first time.
    pub fn new(agent: &str, id: &str, now: OffsetDateTime) -> Self {
        Self {
            agent: agent.to_owned(),
            id: id.to_owned(),
            version: 0,
            state: State::WithBot,
            episode: 1,
            assigned: false,
            in_flight: None,
            queued: Vec::new(),
            awaiting: Vec::new(),
            early: Early::default(),
            turns: 0,
            choices: Vec::new(),
            last_reply: None,
            channel_details: None,
            language: None,
            session: serde_json::Value::Null,
            handover: None,
            heard: None,
            changed_at: now,
        }
    }

    /// Makes a move; false, and nothing changed, where it is not legal from this state.
    pub fn step(&mut self, step: Move, now: OffsetDateTime) -> bool {
        match self.state.after(step) {
            Some(state) => {
                self.state = state;
                self.changed_at = now;
                true
            }
            None => false,
        }
    }

    /// Asks people to take over. `None` where the conversation is not the bot's to give away.
    /// Asking again returns the handover already under way.
    pub fn ask_handover(&mut self, handover: Handover, now: OffsetDateTime) -> Option<Handover> {
        if self.state == State::HandingOver {
            return self.handover.clone();
        }
        if !self.step(Move::HandoverAsked, now) {
            return None;
        }
        self.handover = Some(handover.clone());
        Some(handover)
    }

    /// Whether something said before is still on its way, so that an answer must queue up behind it.
    /// `delivered` is a reply known to have arrived, or to never arrive.
    pub fn must_queue(&self, delivered: Option<&str>) -> bool {
        !self.queued.is_empty()
            || self
                .last_reply
                .as_deref()
                .is_some_and(|last| Some(last) != delivered)
    }

    /// Id of the channel, where an event told it.
    pub fn channel_id(&self) -> Option<&str> {
        self.channel_details
            .as_ref()
            .map(|details| details.channel_id.as_str())
            .filter(|id| !id.is_empty())
    }

    /// What an answer to the turn or request `id` is planned for here.
    pub fn plan_for<'a>(
        &'a self,
        features: &'a Features,
        messages: &'a MessageSettings,
        id: &'a str,
    ) -> PlanFor<'a> {
        PlanFor {
            features,
            messages,
            medium: self.medium(),
            language: self.language.as_deref(),
            id,
        }
    }

    /// Id of the medium, where an event told it.
    pub fn medium(&self) -> Option<&MediumId> {
        self.channel_details
            .as_ref()
            .and_then(|details| details.medium.as_ref())
    }
}
