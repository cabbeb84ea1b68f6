//! The counts as the control face shows them, and how many rows each export must have.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    conversation::Author,
    exports::{
        counts::{Counts, Tally},
        scope::Window,
    },
    world::World,
};

impl Counts {
    pub(super) fn shown(&self, world: &World, window: Window) -> Value {
        let resolved = self.resolved_by.total();
        let people = self.acts.values().filter(|acts| {
            let (first, last) = (acts.iter().min(), acts.iter().max());
            first.is_some_and(|&first| first < window.to)
                && last.is_some_and(|&last| last >= window.from)
        });
        let people = people.count();
        let wrote = |author: Option<Author>| {
            let mut contacts = BTreeSet::new();
            for conversation in world.conversations.values() {
                let mut messages = conversation.messages.iter();
                if messages.any(|m| {
                    window.contains(m.at) && author.is_none_or(|author| m.author == author)
                }) {
                    contacts.insert(&conversation.contact);
                }
            }
            contacts
        };
        let attributes: usize = wrote(Some(Author::Contact))
            .into_iter()
            .filter_map(|key| world.contacts.get(key))
            .map(|contact| contact.attributes.len())
            .sum();
        let humans_wrote = self.authors.0.contains_key("human");
        let of = |tally: &Tally, name: &str| tally.0.get(name).copied().unwrap_or_default();
        json!({
            "from": window.from,
            "to": window.to,
            "rows": {
                "virtual_agents": self.agent_channels.len(),
                "resolved_conversations": resolved,
                "open_conversations": self.open.total(),
                "messages": self.directions.total(),
                "teams": u8::from(humans_wrote),
                "contacts": wrote(None).len(),
                "topics": self.topic_channels.len(),
                "tags": self.tag_channels.len(),
                "user_presence": people,
                "response_times": self.started_by.total(),
                "users": people,
                "contact_attributes": attributes,
            },
            "messages": {
                "total": self.directions.total(),
                "inbound": of(&self.directions, "inbound"),
                "outbound": of(&self.directions, "outbound"),
                "by_author": self.authors,
                "by_channel": self.by_channel,
                "by_medium": self.by_medium,
                "tagged": self.tagged,
            },
            "conversations": {
                "begun": self.begun,
                "resolved": resolved,
                "resolved_by": self.resolved_by,
                "open": self.open,
            },
            "handovers": { "total": self.handovers.total(), "by_reason": self.handovers },
            "responses": {
                "total": self.started_by.total(),
                "by_started_by": self.started_by,
                "by_handover_reason": self.handover_reasons,
            },
            "virtual_agents": self.virtual_agents,
            "users": self.users,
            "topics": self.topics,
            "tags": self.tags,
            "csat": self.csat,
        })
    }
}
