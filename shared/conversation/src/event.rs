//! An accepted event: begun once, however often it is delivered.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sparkcentral::{Envelope, Event, Reply};
use time::{Duration, OffsetDateTime};

use crate::agent::TurnSettings;
use crate::plan::{Choice, choose};
use crate::queue::{DeadlineStep, Work};
use crate::reception::NotAsked;
use crate::state::Conversation;
use crate::turn::{Answer, Internal, Trigger, Turn};

/// One event as stored: the contact's message, what became of it, and the answer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// Sparkcentral's idempotency key; the id of the turn.
    pub key: String,
    /// Hash over type and data: see [`payload_hash`].
    pub payload_hash: String,
    /// What the bot is told.
    pub trigger: Trigger,
    /// Episode of the conversation it belongs to; 0 until that was read.
    #[serde(default)]
    pub episode: u32,
    /// When it arrived here.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// Topics the conversation had then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Fields of the event no part of this build knows, kept for those that will.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub other: serde_json::Map<String, serde_json::Value>,
    /// What became of it.
    pub status: EventStatus,
}

impl fmt::Debug for StoredEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEvent")
            .field("key", &self.key)
            .field("trigger", &self.trigger)
            .field("status", &self.status.name())
            .finish_non_exhaustive()
    }
}

/// What became of an event.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum EventStatus {
    /// An invocation is working on an inline answer until its lease ends.
    InProgress {
        /// When another invocation may begin the event again.
        #[serde(with = "time::serde::rfc3339")]
        lease_until: OffsetDateTime,
        /// Whose lease it is; only this attempt may finish the event.
        attempt: String,
    },
    /// Waiting for bot-turn.
    Queued {
        /// The bot's answer where it is known already and could not be given in the webhook's
        /// response: the bot is not asked twice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Box<Answer>>,
    },
    /// Answered in the webhook's response.
    Answered {
        /// The response body, the same for every delivery.
        reply: Box<Reply>,
    },
    /// The bot answered later, over REST.
    Turned {
        /// Ids of the replies it became.
        reply_ids: Vec<String>,
        /// The bot takes its time and answers through conversation-api.
        #[serde(default)]
        later: bool,
    },
    /// Kept, and the bot left alone.
    NotAsked {
        /// Why.
        reason: NotAsked,
    },
    /// Given to the bot together with an earlier message.
    Merged {
        /// The turn it became part of.
        into: String,
    },
    /// The bot answered after people had been asked: its answer is kept and not sent.
    TooLate {
        /// Ids of the replies that were not sent.
        reply_ids: Vec<String>,
    },
    /// The bot failed for good; people were asked.
    Failed,
}

impl EventStatus {
    /// The name in JSON, logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InProgress { .. } => "in_progress",
            Self::Queued { .. } => "queued",
            Self::Answered { .. } => "answered",
            Self::Turned { .. } => "turned",
            Self::NotAsked { .. } => "not_asked",
            Self::Merged { .. } => "merged",
            Self::TooLate { .. } => "too_late",
            Self::Failed => "failed",
        }
    }
}

/// What a second delivery of an event finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// Answered: give the stored answer again.
    AlreadyAnswered(Box<Reply>),
    /// Waiting for bot-turn: answer `{}`, and make sure that the queue has it.
    AlreadyQueued,
    /// The bot took its turn to answer later: answer `{}`, and make sure that the deadline is watched.
    AnsweredLater,
    /// Dealt with, nothing to say in the response.
    AlreadyDone,
    /// Another invocation is on it.
    InProgress,
    /// The same key came with another body.
    PayloadMismatch,
    /// The lease of the first attempt ran out: it died, begin again.
    LeaseExpired,
}

impl StoredEvent {
    /// What is stored of a delivery. `None` for an event without a turn: of an unknown type.
    pub fn of(envelope: &Envelope, now: OffsetDateTime, status: EventStatus) -> Option<Self> {
        let (trigger, topics, other) = match &envelope.data {
            Event::ConversationStarted(assigned) => {
                (Trigger::Started, Vec::new(), assigned.other.clone())
            }
            Event::ConversationDelegated(assigned) => {
                (Trigger::Delegated, Vec::new(), assigned.other.clone())
            }
            Event::InboundMessageReceived(inbound) => {
                let trigger = Trigger::Message {
                    text: inbound.message.text.clone().unwrap_or_default(),
                    message_id: inbound.message.message_id.clone(),
                    payload: inbound.message.payload.clone(),
                };
                let mut other = inbound.other.clone();
                if !inbound.message.other.is_empty() {
                    other.insert("message".into(), inbound.message.other.clone().into());
                }
                (trigger, inbound.conversation_topics.clone(), other)
            }
            Event::Unknown { .. } => return None,
        };
        Some(Self {
            key: envelope.idempotency_key.clone(),
            payload_hash: payload_hash(envelope),
            trigger,
            episode: 0,
            received_at: now,
            topics,
            other,
            status,
        })
    }

    /// The turn the bot is asked, given its conversation.
    pub fn turn(&self, conversation: &Conversation, settings: &TurnSettings) -> Turn {
        Turn {
            version: 1,
            turn_id: self.key.clone(),
            agent: conversation.agent.clone(),
            conversation_id: conversation.id.clone(),
            episode: conversation.episode,
            trigger: self.trigger.clone(),
            language: conversation.language.clone(),
            topics: self.topics.clone(),
            internal: Internal {
                channel_details: conversation.channel_details.clone(),
            },
            history: Vec::new(),
            session: conversation.session.clone(),
            received_at: self.received_at,
            answer_by: self.answer_by(settings),
        }
    }

    /// When people are asked instead of the bot.
    pub fn answer_by(&self, settings: &TurnSettings) -> OffsetDateTime {
        let within = match self.trigger {
            Trigger::Delegated => settings.delegated_within_secs,
            Trigger::Started | Trigger::Message { .. } => settings.answer_within_secs,
        };
        let within = Duration::seconds(i64::from(within));
        self.received_at.saturating_add(within)
    }

    /// Where the message is one of the answers offered before, tells the bot which.
    pub fn choose_from(&mut self, choices: &[Choice]) {
        if let Trigger::Message { text, payload, .. } = &mut self.trigger
            && let Some(choice) = choose(choices, text, payload.as_deref())
        {
            *payload = Some(choice.payload.clone());
        }
    }

    /// What is to be done about the event if nobody answers it in time: the first step of it.
    pub fn deadline(&self, settings: &TurnSettings) -> Work {
        let answer_by = self.answer_by(settings);
        let lead = Duration::seconds(i64::from(settings.holding_lead_secs));
        let (step, due) = match settings.holding_text {
            Some(_) => (DeadlineStep::Hold, answer_by.saturating_sub(lead)),
            None => (DeadlineStep::HandOver, answer_by),
        };
        Work::Deadline {
            turn_id: self.key.clone(),
            step,
            due,
        }
    }

    /// Sparkcentral's id of the contact's message, where it told one.
    pub fn message_id(&self) -> Option<&str> {
        match &self.trigger {
            Trigger::Message { message_id, .. } => message_id.as_deref(),
            Trigger::Started | Trigger::Delegated => None,
        }
    }

    /// Judges a delivery whose begin was refused because `self` was there already.
    pub fn judge(&self, payload_hash: &str, now: OffsetDateTime) -> Refused {
        if self.payload_hash != payload_hash {
            return Refused::PayloadMismatch;
        }
        match &self.status {
            EventStatus::InProgress { lease_until, .. } if *lease_until <= now => {
                Refused::LeaseExpired
            }
            EventStatus::InProgress { .. } => Refused::InProgress,
            EventStatus::Queued { .. } => Refused::AlreadyQueued,
            EventStatus::Answered { reply } => Refused::AlreadyAnswered(reply.clone()),
            EventStatus::Turned { later: true, .. } => Refused::AnsweredLater,
            EventStatus::Turned { .. }
            | EventStatus::NotAsked { .. }
            | EventStatus::Merged { .. }
            | EventStatus::TooLate { .. }
            | EventStatus::Failed => Refused::AlreadyDone,
        }
    }
}

/// Hash over everything an event says: the first 8 bytes of its SHA-256, hex. The envelope's time stamp is
/// left out: nobody promises that it stays the same across retries. The order of keys makes no difference: see
/// [`Envelope::without_timestamp`].
pub fn payload_hash(envelope: &Envelope) -> String {
    let canonical = serde_json::to_vec(&envelope.without_timestamp()).unwrap_or_default();
    let hash = Sha256::digest(canonical);
    // It tells two bodies under one key apart, and every record pays for its length.
    hex::encode(&hash[..8])
}

/// How long an attempt holds an event: what is left of its invocation, and a moment more, because a
/// process that is being killed may still finish a write that is on its way.
pub fn lease_until(
    now: OffsetDateTime,
    invocation_remaining: std::time::Duration,
) -> OffsetDateTime {
    let remaining = Duration::try_from(invocation_remaining).unwrap_or(Duration::MINUTE);
    now.saturating_add(remaining)
        .saturating_add(Duration::SECOND)
}
