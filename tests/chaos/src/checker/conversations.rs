//! What must hold of one conversation.

use std::cell::RefCell;

use super::{
    LATE_WORD_SECS, Violation, Wrong,
    history::{Delivered, Entry, Event, History, Owner, Said, Token, Written},
    judge::Judge,
    trail::{marks, trail},
};

/// Everything that is wrong with a conversation.
pub fn check(history: &History) -> Vec<Violation> {
    let judge = Judge {
        history,
        found: RefCell::default(),
    };
    judge.signatures();
    judge.words();
    judge.messages();
    judge.order();
    judge.record();
    let trail = trail(history);
    let violation = |(wrong, what)| Violation {
        wrong,
        agent: history.agent.clone(),
        place: format!("conversation {} ({})", history.number, history.id),
        what,
        trail: trail.clone(),
    };
    judge
        .found
        .into_inner()
        .into_iter()
        .map(violation)
        .collect()
}

impl Judge<'_> {
    /// Sparkcentral signs well: nothing of it is refused for its signature.
    fn signatures(&self) {
        for event in &self.history.events {
            let refused = |status| matches!(status, Some(401 | 403));
            if event.attempts.iter().any(|one| refused(one.status)) {
                self.wrong(Wrong::SignatureRefused, format!("webhook {}", event.key));
            }
        }
    }

    /// Whatever the contact read belongs here, and was said while the bot had the word.
    fn words(&self) {
        for said in &self.history.said {
            if said.names.is_empty() && !said.fixed {
                self.wrong(Wrong::Unsaid, "words that answer nothing".into());
            }
            let foreign = |(number, _): &&Token| *number != self.history.number;
            if let Some(foreign) = said.names.iter().find(foreign) {
                self.wrong(
                    Wrong::Elsewhere,
                    format!("it answers {}", marks(&[*foreign])),
                );
            }
            if self.owner_before(said.at) != Some(Owner::Bot) {
                let what = format!("{} while people had it", marks(&said.names));
                self.wrong(Wrong::AfterTakeover, what);
            }
            for name in &said.names {
                if let Some(what) = self.of_before(said, name) {
                    self.wrong(Wrong::AfterTakeover, what);
                }
            }
        }
    }

    /// Whether a word answers a message of before the bot lost the conversation and got it back, and comes
    /// when the bot had long been told.
    fn of_before(&self, said: &Said, name: &Token) -> Option<String> {
        let written = self.history.written.iter().find(|one| one.token == *name)?;
        // Of a message that the bot was told only after it had the conversation back, it can't know.
        let event = written.event.as_deref().and_then(|key| self.event(key));
        let told_at = event
            .and_then(Event::accepted_attempt)
            .unwrap_or(written.at);
        let then = self.assignments(told_at.max(written.at));
        let now = self.assignments(said.at);
        if now <= then {
            return None;
        }
        let returned = self
            .history
            .changes
            .iter()
            .filter(|change| change.owner == Owner::Bot)
            .nth(now - 1)?;
        let told = self
            .history
            .events
            .iter()
            .filter(|event| !event.is_message)
            .filter(|event| event.first_sent().is_some_and(|sent| sent >= returned.at))
            .find_map(Event::accepted)?;
        let late = i64::try_from(LATE_WORD_SECS).unwrap_or(i64::MAX) * 1_000_000;
        (said.at > told + late).then(|| {
            let name = marks(&[*name]);
            format!("{name} was written before people had the conversation")
        })
    }

    /// What was surely sent first is answered first.
    fn order(&self) {
        let answered: Vec<(&Written, i64, i64, usize)> = self
            .history
            .written
            .iter()
            .filter_map(|written| {
                let event = self.event(written.event.as_deref()?)?;
                let said = self.history.said.iter();
                let place = said
                    .enumerate()
                    .find(|(_, said)| said.names.contains(&written.token))?
                    .0;
                Some((written, event.first_sent()?, event.accepted()?, place))
            })
            .collect();
        for (earlier, _, accepted, place) in &answered {
            for (later, sent, _, other) in &answered {
                // With people in between the first may have been on its way still, or is dropped.
                let one_spell =
                    self.assignments(earlier.at) == self.assignments(later.at.max(*sent));
                if accepted < sent && place > other && one_spell {
                    let (earlier, later) = (marks(&[earlier.token]), marks(&[later.token]));
                    let what = format!("{later} is answered before {earlier}");
                    self.wrong(Wrong::OutOfOrder, what);
                }
            }
        }
    }

    /// What the record says was done was done, and nothing in it is still to come.
    fn record(&self) {
        let Some(record) = &self.history.record else {
            let accepted = self
                .history
                .events
                .iter()
                .any(|event| event.accepted().is_some());
            if accepted {
                self.wrong(
                    Wrong::NoRecord,
                    "the API does not know the conversation".into(),
                );
            }
            return;
        };
        let mut calls: Vec<_> = self
            .history
            .rest
            .iter()
            .filter(|call| call.status == 200)
            .collect();
        for entry in record {
            let Entry::Reply {
                id,
                names,
                completes,
                delivered,
                inline,
                ..
            } = entry
            else {
                continue;
            };
            match delivered {
                Delivered::Pending | Delivered::Sending if !self.history.in_dead_letters => {
                    self.wrong(Wrong::Unsettled, format!("reply {id} is {delivered:?}"));
                }
                Delivered::Sent if !inline => {
                    let same =
                        |call: &&super::Rest| call.names == *names && call.completes == *completes;
                    match calls.iter().position(same) {
                        Some(place) => drop(calls.swap_remove(place)),
                        None => self.wrong(
                            Wrong::FalseRecord,
                            format!("reply {id} counts as sent, and no call of it was accepted"),
                        ),
                    }
                }
                _ => {}
            }
        }
    }
}
