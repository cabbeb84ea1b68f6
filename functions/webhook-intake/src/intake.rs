//! Storing one event of a conversation once, and deciding who answers it.
//!
//! The event's record decides every race: of the inline answer and the queued turn exactly one
//! commits, and the other sees that it lost. The conversation says which turn is in flight, so that
//! the bot is given one at a time.

use std::time::Duration;

use conversation::{
    Conversation, EventStatus, IntakeMode, SeenChannel, StoredEvent, asks_people, lease_until,
};
use platform::{Agent, Causes, StoreError};
use sparkcentral::{Envelope, Event};
use time::OffsetDateTime;

use crate::delivery::{Accepted, Delivery, Deps, Outcome};

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
        let until = lease_until(self.delivery.now, self.delivery.remaining);
        let begun = EventStatus::InProgress {
            lease_until: until,
            attempt: self.delivery.attempt.clone(),
        };
        let Some(event) = StoredEvent::of(self.envelope, self.delivery.now, begun) else {
            return Ok(("unknown_type", Accepted::empty()));
        };
        match self.begin_at_once(&event).await? {
            Some(stored) => self.go_on(event, stored).await,
            None => Box::pin(self.look_first(event)).await,
        }
    }

    /// Begins the turn without reading anything, where that may be. The conversation as it is stored.
    async fn begin_at_once(&self, event: &StoredEvent) -> Result<Option<Conversation>, StoreError> {
        let (settings, data) = (&self.agent.settings, &self.envelope.data);
        let is_message = matches!(data, Event::InboundMessageReceived(_));
        // Without a time stamp nothing tells a late delivery from a new one.
        let sent_at = self.envelope.timestamp;
        if settings.mode == IntakeMode::Queued
            || settings.turns.debounce_ms > 0
            || settings.paused
            || !is_message
            || sent_at.is_none()
        {
            return Ok(None);
        }
        let now = self.delivery.now;
        let mut first = Conversation::new(&self.agent.name, self.conversation_id, now);
        first.receive(data, sent_at, now);
        first.hear(&event.key, sent_at);
        let store = &self.deps.platform.store;
        store
            .begin_at_once(&first, event, self.expires_at(), now)
            .await
    }

    /// Goes on with a turn that was begun at once: with what is known of its conversation by now.
    async fn go_on(
        &self,
        mut event: StoredEvent,
        stored: Conversation,
    ) -> Result<Outcome, StoreError> {
        let mut conversation = stored.clone();
        conversation.learn(&self.envelope.data);
        event.episode = conversation.episode;
        event.choose_from(&conversation.choices);
        // Judged by the turns before this one.
        let turns = conversation.turns;
        conversation.uncount(&event.key);
        let people = asks_people(&self.agent.settings, &conversation, self.delivery.now);
        conversation.turns = turns;
        self.answer(event, stored, conversation, people).await
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

    pub(crate) async fn record(&self, key: &str) -> Result<Option<StoredEvent>, StoreError> {
        let store = &self.deps.platform.store;
        store
            .record(
                &self.agent.name,
                self.conversation_id,
                key,
                self.delivery.now,
            )
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

/// Whether an event is in progress by this attempt.
pub(crate) fn is_by(event: &StoredEvent, own: &str) -> bool {
    matches!(&event.status, EventStatus::InProgress { attempt, .. } if attempt == own)
}
