//! Storing one event of a conversation once, and deciding who answers it.
//!
//! The event's record decides every race: of the inline answer and the queued turn exactly one
//! commits, and the other sees that it lost. The conversation says which turn is in flight, so that
//! the bot is given one at a time.

use std::time::Duration;

use conversation::{
    Answer, Conversation, EventStatus, IntakeMode, Reception, Refused, SeenChannel, StoredEvent,
    asks_people, lease_until,
};
use platform::{Agent, Attempts, Causes, Commit, CommitError, EventGuard, StoreError};
use sparkcentral::Envelope;
use time::OffsetDateTime;

use crate::delivery::{Accepted, Delivery, Deps, Outcome};

/// Pause between two looks at an event another invocation is working on.
const POLL: Duration = Duration::from_millis(150);

/// A verified delivery of an event that belongs to a conversation.
pub(crate) struct Intake<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) delivery: &'a Delivery<'a>,
    pub(crate) agent: &'a Agent,
    pub(crate) envelope: &'a Envelope,
    pub(crate) conversation_id: &'a str,
}

impl Intake<'_> {
    /// Stores the event: recorded, queued, or begun and then answered.
    pub(crate) async fn run(&self) -> Result<Outcome, StoreError> {
        let queued = EventStatus::Queued { answer: None };
        let Some(mut event) = StoredEvent::of(self.envelope, self.delivery.now, queued) else {
            return Ok(("unknown_type", Accepted::empty()));
        };
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let read = self.read().await?;
            let mut conversation = self.enter(read.as_ref(), &mut event).await?;
            let committed = self
                .deps
                .platform
                .store
                .commit(Commit {
                    conversation: &conversation,
                    read: read.as_ref(),
                    events: &[(event.clone(), EventGuard::New)],
                    replies: &[],
                    expires_at: self.expires_at(),
                    now: self.delivery.now,
                })
                .await;
            match committed {
                Ok(committed) => {
                    conversation.version = committed.version;
                    return match event.status {
                        EventStatus::InProgress { .. } => self.answer(event, conversation).await,
                        _ => Ok(self.finish(&event).await),
                    };
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::EventTaken(refused)) => {
                    return self.already_there(&event, refused).await;
                }
                Err(CommitError::ReplyExists) => break,
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Ok(("contended", Accepted::try_again()))
    }

    /// The conversation once the event is in, and the event with what becomes of it.
    async fn enter(
        &self,
        read: Option<&Conversation>,
        event: &mut StoredEvent,
    ) -> Result<Conversation, StoreError> {
        let (data, now) = (&self.envelope.data, self.delivery.now);
        let mut conversation = read
            .cloned()
            .unwrap_or_else(|| Conversation::new(&self.agent.name, self.conversation_id, now));
        let reception = conversation.receive(data, self.envelope.timestamp, now);
        event.episode = conversation.episode;
        event.choose_from(&conversation.choices);
        let instead = match reception {
            Reception::AskBot => asks_people(&self.agent.settings, &conversation, now),
            Reception::Record(_) => None,
        };
        event.status = match (reception, instead) {
            (Reception::Record(reason), _) => EventStatus::NotAsked { reason },
            // Carried out by bot-turn, behind everything that waits.
            (Reception::AskBot, Some(reason)) => {
                conversation.wait(&event.key);
                EventStatus::Queued {
                    answer: Some(Box::new(Answer::hand_over(reason))),
                }
            }
            (Reception::AskBot, None) if self.must_wait(&conversation, event).await? => {
                conversation.wait(&event.key);
                EventStatus::Queued { answer: None }
            }
            (Reception::AskBot, None) => {
                let until = lease_until(now, self.delivery.remaining);
                conversation.take_off(&event.key, until);
                EventStatus::InProgress {
                    lease_until: until,
                    attempt: self.delivery.attempt.clone(),
                }
            }
        };
        Ok(conversation)
    }

    /// Whether an answer in the response would overtake something, or is not wanted.
    async fn must_wait(
        &self,
        conversation: &Conversation,
        event: &StoredEvent,
    ) -> Result<bool, StoreError> {
        let settings = &self.agent.settings;
        if settings.mode == IntakeMode::Queued
            || settings.turns.debounce_ms > 0
            || conversation.is_busy_for(&event.key, self.delivery.now)
            || !conversation.queued.is_empty()
        {
            return Ok(true);
        }
        let Some(last) = &conversation.last_reply else {
            return Ok(false);
        };
        let store = &self.deps.platform.store;
        let reply = store
            .reply(&self.agent.name, self.conversation_id, last)
            .await?;
        Ok(reply.is_some_and(|saved| !saved.reply.delivery.is_final()))
    }

    /// Another delivery of the event was first.
    async fn already_there(
        &self,
        event: &StoredEvent,
        refused: Refused,
    ) -> Result<Outcome, StoreError> {
        let found = match refused {
            Refused::InProgress | Refused::LeaseExpired => self.wait_for_the_first(event).await?,
            settled => settled,
        };
        Ok(match found {
            Refused::AlreadyAnswered(reply) => ("duplicate", Accepted::Answer(reply)),
            Refused::AlreadyDone => ("duplicate", Accepted::empty()),
            // The first delivery may have died between storing and queueing. SQS takes the same
            // turn once in five minutes, and bot-turn takes it once for ever.
            Refused::AlreadyQueued => self.queue(event, "duplicate").await,
            Refused::AnsweredLater => self.watch(event, "duplicate").await,
            Refused::PayloadMismatch => (
                "payload_mismatch",
                Accepted::refused(409, "This idempotency key came with another body before."),
            ),
            Refused::InProgress | Refused::LeaseExpired => {
                ("duplicate_in_progress", Accepted::try_again())
            }
        })
    }

    /// Waits for the delivery that is working on the event, to give the same answer. Only as long
    /// as an inline answer may take: Sparkcentral is waiting on both.
    async fn wait_for_the_first(&self, event: &StoredEvent) -> Result<Refused, StoreError> {
        let store = &self.deps.platform.store;
        let mut found = Refused::InProgress;
        while found == Refused::InProgress && OffsetDateTime::now_utc() < self.inline_until() {
            tokio::time::sleep(POLL).await;
            let stored = store
                .event(&self.agent.name, self.conversation_id, &event.key)
                .await?;
            let Some(stored) = stored else {
                break;
            };
            found = stored.judge(&event.payload_hash, OffsetDateTime::now_utc());
        }
        Ok(found)
    }

    /// Keeps the registry of channels up to date. Best effort: the next event tells it again.
    pub(crate) async fn learn_channel(&self) {
        let Some(seen) = SeenChannel::of(&self.envelope.data) else {
            return;
        };
        let store = &self.deps.platform.store;
        let learned = store.learn_channel(&self.agent.name, &seen, self.delivery.now);
        if let Err(error) = learned.await {
            tracing::warn!(agent = self.agent.name, error = %Causes(&error), "channel not learned");
        }
    }

    pub(crate) async fn read(&self) -> Result<Option<Conversation>, StoreError> {
        let (store, now) = (&self.deps.platform.store, self.delivery.now);
        store
            .conversation(&self.agent.name, self.conversation_id, now)
            .await
    }

    /// When the inline budget is used up.
    pub(crate) fn inline_until(&self) -> OffsetDateTime {
        self.delivery.arrived + Duration::from_millis(self.agent.settings.inline_budget_ms)
    }

    pub(crate) fn expires_at(&self) -> i64 {
        self.agent.settings.expires_at(self.delivery.now)
    }
}
