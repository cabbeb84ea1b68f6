//! Erasing: items by what is in them, whatever this build knows of their types, and receipts.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `RECEIPT` | `{RFC 3339}#{random}` | what an erasure removed, in counts |

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use conversation::is_agent_name;
use serde_json::Value;
use time::OffsetDateTime;

use super::state::from_millis;
use super::{Store, StoreError};

/// DynamoDB's own limit of a batch.
const WRITES_PER_BATCH: usize = 25;
/// How often writes that a busy table left out of a batch are tried again.
const BATCH_TRIES: u32 = 8;

const RECEIPT: &str = "RECEIPT";

/// Any item of the table.
#[derive(Clone, PartialEq)]
pub struct RawItem {
    /// Its partition.
    pub pk: String,
    /// Its place in it.
    pub sk: String,
    /// Its JSON; null where it has none.
    pub body: Value,
}

/// Shows where it is, and not what is in it.
impl std::fmt::Debug for RawItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawItem")
            .field("pk", &self.pk)
            .finish_non_exhaustive()
    }
}

impl RawItem {
    fn of(item: &HashMap<String, AttributeValue>) -> Self {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        let body = text("body").and_then(|body| serde_json::from_str(body).ok());
        Self {
            pk: text("pk").cloned().unwrap_or_default(),
            sk: text("sk").cloned().unwrap_or_default(),
            body: body.unwrap_or_default(),
        }
    }

    /// Sparkcentral's id of the conversation it belongs to; `None`: to none.
    pub fn conversation(&self) -> Option<&str> {
        let (agent, id) = self.pk.split_once('#')?;
        // What is kept about an agent has capitals in its place.
        is_agent_name(agent).then_some(id)
    }

    /// Every contact's profile in it, wherever it stands.
    pub fn contact_profiles(&self) -> Vec<&serde_json::Map<String, Value>> {
        let mut found = Vec::new();
        profiles(&self.body, &mut found);
        found
    }
}

fn profiles<'a>(value: &'a Value, found: &mut Vec<&'a serde_json::Map<String, Value>>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Object(profile)
                        if matches!(name.as_str(), "contactProfile" | "contact_profile") =>
                    {
                        found.push(profile);
                    }
                    value => profiles(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| profiles(value, found)),
        _ => {}
    }
}

/// When the lease of an event ends that is in flight and has no record, if one of the items says so.
fn answered_until(items: &[HashMap<String, AttributeValue>]) -> Option<OffsetDateTime> {
    let text = |item: &HashMap<String, AttributeValue>, name: &str| {
        item.get(name).and_then(|value| value.as_s().ok()).cloned()
    };
    items.iter().find_map(|item| {
        let until = from_millis(item.get("until")?.as_n().ok()?.parse().ok()?);
        let record = format!("EVENT#{}", text(item, "key")?);
        let is_over = items
            .iter()
            .any(|item| text(item, "sk").as_ref() == Some(&record));
        (!is_over).then_some(until)
    })
}

impl Store {
    /// Shows every item of the table, as of all writes before. Reads the whole table.
    pub async fn each_item(&self, mut show: impl FnMut(RawItem)) -> Result<(), StoreError> {
        let scan = self.client.scan().table_name(&self.table);
        let mut items = scan.consistent_read(true).into_paginator().items().send();
        while let Some(item) = items.next().await {
            show(RawItem::of(&item.map_err(StoreError::aws)?));
        }
        Ok(())
    }

    /// Deletes everything in a partition, until a consistent query finds nothing there or `rounds` are
    /// over. How many items were deleted, and whether nothing is left. Waits, for seconds, for an answer
    /// that is being made: it would write its event's record into the empty partition.
    pub async fn delete_partition(
        &self,
        pk: &str,
        rounds: usize,
    ) -> Result<(u64, bool), StoreError> {
        let mut deleted = 0;
        for _ in 0..rounds {
            let mut keys = self.keys(pk).await?;
            if keys.is_empty() {
                return Ok((deleted, true));
            }
            if let Some(until) = answered_until(&keys) {
                let wait = until - OffsetDateTime::now_utc();
                tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
                keys = self.keys(pk).await?;
            }
            deleted += keys.len() as u64;
            for batch in keys.chunks(WRITES_PER_BATCH) {
                self.delete_batch(batch).await?;
            }
        }
        Ok((deleted, self.keys(pk).await?.is_empty()))
    }

    async fn keys(&self, pk: &str) -> Result<Vec<HashMap<String, AttributeValue>>, StoreError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .projection_expression("pk, sk, #key, #until")
            .expression_attribute_names("#key", "key")
            .expression_attribute_names("#until", "until")
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.into()))
            .into_paginator()
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(item) = items.next().await {
            keys.push(item.map_err(StoreError::aws)?);
        }
        Ok(keys)
    }

    async fn delete_batch(
        &self,
        keys: &[HashMap<String, AttributeValue>],
    ) -> Result<(), StoreError> {
        let delete = |key: &HashMap<String, AttributeValue>| {
            let named = |name: &str| key.get(name).map(|value| (name.to_owned(), value.clone()));
            let key = [named("pk"), named("sk")].into_iter().flatten().collect();
            let delete = DeleteRequest::builder().set_key(Some(key)).build();
            let delete = delete.map_err(StoreError::aws)?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        let mut writes: Vec<WriteRequest> =
            keys.iter().map(delete).collect::<Result<_, StoreError>>()?;
        for attempt in 0..BATCH_TRIES {
            if attempt > 0 {
                let pause = std::time::Duration::from_millis(25 << attempt);
                tokio::time::sleep(pause).await;
            }
            let output = self
                .client
                .batch_write_item()
                .request_items(&self.table, writes)
                .send()
                .await
                .map_err(StoreError::aws)?;
            let left = output.unprocessed_items.unwrap_or_default();
            writes = left.into_values().flatten().collect();
            if writes.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::aws("the table is too busy to delete from"))
    }

    /// Saves a receipt, new or in place of the one of that name.
    pub async fn put_receipt(&self, id: &str, receipt: &Value) -> Result<(), StoreError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        self.client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(RECEIPT))
            .item("sk", text(id))
            .item("body", text(&receipt.to_string()))
            .send()
            .await
            .map_err(StoreError::aws)?;
        Ok(())
    }

    /// Every receipt with its name, oldest first.
    pub async fn receipts(&self) -> Result<Vec<(String, Value)>, StoreError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(RECEIPT.into()))
            .into_paginator()
            .items()
            .send();
        let mut receipts = Vec::new();
        while let Some(item) = items.next().await {
            let item = RawItem::of(&item.map_err(StoreError::aws)?);
            receipts.push((item.sk, item.body));
        }
        Ok(receipts)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn profiles_are_found_wherever_they_stand() {
        let profile = |id: &str| json!({"id": id, "primaryIdentifier": "x"});
        let item = RawItem {
            pk: "demo#c#1".into(),
            sk: "STATE".into(),
            body: json!({
                "channel_details": {"contactProfile": profile("0-1")},
                "other": [{"contact_profile": profile("0-2")}, {"contactProfile": null}],
            }),
        };
        let ids: Vec<_> = item
            .contact_profiles()
            .iter()
            .map(|p| p["id"].clone())
            .collect();
        assert_eq!(ids, ["0-1", "0-2"]);
        assert_eq!(item.conversation(), Some("c#1"));
        assert!(!format!("{item:?}").contains("0-1"));
    }

    #[test]
    fn only_an_agents_partitions_are_conversations() {
        for (pk, conversation) in [
            ("shop#c-1", Some("c-1")),
            ("shop#a#b", Some("a#b")),
            ("CHANNELS#shop", None),
            ("OLDSECRETS#shop", None),
            ("AGENT", None),
        ] {
            let item = RawItem {
                pk: pk.into(),
                sk: String::new(),
                body: Value::Null,
            };
            assert_eq!(item.conversation(), conversation, "{pk}");
        }
    }
}
