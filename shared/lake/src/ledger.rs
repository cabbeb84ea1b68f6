//! The ledger: one DynamoDB item per version of a file, and the settings.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `SETTINGS` | `exports` | the operator's [`Settings`] |
//! | `FILES#{table}#{YYYY-MM}` | `{path}#{modified}-{size}` | a [`FileRecord`] from the server |
//! | `FILES#inbox#undated` | SHA-256 | a [`FileRecord`] dropped by hand |
//!
//! Each save is conditional on the revision that was read; nothing is locked.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use chrono::NaiveDate;
use exports::Settings;
use exports::keys::{self, FileVersion};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::file::FileRecord;

type Item = HashMap<String, AttributeValue>;

/// DynamoDB's own limit of a batch.
const KEYS_PER_BATCH: usize = 100;
/// How often keys that a busy table left out of a batch are asked for again.
const BATCH_TRIES: usize = 8;

/// The ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {
    client: Client,
    table: String,
}

/// A record and the revision it was read at.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// What is known.
    pub record: FileRecord,
    revision: u64,
}

/// The ledger could not be used, or holds what this build can't read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// DynamoDB refused or did not answer, after the SDK's own retries.
    #[error("DynamoDB did not carry the request out")]
    Aws(#[source] BoxError),
    /// Somebody else changed the record since it was read: read it again.
    #[error("another invocation changed the record of {file} at the same time")]
    Conflict {
        /// Which file.
        file: String,
    },
    /// An item that is not what it should be.
    #[error("ledger item {key} can't be read: {problem}")]
    Unreadable {
        /// Its sort key.
        key: String,
        /// What is wrong, without its content.
        problem: String,
    },
}

impl LedgerError {
    fn aws(error: impl Into<BoxError>) -> Self {
        Self::Aws(error.into())
    }

    /// Whether somebody else was faster.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

impl Ledger {
    /// A ledger on a table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The operator's settings; `None` until `sparkbridge exports configure`.
    pub async fn settings(&self) -> Result<Option<Settings>, LedgerError> {
        let item = self.get(settings_key()).await?;
        item.map(|item| body(&item)).transpose()
    }

    /// Replaces the settings.
    pub async fn put_settings(&self, settings: &Settings) -> Result<(), LedgerError> {
        let put = self.client.put_item().table_name(&self.table);
        put.set_item(Some(with_body(settings_key(), settings)?))
            .send()
            .await
            .map_err(LedgerError::aws)?;
        Ok(())
    }

    /// The record of one version.
    pub async fn file(&self, version: &FileVersion) -> Result<Option<Saved>, LedgerError> {
        let item = self.get(key_of(version)).await?;
        item.map(saved).transpose()
    }

    /// The records there are of many versions, in no order.
    pub async fn files(&self, versions: &[FileVersion]) -> Result<Vec<Saved>, LedgerError> {
        let mut found = Vec::new();
        for batch in versions.chunks(KEYS_PER_BATCH) {
            let mut keys: Vec<Item> = batch.iter().map(key_of).collect();
            for _ in 0..BATCH_TRIES {
                if keys.is_empty() {
                    break;
                }
                let wanted = KeysAndAttributes::builder()
                    .set_keys(Some(std::mem::take(&mut keys)))
                    .consistent_read(true)
                    .build()
                    .map_err(LedgerError::aws)?;
                let output = self
                    .client
                    .batch_get_item()
                    .request_items(&self.table, wanted)
                    .send()
                    .await
                    .map_err(LedgerError::aws)?;
                for items in output.responses.into_iter().flat_map(HashMap::into_values) {
                    for item in items {
                        found.push(saved(item)?);
                    }
                }
                keys = output
                    .unprocessed_keys
                    .and_then(|mut tables| tables.remove(&self.table))
                    .map(|left| left.keys)
                    .unwrap_or_default();
            }
            if !keys.is_empty() {
                return Err(LedgerError::aws("the table is too busy to read"));
            }
        }
        Ok(found)
    }

    /// Every version of a file's path, in order: the last one is the one that counts.
    pub async fn versions(&self, file: &FileVersion) -> Result<Vec<Saved>, LedgerError> {
        let mut found = self
            .query(
                &file.partition(),
                Some(&FileVersion::path_prefix(&file.path)),
            )
            .await?;
        found.sort_by(|one, other| one.record.order().cmp(&other.record.order()));
        Ok(found)
    }

    /// All records of an export's table in the month of `day`, by the file names' stamps; those whose
    /// name states no time with `None`. `table` may also be `inbox` or `unknown`.
    pub async fn month(
        &self,
        table: &str,
        day: Option<NaiveDate>,
    ) -> Result<Vec<FileRecord>, LedgerError> {
        let found = self.query(&keys::partition(table, day), None).await?;
        Ok(found.into_iter().map(|saved| saved.record).collect())
    }

    /// Every record there is, in no order. Reads the whole table.
    pub async fn all(&self) -> Result<Vec<Saved>, LedgerError> {
        let mut items = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression("begins_with(pk, :files)")
            .expression_attribute_values(":files", AttributeValue::S(keys::FILES.into()))
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            found.push(saved(item.map_err(LedgerError::aws)?)?);
        }
        Ok(found)
    }

    /// Adds a record that must not be there yet.
    pub async fn create(&self, record: FileRecord) -> Result<Saved, LedgerError> {
        self.put(record, None).await
    }

    /// Saves a record in place of the one that was read.
    pub async fn save(&self, saved: &Saved, record: FileRecord) -> Result<Saved, LedgerError> {
        self.put(record, Some(saved.revision)).await
    }

    async fn put(&self, record: FileRecord, was: Option<u64>) -> Result<Saved, LedgerError> {
        let revision = was.map_or(1, |was| was + 1);
        let mut item = with_body(key_of(&record.version), &record)?;
        item.insert("revision".into(), AttributeValue::N(revision.to_string()));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        let put = match was {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(was) => put
                .condition_expression("revision = :was")
                .expression_attribute_values(":was", AttributeValue::N(was.to_string())),
        };
        match put.send().await {
            Ok(_) => Ok(Saved { record, revision }),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                // An attempt whose answer was lost is repeated by the SDK and then meets itself.
                match self.file(&record.version).await? {
                    Some(there) if there.revision == revision && there.record == record => {
                        Ok(there)
                    }
                    _ => Err(LedgerError::Conflict {
                        file: record.version.path,
                    }),
                }
            }
            Err(error) => Err(LedgerError::aws(error)),
        }
    }

    async fn get(&self, key: Item) -> Result<Option<Item>, LedgerError> {
        let get = self.client.get_item().table_name(&self.table);
        let output = get
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(LedgerError::aws)?;
        Ok(output.item)
    }

    async fn query(
        &self,
        partition: &str,
        prefix: Option<&str>,
    ) -> Result<Vec<Saved>, LedgerError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_values(":pk", AttributeValue::S(partition.into()));
        query = match prefix {
            None => query.key_condition_expression("pk = :pk"),
            Some(prefix) => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.into())),
        };
        let mut pages = query.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            found.push(saved(item.map_err(LedgerError::aws)?)?);
        }
        Ok(found)
    }
}

fn settings_key() -> Item {
    key("SETTINGS", "exports")
}

fn key_of(version: &FileVersion) -> Item {
    key(&version.partition(), &version.sort_key())
}

fn key(pk: &str, sk: &str) -> Item {
    HashMap::from([
        ("pk".into(), AttributeValue::S(pk.into())),
        ("sk".into(), AttributeValue::S(sk.into())),
    ])
}

fn with_body<T: Serialize>(mut item: Item, value: &T) -> Result<Item, LedgerError> {
    let json = serde_json::to_string(value).map_err(|error| unreadable(&item, &error))?;
    item.insert("body".into(), AttributeValue::S(json));
    Ok(item)
}

fn saved(item: Item) -> Result<Saved, LedgerError> {
    let revision = item.get("revision").and_then(|value| value.as_n().ok());
    Ok(Saved {
        record: body(&item)?,
        revision: revision.and_then(|n| n.parse().ok()).unwrap_or_default(),
    })
}

fn body<T: DeserializeOwned>(item: &Item) -> Result<T, LedgerError> {
    let text = item.get("body").and_then(|value| value.as_s().ok());
    serde_json::from_str(text.map_or("", String::as_str)).map_err(|error| unreadable(item, &error))
}

fn unreadable(item: &Item, error: &serde_json::Error) -> LedgerError {
    let key = item.get("sk").and_then(|value| value.as_s().ok());
    LedgerError::Unreadable {
        key: key.cloned().unwrap_or_default(),
        problem: error.to_string(),
    }
}
