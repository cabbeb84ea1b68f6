//! Human agents: the simulator knows them by name and by what they do.

use std::collections::BTreeMap;

use crate::{
    conversation::{Author, Conversation},
    exports::cells,
    history::{Change, Owner, Reason},
    moment::Moment,
    world::World,
};

/// The team every human agent is in.
pub(crate) const TEAM: &str = "Team 1";

pub(crate) fn team_id() -> String {
    cells::id("team", TEAM)
}

/// A human agent's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Human<'a>(pub(crate) &'a str);

impl Human<'_> {
    pub(crate) fn id(self) -> String {
        cells::id("agent", self.0)
    }

    /// "The agent's internal ID".
    pub(crate) fn reference(self) -> String {
        cells::slug(self.0, &self.id())
    }

    pub(crate) fn email(self) -> String {
        format!("{}@example.com", self.reference())
    }
}

/// Someone who acts for the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who<'a> {
    /// Its id.
    VirtualAgent(&'a str),
    Human(Human<'a>),
}

impl<'a> From<&'a Owner> for Who<'a> {
    fn from(owner: &'a Owner) -> Self {
        match owner {
            Owner::VirtualAgent { id } => Self::VirtualAgent(id),
            Owner::Human { name } => Self::Human(Human(name)),
        }
    }
}

/// Each change with the owner before it.
pub(crate) fn changes(
    conversation: &Conversation,
) -> impl Iterator<Item = (&Change, Option<&Owner>)> {
    let history = &conversation.history;
    let before = history.iter().map(|change| change.owner.as_ref());
    history.iter().zip(std::iter::once(None).chain(before))
}

/// Who made a change; nobody for what contacts, failures and rules do.
pub(crate) fn author<'a>(change: &'a Change, before: Option<&'a Owner>) -> Option<Who<'a>> {
    match change.reason {
        Reason::Taken | Reason::PickedUp => change.owner.as_ref().map(Who::from),
        Reason::Delegated | Reason::Handover | Reason::ResolvedByAgent => before.map(Who::from),
        Reason::ResolvedByHuman => {
            let resolution = change.resolution.as_ref()?;
            Some(Who::Human(Human(resolution.agent.as_deref()?)))
        }
        Reason::Created
        | Reason::WrittenAgain
        | Reason::WebhookFailed
        | Reason::NoReply
        | Reason::AutoResolved => None,
    }
}

/// A human agent's first and last act. Between them they count as available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) first: Moment,
    pub(crate) last: Moment,
}

/// Everyone who has ever done something, by name.
pub(crate) fn shifts(world: &World) -> BTreeMap<Human<'_>, Shift> {
    let mut shifts = BTreeMap::new();
    let mut acted = |human, at| {
        let shift = shifts.entry(human).or_insert(Shift {
            first: at,
            last: at,
        });
        shift.first = shift.first.min(at);
        shift.last = shift.last.max(at);
    };
    for conversation in world.conversations.values() {
        for (change, before) in changes(conversation) {
            if let Some(Who::Human(human)) = author(change, before) {
                acted(human, change.at);
            }
        }
        for message in &conversation.messages {
            if let (Author::Human, Some(name)) = (message.author, &message.by) {
                acted(Human(name), message.at);
            }
        }
    }
    shifts
}
