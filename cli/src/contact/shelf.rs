//! What is in the lake, as it is now: each file of the ledger with its objects, and objects that
//! belong to none.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context, Result};
use export_tables::erase::Ranges;
use lake::{FileRecord, Lake, Ledger, Origin, State};
use tokio::runtime::Handle;

/// An object of the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) key: String,
    pub(crate) size: u64,
}

/// A file of the ledger, and what the lake has of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) record: FileRecord,
    pub(crate) raw: Option<Thing>,
    /// Rows and rejects.
    pub(crate) tables: Vec<Thing>,
}

/// Everything in the lake.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) entries: Vec<Entry>,
    /// In tables/ and of no file of the ledger.
    pub(crate) stray_tables: Vec<Thing>,
    /// In raw/ and of no file of the ledger.
    pub(crate) stray_raw: Vec<Thing>,
    pub(crate) inbox: Vec<Thing>,
    pub(crate) quarantine: Vec<Thing>,
    pub(crate) results: Vec<Thing>,
}

impl Shelf {
    pub(crate) async fn of(lake: &Lake, ledger: &Ledger) -> Result<Self> {
        // The ledger last: an object without a record then has none, instead of not yet one.
        let list = async |prefix: &'static str| {
            let listed = lake.list(prefix).await;
            let listed = listed.with_context(|| format!("listing {prefix}"))?;
            let things = listed.into_iter().filter(|(key, _)| !key.ends_with('/'));
            anyhow::Ok(
                things
                    .map(|(key, size)| Thing { key, size })
                    .collect::<Vec<_>>(),
            )
        };
        let mut raw = by_key(list("raw/").await?);
        let mut tables = by_key(list("tables/").await?);
        let mut shelf = Self {
            inbox: list("inbox/").await?,
            quarantine: list("quarantine/").await?,
            results: list("athena-results/").await?,
            ..Self::default()
        };
        let records = ledger.all().await.context("reading the ledger")?;
        for saved in records {
            let record = saved.record;
            let raw_key = record.version.raw_key();
            shelf.entries.push(Entry {
                raw: raw_key.and_then(|key| raw.remove(&key)),
                tables: table_keys(&record)
                    .filter_map(|key| tables.remove(key))
                    .collect(),
                record,
            });
        }
        shelf.entries.sort_by_key(|entry| order(&entry.record));
        shelf.stray_raw = raw.into_values().collect();
        shelf.stray_tables = tables.into_values().collect();
        Ok(shelf)
    }
}

fn by_key(things: Vec<Thing>) -> BTreeMap<String, Thing> {
    let keyed = things.into_iter().map(|thing| (thing.key.clone(), thing));
    keyed.collect()
}

/// The objects that a file's record speaks of.
pub(crate) fn table_keys(record: &FileRecord) -> impl Iterator<Item = &String> {
    let keys = match &record.state {
        State::Loaded(table) | State::Superseded(table) => table.keys.as_slice(),
        _ => &[],
    };
    keys.iter().chain(&record.published)
}

/// What ties a contact's identifiers together goes last: a run that is killed leaves it for the next.
fn order(record: &FileRecord) -> u8 {
    match &record.state {
        State::Loaded(table) | State::Superseded(table) => match table.table.as_str() {
            "contacts" => 2,
            "response_times" => 0,
            _ => 1,
        },
        _ => 2,
    }
}

/// Whether nobody is at a file or about to be.
pub(crate) fn is_settled(record: &FileRecord) -> bool {
    match record.state {
        State::Loaded(_)
        | State::Superseded(_)
        | State::Quarantined { .. }
        | State::Unchanged { .. }
        | State::Outgrown => true,
        // Of a file that is still on the server alone, nothing is here.
        State::Waiting => matches!(record.version.origin, Origin::Sftp { .. }),
        State::Pulling { .. } | State::Landing { .. } | State::Landed(_) => false,
    }
}

/// The table of an object in tables/.
pub(crate) fn table_of(key: &str) -> &str {
    key.split('/').nth(1).unwrap_or_default()
}

/// An object's bytes, for a thread that may block.
pub(crate) fn open(lake: &Lake, handle: &Handle, thing: &Thing) -> Ranges {
    let (lake, handle, key) = (lake.clone(), handle.clone(), thing.key.clone());
    Ranges::new(thing.size, move |range| {
        let read = handle.block_on(lake.range(&key, range));
        read.map_err(io::Error::other)
    })
}
