//! The time human agents spend on conversations, and what they get done.

use std::collections::BTreeSet;

use crate::{
    contact::ContactKey,
    conversation::{Author, Conversation, Direction},
    exports::{
        cells::between,
        facts::{first_response, resolution},
        people::{Human, Who, author, changes},
        scope::{Scope, Window},
    },
    history::{Owner, Reason},
    moment::Moment,
};

/// What came of a spell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The agent wrote: "Handle Time".
    Handled,
    /// The agent resolved it without writing: "No-Reply Time".
    ResolvedWithoutReply,
    /// The agent did neither: "Cherry-Picking Time".
    CherryPicked,
}

/// A time in which one human had a conversation. The vendor speaks of a lock; having it is the nearest.
pub(crate) struct Spell<'a> {
    pub(crate) human: Human<'a>,
    pub(crate) from: Moment,
    pub(crate) to: Moment,
    pub(crate) outcome: Outcome,
}

/// The spells of a conversation. One that lasts counts up to the last reply; without any, not at all.
pub(crate) fn spells(conversation: &Conversation) -> Vec<Spell<'_>> {
    let history = &conversation.history;
    let nexts = history.iter().skip(1).map(Some).chain([None]);
    let mut spells = Vec::new();
    for (change, next) in history.iter().zip(nexts) {
        let Some(Owner::Human { name }) = &change.owner else {
            continue;
        };
        let human = Human(name);
        let until = next.map_or(u32::MAX, |next| next.step);
        let within = change.step..until;
        let mut messages = conversation.messages.iter();
        let replied = messages.rfind(|m| m.author == Author::Human && within.contains(&m.step));
        let (to, outcome) = match (next, replied) {
            (Some(next), Some(_)) => (next.at, Outcome::Handled),
            (None, Some(reply)) => (reply.at, Outcome::Handled),
            (Some(next), None)
                if next.reason == Reason::ResolvedByHuman
                    && author(next, change.owner.as_ref()) == Some(Who::Human(human)) =>
            {
                (next.at, Outcome::ResolvedWithoutReply)
            }
            (Some(next), None) => (next.at, Outcome::CherryPicked),
            (None, None) => continue,
        };
        spells.push(Spell {
            human,
            from: change.at,
            to,
            outcome,
        });
    }
    spells
}

/// How long and how often.
#[derive(Default)]
pub(crate) struct Spent {
    /// Milliseconds of each.
    pub(crate) spells: Vec<i64>,
}

impl Spent {
    pub(crate) fn total(&self) -> i64 {
        self.spells.iter().sum()
    }
}

/// The spells of one outcome: whole, or as far as they are in a window.
pub(crate) fn spent(spells: &[Spell<'_>], outcome: Outcome, window: Option<&Window>) -> Spent {
    let fitting = spells.iter().filter(|spell| spell.outcome == outcome);
    let spells = match window {
        None => fitting.map(|s| between(s.from, s.to)).collect(),
        Some(window) => fitting
            .filter(|s| window.touches(s.from, s.to))
            .map(|s| window.share(s.from, s.to))
            .collect(),
    };
    Spent { spells }
}

/// What some human agents did in the window.
#[derive(Default)]
pub(crate) struct Performance<'a> {
    /// Ever, not only in the window.
    pub(crate) first_outbound: Option<Moment>,
    pub(crate) replies: usize,
    pub(crate) contacts: BTreeSet<&'a ContactKey>,
    pub(crate) resolves_with_reply: usize,
    pub(crate) resolves_without_reply: usize,
    pub(crate) spells: Vec<Spell<'a>>,
    /// Of the conversations they acted in, milliseconds.
    pub(crate) first_responses: Vec<i64>,
    pub(crate) resolutions: Vec<i64>,
}

pub(crate) fn performance<'a>(
    scope: &Scope<'a>,
    is_meant: impl Fn(Human<'_>) -> bool,
) -> Performance<'a> {
    let mut sum = Performance::default();
    for conversation in scope.conversations() {
        let mut acted = false;
        for message in &conversation.messages {
            let by = message.by.as_deref().map(Human);
            if message.author != Author::Human || !by.is_some_and(&is_meant) {
                continue;
            }
            let first = sum.first_outbound.get_or_insert(message.at);
            *first = message.at.min(*first);
            if scope.window.contains(message.at) {
                acted = true;
                sum.replies += 1;
                sum.contacts.insert(&conversation.contact);
            }
        }
        let mut resolved = false;
        for (change, before) in changes(conversation) {
            let meant =
                matches!(author(change, before), Some(Who::Human(human)) if is_meant(human));
            if meant && scope.window.contains(change.at) {
                acted = true;
                resolved |= change.reason == Reason::ResolvedByHuman;
            }
        }
        let mut messages = conversation.messages.iter();
        let replied = messages.any(|m| m.direction == Direction::Outbound);
        sum.resolves_with_reply += usize::from(resolved && replied);
        sum.resolves_without_reply += usize::from(resolved && !replied);
        if acted {
            sum.first_responses.extend(first_response(conversation));
            sum.resolutions.extend(resolution(conversation));
        }
        let spells = spells(conversation).into_iter();
        sum.spells
            .extend(spells.filter(|spell| is_meant(spell.human)));
    }
    sum
}
