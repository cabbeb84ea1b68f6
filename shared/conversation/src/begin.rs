//! Beginning a turn at once and answering it in the webhook's response, at the price of two writes.
//!
//! ```text
//! begin:  the event goes into the conversation's own item, on conditions that need no read before
//! answer: the event's record is written with its answer, if there is none yet
//! ```
//!
//! An answer that changes nothing else leaves the conversation's item as the begin left it: that its
//! turn is over shows in the event's record. So whoever reads a conversation looks for the record of
//! its begun event, and whoever *changes* a conversation before there is one writes it in the same
//! transaction, as still in progress. The answer then finds a record, and is judged again against the
//! conversation as it is now.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::event::{EventStatus, StoredEvent};
use crate::state::{Conversation, InFlight, State};

/// The last event that was taken in: what tells a new event from one that came before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Its idempotency key.
    pub key: String,
    /// The newest time stamp of all events taken in, in ms since 1970. A retry may be stamped anew, so
    /// a newer time proves nothing; an older one asks for a look.
    pub sent_millis: i64,
}

impl Conversation {
    /// Whether nothing that was said before is waiting or on its way: only then may a turn be begun
    /// without reading first.
    pub fn is_quiet(&self) -> bool {
        self.state == State::WithBot
            && self.queued.is_empty()
            && self.last_reply.is_none()
            && self.early.is_none()
            && self
                .in_flight
                .as_ref()
                .is_none_or(|turn| turn.event.is_some())
    }

    /// Remembers an event as the last one taken in.
    pub fn hear(&mut self, key: &str, sent_at: Option<OffsetDateTime>) {
        let newest = self.heard.as_ref().map_or(0, |heard| heard.sent_millis);
        self.heard = Some(Heard {
            key: key.to_owned(),
            sent_millis: sent_at.map_or(0, millis).max(newest),
        });
    }

    /// Takes the conversation for an event whose turn the bot is given now. The event stands in the
    /// conversation, unless it `has_record`.
    pub fn begin(&mut self, event: &StoredEvent, has_record: bool) {
        let EventStatus::InProgress { lease_until, .. } = &event.status else {
            return;
        };
        self.turns = self.turns.saturating_add(1);
        self.in_flight = Some(InFlight {
            turn_id: event.key.clone(),
            until: *lease_until,
            event: (!has_record).then(|| Box::new(event.clone())),
        });
        self.forget_early();
    }

    /// Takes a turn back that the bot was not given after all, or did not finish.
    pub fn uncount(&mut self, turn_id: &str) {
        let turn = self.in_flight.as_ref();
        if turn.is_some_and(|turn| turn.turn_id == turn_id) {
            self.turns = self.turns.saturating_sub(1);
        }
    }

    /// The event that was begun and has no record yet, as far as is known.
    pub fn begun(&self) -> Option<&StoredEvent> {
        self.in_flight.as_ref()?.event.as_deref()
    }

    /// The begun event as its record has to be, for whoever changes the conversation meanwhile.
    pub fn begun_record(&self) -> Option<StoredEvent> {
        let mut event = self.begun()?.clone();
        event.episode = self.episode;
        event.choose_from(&self.choices);
        Some(event)
    }

    /// The begun event has a record, so that its turn is over.
    pub fn begun_is_over(&mut self) {
        if self.begun().is_some() {
            self.in_flight = None;
        }
    }

    /// Whether an answer that leads from `before` to `self` changes nothing but that its turn is over.
    pub fn only_landed_since(&self, before: &Self) -> bool {
        let mut landed = self.clone();
        landed.in_flight.clone_from(&before.in_flight);
        landed == *before
    }
}

/// Milliseconds since 1970.
fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
