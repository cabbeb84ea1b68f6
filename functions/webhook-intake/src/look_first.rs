//! Taking an event in after a look at its conversation and its record: where something waits, where it
//! may have come before, and where the bot is not asked at once.

use conversation::{
    Answer, Conversation, EventStatus, IntakeMode, Reception, Refused, StoredEvent, asks_people,
    lease_until,
};
use platform::{Attempts, Commit, CommitError, EventGuard, StoreError};
use sparkcentral::Event;

use crate::delivery::{Accepted, Outcome};
use crate::intake::{Intake, is_by};

/// What is known of an event that is taken in after a look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// Nothing.
    New,
    /// An attempt that has died left a record of it.
    Again,
    /// This attempt has begun it, and somebody else has changed the conversation since.
    Spilled,
}

impl Intake<'_> {
    /// Reads the conversation and the event's record, and takes the event in accordingly.
    pub(crate) async fn look_first(&self, mut event: StoredEvent) -> Result<Outcome, StoreError> {
        let mut attempts = Attempts::default();
        while attempts.next().await {
            // In this order: an answer that is stored in between shows in one of the two.
            let read = self.read().await?;
            let record = self.record(&event.key).await?;
            let begun = read.as_ref().and_then(Conversation::begun);
            let known = record
                .as_ref()
                .or(begun.filter(|begun| begun.key == event.key));
            let mut again = false;
            let repeated = known.is_some();
            if let Some(known) = known
                && !is_by(known, &self.delivery.attempt)
            {
                match known.judge(&event.payload_hash, self.delivery.now) {
                    // Its attempt died: this one begins it again.
                    Refused::LeaseExpired => again = record.is_some(),
                    refused => return self.already_there(&event, refused).await,
                }
            }
            if let Some(read) = &read
                && begun.is_some_and(|begun| {
                    begun.key == event.key && is_by(begun, &self.delivery.attempt)
                })
            {
                // Our own write, whose answer got lost.
                return self.answer(event, read.clone(), read.clone(), None).await;
            }
            // Our own begin, whose answer got lost, and somebody spoke since.
            let spilled = record
                .as_ref()
                .is_some_and(|record| is_by(record, &self.delivery.attempt));
            let entry = match spilled {
                true => Entry::Spilled,
                false if again => Entry::Again,
                false => Entry::New,
            };
            let conversation = self
                .enter(read.as_ref(), &mut event, entry, repeated)
                .await?;
            let begins = conversation
                .begun()
                .is_some_and(|begun| begun.key == event.key);
            let guard = match spilled {
                true => EventGuard::HeldBy(self.delivery.attempt.clone()),
                false => EventGuard::New,
            };
            let entry = [(event.clone(), guard)];
            let committed = self
                .deps
                .platform
                .store
                .commit(Commit {
                    conversation: &conversation,
                    read: read.as_ref(),
                    // A turn that begins stands in its conversation.
                    events: if begins { &[] } else { &entry },
                    replies: &[],
                    expires_at: self.expires_at(),
                    now: self.delivery.now,
                })
                .await;
            match committed {
                Ok(committed) => {
                    let stored = Conversation {
                        version: committed.version,
                        ..conversation
                    };
                    return match event.status {
                        EventStatus::InProgress { .. } => {
                            self.answer(event, stored.clone(), stored, None).await
                        }
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
        entry: Entry,
        repeated: bool,
    ) -> Result<Conversation, StoreError> {
        let (data, now) = (&self.envelope.data, self.delivery.now);
        let mut conversation = read
            .cloned()
            .unwrap_or_else(|| Conversation::new(&self.agent.name, self.conversation_id, now));
        // A retry may be stamped anew. It tells of the same beginning, not of another one.
        let is_message = matches!(data, Event::InboundMessageReceived(_));
        let sent_at = self.envelope.timestamp.filter(|_| is_message || !repeated);
        let reception = conversation.receive(data, sent_at, now);
        conversation.hear(&event.key, self.envelope.timestamp);
        event.episode = conversation.episode;
        event.choose_from(&conversation.choices);
        let instead = match reception {
            Reception::AskBot => asks_people(&self.agent.settings, &conversation, now),
            Reception::Record(_) => None,
        };
        event.status = match (reception, instead) {
            (Reception::Record(reason), _) => {
                conversation.land(&event.key);
                EventStatus::NotAsked { reason }
            }
            // Carried out by bot-turn, behind everything that waits.
            (Reception::AskBot, Some(reason)) => {
                conversation.wait(&event.key);
                EventStatus::Queued {
                    answer: Some(Box::new(Answer::hand_over(reason))),
                }
            }
            (Reception::AskBot, None)
                if entry == Entry::Spilled || self.must_wait(&conversation, event).await? =>
            {
                conversation.wait(&event.key);
                EventStatus::Queued { answer: None }
            }
            (Reception::AskBot, None) => {
                // Delivered; nothing to look for the next time.
                conversation.last_reply = None;
                event.status = EventStatus::InProgress {
                    lease_until: lease_until(now, self.delivery.remaining),
                    attempt: self.delivery.attempt.clone(),
                };
                conversation.begin(event, entry == Entry::Again);
                event.status.clone()
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
}
