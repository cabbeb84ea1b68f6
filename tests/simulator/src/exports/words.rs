//! Topics and Tags.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    contact::ContactKey,
    exports::{cells, scope::Scope},
};

pub(crate) const TOPICS: &[&str] = &[
    "Topic ID",
    "Topic Name",
    "Total Conversations",
    "Total Current Conversations",
    "Medium",
    "Channel",
    "Channel Display Name",
];

pub(crate) const TAGS: &[&str] = &[
    "Tag ID",
    "Tag Name",
    "Total Contacts",
    "Total Messages",
    "Total Current Messages",
    "Medium",
    "Channel",
    "Channel Display Name",
];

/// One row per topic and channel with an application in the window. Nothing takes a topic away: those
/// that had it have it.
pub(crate) fn topics(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let mut conversations = BTreeMap::<_, BTreeSet<&str>>::new();
    for conversation in scope.conversations() {
        for applied in &conversation.applied_topics {
            if scope.window.contains(applied.at) {
                let key = (applied.topic.as_str(), scope.channel_cells(conversation));
                conversations
                    .entry(key)
                    .or_default()
                    .insert(&conversation.id);
            }
        }
    }
    let row = |((topic, channel), conversations): ((&str, [String; 3]), BTreeSet<&str>)| {
        let total = conversations.len().to_string();
        let mut row = vec![
            cells::id("topic", topic),
            topic.into(),
            total.clone(),
            total,
        ];
        row.extend(channel);
        row
    };
    conversations.into_iter().map(row).collect()
}

#[derive(Default)]
struct Tagged<'a> {
    contacts: BTreeSet<&'a ContactKey>,
    messages: BTreeSet<&'a str>,
}

/// One row per tag and channel with an application in the window. Nothing takes a tag away either.
pub(crate) fn tags(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let mut tagged = BTreeMap::<_, Tagged<'_>>::new();
    for conversation in scope.conversations() {
        for applied in &conversation.tags {
            if scope.window.contains(applied.at) {
                let key = (applied.tag.as_str(), scope.channel_cells(conversation));
                let tagged = tagged.entry(key).or_default();
                tagged.contacts.insert(&conversation.contact);
                tagged.messages.insert(&applied.message_id);
            }
        }
    }
    let row = |((tag, channel), tagged): ((&str, [String; 3]), Tagged<'_>)| {
        let total = tagged.messages.len().to_string();
        let mut row = vec![
            cells::id("tag", tag),
            tag.into(),
            tagged.contacts.len().to_string(),
            total.clone(),
            total,
        ];
        row.extend(channel);
        row
    };
    tagged.into_iter().map(row).collect()
}
