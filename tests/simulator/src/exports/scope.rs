//! What an export is made of: the world, a window of time, and the zone its cells are in.

use chrono_tz::Tz;

use crate::{
    contact::Contact,
    conversation::Conversation,
    exports::{
        cells,
        people::{self, Who},
    },
    moment::Moment,
    world::World,
};

/// From (included) to (excluded).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: Moment,
    pub(crate) to: Moment,
}

impl Window {
    pub(crate) fn contains(&self, at: Moment) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether any part of an interval, its two ends included, is in the window.
    pub(crate) fn touches(&self, from: Moment, to: Moment) -> bool {
        from < self.to && self.from <= to
    }

    /// How much of an interval is in the window, milliseconds.
    pub(crate) fn share(&self, from: Moment, to: Moment) -> i64 {
        cells::between(self.from.max(from), self.to.min(to)).max(0)
    }
}

/// See the module.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) world: &'a World,
    pub(crate) window: Window,
    /// The moment of the export.
    pub(crate) now: Moment,
    pub(crate) zone: Tz,
}

impl<'a> Scope<'a> {
    pub(crate) fn conversations(&self) -> impl Iterator<Item = &'a Conversation> {
        self.world.conversations.values()
    }

    pub(crate) fn date_time(&self, at: Moment) -> String {
        cells::date_time(self.zone, at)
    }

    pub(crate) fn date_time_or_empty(&self, at: Option<Moment>) -> String {
        at.map(|at| self.date_time(at)).unwrap_or_default()
    }

    pub(crate) fn contact(&self, conversation: &Conversation) -> Option<&'a Contact> {
        self.world.contacts.get(&conversation.contact)
    }

    /// Profile id, primary and secondary identifier.
    pub(crate) fn contact_cells(&self, conversation: &Conversation) -> [String; 3] {
        match self.contact(conversation) {
            None => Default::default(),
            Some(Contact { profile, .. }) => [
                profile.id.clone(),
                profile.primary_identifier.clone(),
                profile.secondary_identifier.clone(),
            ],
        }
    }

    /// Id, name, reference, team id and team name. A virtual agent has no reference and no team.
    pub(crate) fn agent_cells(&self, who: Option<Who<'_>>) -> [String; 5] {
        match who {
            None => Default::default(),
            Some(Who::VirtualAgent(id)) => {
                let agent = self.world.agents.get(id);
                let name = agent.map(|agent| agent.name.clone()).unwrap_or_default();
                [id.into(), name, String::new(), String::new(), String::new()]
            }
            Some(Who::Human(human)) => [
                human.id(),
                human.0.into(),
                human.reference(),
                people::team_id(),
                people::TEAM.into(),
            ],
        }
    }

    /// Medium, channel and channel display name.
    pub(crate) fn channel_cells(&self, conversation: &Conversation) -> [String; 3] {
        let channel = &conversation.channel;
        let display_name = self.world.channels.get(&channel.id).map_or_else(
            |_| channel.name.clone(),
            |known| known.shown_as(&channel.name).into(),
        );
        [
            cells::medium_name(&conversation.medium).into(),
            channel.name.clone(),
            display_name,
        ]
    }
}
