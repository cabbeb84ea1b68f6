//! The contact's conversations in the conversations' table.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use export_tables::erase::Whose;
use platform::{RawItem, Store};
use serde_json::{Map, Value};

use super::receipt::Removed;
use super::subject::Subject;

/// How often a partition is emptied while others write to it.
const ROUNDS: usize = 10;

/// What the table has of a contact.
#[derive(Default)]
pub(crate) struct Held {
    /// Of whole conversations.
    pub(crate) partitions: BTreeSet<String>,
    pub(crate) items: u64,
}

/// Learns from every item; whether anything is new.
pub(crate) async fn learn(store: &Store, subject: &mut Subject) -> Result<bool> {
    let mut new = false;
    let read = store.each_item(|item| {
        for whose in whose(&item) {
            new |= subject.learn(&whose);
        }
    });
    read.await.context("reading the conversations' table")?;
    Ok(new)
}

/// What is there of the contact's conversations, of whichever agent.
pub(crate) async fn held(store: &Store, subject: &Subject) -> Result<Held> {
    let mut held = Held::default();
    let read = store.each_item(|item| {
        let named = || {
            whose(&item)
                .iter()
                .any(|whose| subject.verdict(whose).goes())
        };
        if let Some(id) = item.conversation()
            && (subject.has_conversation(id) || named())
        {
            held.items += 1;
            held.partitions.insert(item.pk);
        }
    });
    read.await.context("reading the conversations' table")?;
    Ok(held)
}

/// Deletes the conversations; what could not be.
pub(crate) async fn delete(
    store: &Store,
    held: &Held,
    removed: &mut Removed,
) -> Result<Vec<String>> {
    let mut open = BTreeSet::new();
    for partition in &held.partitions {
        let deleted = store.delete_partition(partition, ROUNDS).await;
        let (deleted, empty) = deleted.context("deleting a conversation")?;
        removed.table_items += deleted;
        if !empty {
            open.insert("a conversation is being written to: run this again".to_owned());
        }
    }
    Ok(open.into_iter().collect())
}

/// Who an item of a conversation names.
fn whose(item: &RawItem) -> Vec<Whose> {
    let Some(conversation) = item.conversation() else {
        return Vec::new();
    };
    let profiles = item.contact_profiles().into_iter();
    profiles
        .map(|profile| Whose {
            contact: text(profile, &["id"]),
            identifiers: [
                ["mediumContactProfileId", "medium_contact_profile_id"],
                ["primaryIdentifier", "primary_identifier"],
                ["secondaryIdentifier", "secondary_identifier"],
            ]
            .iter()
            .map(|names| text(profile, names))
            .filter(|text| !text.is_empty())
            .collect(),
            conversation: conversation.to_owned(),
        })
        .collect()
}

fn text(profile: &Map<String, Value>, names: &[&str]) -> String {
    let mut values = names.iter().filter_map(|name| profile.get(*name));
    match values.next() {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_item_says_whose_it_is_by_every_profile_in_it() {
        let item = RawItem {
            pk: "demo#c-1".into(),
            sk: "STATE".into(),
            body: json!({"channel_details": {"contactProfile": {
                "id": "0-1", "mediumContactProfileId": "m-1", "primaryIdentifier": "a@example.com",
                "secondaryIdentifier": "",
            }}}),
        };
        let found = whose(&item);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].contact, "0-1");
        assert_eq!(found[0].identifiers, ["m-1", "a@example.com"]);
        assert_eq!(found[0].conversation, "c-1");
        let settings = RawItem {
            pk: "AGENT".into(),
            ..item
        };
        assert!(whose(&settings).is_empty());
    }
}
