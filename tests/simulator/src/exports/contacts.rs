//! Contacts and Contact Attributes.

use std::collections::BTreeMap;

use crate::{
    contact::{Contact, ContactKey},
    conversation::{Conversation, Direction},
    exports::{
        cells::{self, medium_name},
        facts::last_updated,
        scope::Scope,
    },
    moment::Moment,
};

pub(crate) const CONTACTS: &[&str] = &[
    "Contact Profile ID",
    "Medium",
    "Primary identifier",
    "Secondary identifier",
    "Created At",
    "Number of Conversations",
    "Number of Inbound Messages",
    "Number of Outbound Messages",
    "Last Updated",
];

pub(crate) const CONTACT_ATTRIBUTES: &[&str] = &[
    "Contact Profile ID",
    "Contact Primary Identifier",
    "Contact Secondary Identifier",
    "Attribute ID",
    "Attribute Name",
    "Attribute Value",
    "Attribute Type",
];

/// What was written in the window to and by one contact.
#[derive(Default)]
struct Tally {
    first_inbound: Option<Moment>,
    conversations: usize,
    inbound: usize,
    outbound: usize,
    last_updated: Option<Moment>,
}

impl Tally {
    fn add(&mut self, scope: &Scope<'_>, conversation: &Conversation) {
        let messages = conversation.messages.iter();
        let messages: Vec<_> = messages.filter(|m| scope.window.contains(m.at)).collect();
        self.conversations += usize::from(!messages.is_empty());
        for message in messages {
            match message.direction {
                Direction::Inbound => {
                    self.inbound += 1;
                    let first = self.first_inbound.get_or_insert(message.at);
                    *first = message.at.min(*first);
                }
                Direction::Outbound => self.outbound += 1,
            }
        }
        self.last_updated = self.last_updated.max(last_updated(conversation));
    }
}

/// Every contact with a message of the window.
fn contacts_of<'a>(scope: &Scope<'a>) -> Vec<(&'a ContactKey, &'a Contact, Tally)> {
    let mut tallies = BTreeMap::<_, Tally>::new();
    for conversation in scope.conversations() {
        let tally = tallies.entry(&conversation.contact).or_default();
        tally.add(scope, conversation);
    }
    tallies
        .into_iter()
        .filter(|(_, tally)| tally.conversations > 0)
        .filter_map(|(key, tally)| Some((key, scope.world.contacts.get(key)?, tally)))
        .collect()
}

/// One row per contact with a message of the window.
pub(crate) fn contacts(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let row = |((medium, _), contact, tally): (&ContactKey, &Contact, Tally)| {
        vec![
            contact.profile.id.clone(),
            medium_name(medium).into(),
            contact.profile.primary_identifier.clone(),
            contact.profile.secondary_identifier.clone(),
            scope.date_time_or_empty(tally.first_inbound),
            tally.conversations.to_string(),
            tally.inbound.to_string(),
            tally.outbound.to_string(),
            scope.date_time_or_empty(tally.last_updated),
        ]
    };
    contacts_of(scope)
        .into_iter()
        .map(|(k, c, t)| row((k, c, t)))
        .collect()
}

/// One row per attribute of a contact who wrote in the window.
pub(crate) fn contact_attributes(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (_, contact, tally) in contacts_of(scope) {
        if tally.inbound == 0 {
            continue;
        }
        for attribute in &contact.attributes {
            rows.push(vec![
                contact.profile.id.clone(),
                contact.profile.primary_identifier.clone(),
                contact.profile.secondary_identifier.clone(),
                cells::id("attribute", &attribute.attribute),
                attribute.attribute.clone(),
                attribute.value.clone(),
                "Freeform".into(),
            ]);
        }
    }
    rows
}
