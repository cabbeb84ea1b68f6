//! Loads a file again: its record goes back to landed, and export-load is told of its object once more.

use anyhow::{Context, Result};
use lake::{FileRecord, Landing, Ledger, State};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// S3 writes keys like this in its notifications: everything else is escaped.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// The record as it is before loading; `None` if it never was whole, or a later version replaced it.
pub(crate) fn reopened(record: &FileRecord) -> Option<FileRecord> {
    let (landing, table): (&Landing, _) = match &record.state {
        State::Loaded(table) => (&table.landing, Some(table)),
        State::Quarantined { landing, .. } => (landing, None),
        // Its message may have been lost or given up.
        State::Landed(landing) => (landing, None),
        State::Waiting
        | State::Pulling { .. }
        | State::Landing { .. }
        | State::Unchanged { .. }
        | State::Outgrown
        | State::Superseded(_) => return None,
    };
    // The new load may publish fewer objects, or others: it removes those of the old one that are left.
    let mut published = record.published.clone();
    for key in table.into_iter().flat_map(|table| &table.keys) {
        if !published.contains(key) {
            published.push(key.clone());
        }
    }
    Some(FileRecord {
        published,
        state: State::Landed(landing.clone()),
        ..record.clone()
    })
}

/// Puts a file's record back to landed. Whether there was something to put back.
pub(crate) async fn reopen(ledger: &Ledger, record: &FileRecord) -> Result<bool> {
    let file = &record.version;
    // Somebody may be faster once: then what is there now counts.
    let mut tries = 3;
    loop {
        let saved = ledger.file(file).await.context("reading the ledger")?;
        let Some(saved) = saved else {
            return Ok(false);
        };
        let Some(again) = reopened(&saved.record) else {
            return Ok(false);
        };
        tries -= 1;
        match ledger.save(&saved, again).await {
            Err(error) if error.is_conflict() && tries > 0 => {}
            saved => {
                saved.context("writing the ledger")?;
                return Ok(true);
            }
        }
    }
}

/// What S3 would say of an object, as far as export-load reads it.
pub(crate) fn notification(bucket: &str, key: &str) -> String {
    let key = utf8_percent_encode(key, PLAIN).to_string();
    json!({
        "Records": [{
            "eventSource": "sparkbridge:backfill",
            "eventName": "ObjectCreated:Backfill",
            "s3": { "bucket": { "name": bucket }, "object": { "key": key } },
        }]
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use lake::{FileVersion, Origin, Table};

    use super::*;

    fn record(state: State) -> FileRecord {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        FileRecord {
            version: FileVersion {
                path: "/export/tag/x.csv".into(),
                origin: Origin::Sftp {
                    modified: 1,
                    size: 2,
                },
            },
            first_seen: at,
            exported_at: at,
            attempts: 1,
            published: vec!["left".into(), "rows".into()],
            erased: None,
            state,
        }
    }

    fn landing() -> Landing {
        Landing {
            sha256: "ab".into(),
            bytes: 2,
            unterminated: false,
        }
    }

    #[test]
    fn what_was_published_is_remembered_until_the_new_load_has_tidied_up() {
        let loaded = State::Loaded(Table {
            landing: landing(),
            table: "tags".into(),
            rows: 1,
            rejected: 1,
            rejected_by_reason: Default::default(),
            drift: Vec::new(),
            doubtful_times: 0,
            keys: vec!["rows".into(), "rejects".into()],
            loaded_at: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        });
        let again = reopened(&record(loaded.clone())).unwrap();
        assert_eq!(again.state, State::Landed(landing()));
        assert_eq!(again.published, ["left", "rows", "rejects"]);
        let State::Loaded(table) = loaded else {
            unreachable!()
        };
        assert_eq!(reopened(&record(State::Superseded(table))), None);
        assert_eq!(reopened(&record(State::Waiting)), None);
    }

    #[test]
    fn a_message_has_its_key_as_s3_writes_it() {
        let body = notification("b", "raw/export/tag/[o] x+é.csv/1-2");
        let message: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            message["Records"][0]["s3"]["object"]["key"],
            "raw/export/tag/%5Bo%5D%20x%2B%C3%A9.csv/1-2"
        );
    }
}
