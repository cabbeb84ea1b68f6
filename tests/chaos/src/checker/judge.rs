//! A history, and what is found wrong with it.

use std::cell::RefCell;

use super::{
    Wrong,
    history::{Delivered, Entry, Event, History, Outcome, Owner, Said, Token},
};

pub(super) struct Judge<'a> {
    pub(super) history: &'a History,
    pub(super) found: RefCell<Vec<(Wrong, String)>>,
}

impl Judge<'_> {
    pub(super) fn wrong(&self, wrong: Wrong, what: String) {
        self.found.borrow_mut().push((wrong, what));
    }

    pub(super) fn event(&self, key: &str) -> Option<&Event> {
        self.history.events.iter().find(|event| event.key == key)
    }

    pub(super) fn answers(&self, token: Token) -> Vec<&Said> {
        let said = self.history.said.iter();
        said.filter(|said| said.names.contains(&token)).collect()
    }

    /// How often the bot had got the conversation by then.
    pub(super) fn assignments(&self, at: i64) -> usize {
        let changes = self.history.changes.iter();
        changes
            .filter(|change| change.at <= at && change.owner == Owner::Bot)
            .count()
    }

    /// Who had it just before that.
    pub(super) fn owner_before(&self, at: i64) -> Option<Owner> {
        let changes = self.history.changes.iter();
        let mut before = changes.filter(|change| change.at < at);
        before.next_back().map(|change| change.owner)
    }

    /// Whether somebody else had the conversation after that.
    pub(super) fn left_the_bot_after(&self, at: i64) -> bool {
        let mut changes = self.history.changes.iter();
        changes.any(|change| change.at >= at && change.owner != Owner::Bot)
    }

    /// What the record says of an event, behind all merging.
    pub(super) fn outcome(&self, key: &str) -> Option<(String, Outcome)> {
        let mut key = key.to_owned();
        // As many steps as there are events: a circle ends too.
        for _ in 0..=self.history.events.len() {
            let found = self
                .history
                .record
                .iter()
                .flatten()
                .find_map(|entry| match entry {
                    Entry::Event {
                        key: of,
                        outcome,
                        merged_into,
                    } if *of == key => Some((*outcome, merged_into.clone())),
                    _ => None,
                });
            match found? {
                (Outcome::Merged, Some(into)) => key = into,
                (outcome, _) => return Some((key, outcome)),
            }
        }
        None
    }

    /// Whether the bot got the message at all, so that what it asked for counts.
    pub(super) fn bot_was_asked(&self, key: &str) -> bool {
        let outcome = self.outcome(key).map(|(_, outcome)| outcome);
        matches!(
            outcome,
            Some(Outcome::Answered | Outcome::Turned | Outcome::Failed)
        )
    }

    /// Documented: a handover that can't be completed is left to Sparkcentral's own limit.
    pub(super) fn handover_is_recorded_as_undone(&self) -> bool {
        self.history.record.iter().flatten().any(|entry| {
            matches!(
                entry,
                Entry::Reply {
                    from,
                    delivered: Delivered::Failed | Delivered::Unknown | Delivered::Dropped,
                    ..
                } if from == "handover"
            )
        })
    }
}
