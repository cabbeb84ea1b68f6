//! The table: what is stored, and the conditional writes that `platform` makes.

use conversation::{Conversation, EventStatus, OutboundReply, Refused, StoredEvent};
use time::OffsetDateTime;

use crate::kept::Kept;
use crate::setup::{Flaw, Setup, number};

#[derive(Clone, Default, Hash)]
pub(crate) struct Table {
    pub(crate) state: Option<Item>,
    pub(crate) events: [Option<Kept<StoredEvent>>; 4],
    /// In the order they were stored in.
    pub(crate) replies: Vec<Saved>,
}

/// The conversation's item.
#[derive(Clone, Hash)]
pub(crate) struct Item {
    pub(crate) conversation: Kept<Conversation>,
    quiet: bool,
}

#[derive(Clone, Hash)]
pub(crate) struct Saved {
    pub(crate) reply: Kept<OutboundReply>,
    pub(crate) revision: u8,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Guard {
    New,
    HeldBy(String),
    Queued,
}

pub(crate) struct Commit<'a> {
    pub(crate) conversation: &'a Conversation,
    pub(crate) read: Option<&'a Conversation>,
    pub(crate) events: &'a [(StoredEvent, Guard)],
    pub(crate) replies: &'a [OutboundReply],
    pub(crate) now: OffsetDateTime,
}

pub(crate) enum Refusal {
    Conflict,
    Taken(Refused),
    ReplyExists,
}

impl Table {
    pub(crate) fn event(&self, key: &str) -> Option<&Kept<StoredEvent>> {
        self.events[number(key)].as_ref()
    }

    pub(crate) fn reply(&self, id: &str) -> Option<&Saved> {
        self.replies.iter().find(|saved| saved.reply.id == id)
    }

    /// `Store::conversation`: a begun event that has a record is over.
    pub(crate) fn conversation(&self) -> Option<Conversation> {
        let item = self.state.as_ref()?;
        let mut read = Conversation::clone(&item.conversation);
        if read
            .begun()
            .is_some_and(|begun| self.event(&begun.key).is_some())
        {
            read.begun_is_over();
        }
        Some(read)
    }

    /// `Store::begin_at_once`: the conversation as it is stored then.
    pub(crate) fn begin_at_once(
        &mut self,
        setup: &Setup,
        first: &Conversation,
        event: &StoredEvent,
        now: OffsetDateTime,
    ) -> Option<Conversation> {
        let mut stored = match &self.state {
            None => first.clone(),
            Some(item) => {
                let before = &item.conversation;
                let begun = before.begun();
                let is_new = match (&before.heard, &first.heard) {
                    (Some(last), Some(this)) => {
                        last.key != this.key && last.sent_millis < this.sent_millis
                    }
                    _ => false,
                };
                let is_free = before
                    .in_flight
                    .as_ref()
                    .filter(|_| begun.is_some())
                    .is_none_or(|turn| turn.until < now);
                let may = (item.quiet || setup.has(Flaw::NotQuiet))
                    && (is_new || setup.has(Flaw::NoHeard))
                    && (is_free || setup.has(Flaw::OthersLease));
                if !may {
                    let is_own = begun.is_some_and(|begun| {
                        begun.key == event.key && attempt(begun) == attempt(event)
                    });
                    return is_own.then(|| Conversation::clone(before));
                }
                Conversation::clone(before)
            }
        };
        stored.version += 1;
        stored.heard.clone_from(&first.heard);
        stored.begin(event, false);
        self.state = Some(Item {
            conversation: Kept::of(stored.clone()),
            quiet: true,
        });
        Some(stored)
    }

    /// `Store::answer_begun`: what stands there instead, where something does.
    pub(crate) fn answer_begun(
        &mut self,
        setup: &Setup,
        event: &StoredEvent,
    ) -> Option<Kept<StoredEvent>> {
        let record = &mut self.events[number(&event.key)];
        match record {
            Some(found) if !setup.has(Flaw::AnswerAnyway) => Some(found.clone()),
            _ => {
                *record = Some(Kept::of(event.clone()));
                None
            }
        }
    }

    /// `Store::commit`: the conversation's version then.
    pub(crate) fn commit(&mut self, setup: &Setup, commit: &Commit<'_>) -> Result<u64, Refusal> {
        let Commit {
            conversation,
            read,
            events,
            replies,
            now,
        } = *commit;
        let changed = read != Some(conversation);
        let begins = changed && conversation.begun() != read.and_then(Conversation::begun);
        let left = read
            .filter(|_| changed && !setup.has(Flaw::NoSpill))
            .and_then(Conversation::begun_record)
            .filter(|left| !events.iter().any(|(event, _)| event.key == left.key))
            .filter(|left| {
                !(begins && conversation.begun().is_some_and(|new| new.key == left.key))
            });
        for (event, guard) in events {
            let found = self.event(&event.key);
            if !self.lets_in(event, guard, now) {
                return Err(found.map_or(Refusal::Conflict, |found| {
                    Refusal::Taken(found.judge(&event.payload_hash, now))
                }));
            }
        }
        if replies.iter().any(|reply| self.reply(&reply.id).is_some()) {
            return Err(Refusal::ReplyExists);
        }
        let stands = match (&self.state, conversation.version) {
            (None, version) => version == 0,
            (Some(_), 0) => false,
            (Some(item), version) => item.conversation.version == version,
        };
        let left_has_record = left
            .as_ref()
            .is_some_and(|left| self.event(&left.key).is_some());
        if !stands || left_has_record {
            return Err(Refusal::Conflict);
        }
        for event in events.iter().map(|(event, _)| event).chain(&left) {
            self.events[number(&event.key)] = Some(Kept::of(event.clone()));
        }
        self.replies.extend(replies.iter().map(|reply| Saved {
            reply: Kept::of(reply.clone()),
            revision: 1,
        }));
        if !changed {
            return Ok(conversation.version);
        }
        let mut next = conversation.clone();
        next.version += 1;
        let version = next.version;
        self.put(next, begins);
        Ok(version)
    }

    /// As `item_of`: the event in flight stands in the item only if it is begun by this write.
    fn put(&mut self, mut next: Conversation, begins: bool) {
        let begins = begins && next.begun().is_some();
        if let Some(turn) = &mut next.in_flight
            && !begins
        {
            turn.event = None;
        }
        let quiet = match begins {
            true => Conversation {
                in_flight: None,
                ..next.clone()
            }
            .is_quiet(),
            false => next.is_quiet(),
        };
        self.state = Some(Item {
            conversation: Kept::of(next),
            quiet,
        });
    }

    fn lets_in(&self, event: &StoredEvent, guard: &Guard, now: OffsetDateTime) -> bool {
        let found = self.event(&event.key).map(|found| &found.status);
        match (guard, found) {
            (Guard::New | Guard::HeldBy(_), None) => true,
            (Guard::New, Some(EventStatus::InProgress { lease_until, .. })) => *lease_until <= now,
            (Guard::HeldBy(own), Some(EventStatus::InProgress { attempt, .. })) => attempt == own,
            (Guard::Queued, Some(EventStatus::Queued { .. })) => true,
            _ => false,
        }
    }

    /// `Store::save_reply`: false where somebody else was faster.
    pub(crate) fn save_reply(&mut self, read: &Saved, reply: OutboundReply) -> bool {
        let stored = self
            .replies
            .iter_mut()
            .find(|saved| saved.reply.id == reply.id);
        match stored {
            Some(stored) if stored.revision == read.revision => {
                stored.revision += 1;
                stored.reply = Kept::of(reply);
                true
            }
            _ => false,
        }
    }
}

/// Whose an event in progress is.
pub(crate) fn attempt(event: &StoredEvent) -> Option<&str> {
    match &event.status {
        EventStatus::InProgress { attempt, .. } => Some(attempt),
        _ => None,
    }
}
