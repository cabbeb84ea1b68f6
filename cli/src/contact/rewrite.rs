//! Takes a contact's rows out of one file of the ledger and out of what was made of it.
//!
//! The tables go first, then the ledger, then raw/: whoever is stopped in between leaves the rows where
//! the next run finds them. The ledger has the new bytes' hash before they are there, so that a load in
//! between publishes nothing; and an object in raw/ that appears again is one the ledger has loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use anyhow::{Context, Result};
use chrono::Utc;
use export_tables::ConvertError;
use export_tables::erase::{
    Cut, Found, find, reject_lines, rewrite_rejects, rewrite_table, table_rows, without,
};
use exports::Export;
use lake::{Erased, FileRecord, Lake, Landing, Ledger, State, Table, upload_writer};
use tokio::runtime::Handle;

use super::look::{Eye, cuts, fingerprint, hint, once, reading};
use super::receipt::Removed;
use super::shelf::{Entry, Thing, is_settled, open, table_of};

/// How often a file is begun again when somebody else changes its record.
const TRIES: usize = 5;

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// It is being loaded, or about to be.
    Busy,
}

/// What a file was made to be.
#[derive(Default)]
struct Made {
    /// The record's new state, where rows went.
    state: Option<State>,
    rows: u64,
    removed: Removed,
    /// The bytes that are to stand in raw/.
    raw: Raw,
}

#[derive(Default)]
enum Raw {
    /// As they are.
    #[default]
    Kept,
    Without(Box<Found>, Vec<Cut>),
    Gone,
}

/// Takes the contact's rows out of a file. `lines`: those of a dropped file that go.
pub(crate) async fn rewrite(
    lake: &Lake,
    ledger: &Ledger,
    eye: &std::sync::Arc<Eye>,
    entry: &Entry,
    lines: &BTreeSet<u64>,
    removed: &mut Removed,
) -> Result<Outcome> {
    for _ in 0..TRIES {
        let saved = ledger.file(&entry.record.version).await;
        let Some(saved) = saved.context("reading the ledger")? else {
            return Ok(Outcome::Busy);
        };
        if !is_settled(&saved.record) {
            return Ok(Outcome::Busy);
        }
        let now = Entry {
            record: saved.record.clone(),
            ..entry.clone()
        };
        let (lake, handle, eye, lines) =
            (lake.clone(), Handle::current(), eye.clone(), lines.clone());
        let (on, own) = (lake.clone(), now.clone());
        let made = tokio::task::spawn_blocking(move || make(&on, &handle, &eye, &own, lines));
        let made = made.await??;
        add(removed, &made.removed);
        if let Some(state) = made.state {
            let record = FileRecord {
                erased: Some(erased(&saved.record, made.rows)),
                state,
                ..saved.record.clone()
            };
            match ledger.save(&saved, record).await {
                Err(error) if error.is_conflict() => continue,
                saved => saved.context("writing the ledger")?,
            };
        }
        put_raw(&lake, &now, made.raw, removed).await?;
        return Ok(Outcome::Done);
    }
    Ok(Outcome::Busy)
}

fn erased(record: &FileRecord, rows: u64) -> Erased {
    let before = record.erased.as_ref().map_or(0, |erased| erased.rows);
    Erased {
        delivered_sha256: record.delivered_sha256().unwrap_or_default().to_owned(),
        rows: before + rows,
        at: Utc::now(),
    }
}

/// Rewrites the tables, and finds out what is to stand in the ledger and in raw/. Blocks.
fn make(
    lake: &Lake,
    handle: &Handle,
    eye: &Eye,
    entry: &Entry,
    mut lines: BTreeSet<u64>,
) -> Result<Made> {
    let mut made = Made::default();
    let mut places = BTreeMap::new();
    let mut landing = None;
    if let Some(raw) = &entry.raw {
        let reading = reading(lake, handle, raw);
        let asked = rejected(lake, handle, entry)?;
        let found = once(&reading, |content| {
            let wanted = |whose: &_| eye.subject.verdict(whose).goes();
            match find(content, hint(&entry.record.version.path), &asked, wanted) {
                Err(ConvertError::File(_)) => Ok(None),
                found => Ok(Some(found?)),
            }
        });
        match found.with_context(|| format!("reading {}", raw.key))? {
            None => made.raw = Raw::Gone,
            Some(found) => {
                let cuts = cuts(&found, &reading, eye)?;
                lines.extend(cuts.iter().map(|cut| cut.line));
                places = moved(&found, &cuts);
                if !cuts.is_empty() {
                    (made.raw, landing) = left(lake, handle, raw, found, cuts)?;
                }
            }
        }
    } else {
        places.extend(lines.iter().map(|line| (*line, None)));
    }
    let mut state = entry.record.state.clone();
    for thing in &entry.tables {
        match table_of(&thing.key) {
            "rejects" => rejects(lake, handle, thing, &places, &mut made, &mut state)?,
            _ => {
                let table = rows(lake, handle, eye, thing, &lines, &mut made)?;
                if let State::Loaded(of) | State::Superseded(of) = &mut state
                    && of.keys.contains(&thing.key)
                {
                    of.rows = table;
                }
            }
        }
    }
    if let Some(landing) = landing {
        set_landing(&mut state, landing);
    }
    made.state = (state != entry.record.state).then_some(state);
    Ok(made)
}

/// The lines that the file's rejects speak of.
fn rejected(lake: &Lake, handle: &Handle, entry: &Entry) -> Result<BTreeSet<u64>> {
    let mut lines = BTreeSet::new();
    for thing in entry
        .tables
        .iter()
        .filter(|thing| table_of(&thing.key) == "rejects")
    {
        let found = reject_lines(open(lake, handle, thing));
        lines.extend(found.with_context(|| format!("reading {}", thing.key))?);
    }
    Ok(lines)
}

/// By asked line: where it is to begin, or that it goes.
fn moved(found: &Found, cuts: &[Cut]) -> BTreeMap<u64, Option<u64>> {
    let gone: BTreeSet<u64> = cuts.iter().map(|cut| cut.line).collect();
    let places = found.offsets.iter().map(|(line, offset)| {
        let place = (!gone.contains(line)).then(|| found.moved(*offset, cuts));
        (*line, place)
    });
    places.collect()
}

/// What is left of a file, and its hash. Where its encoding would be taken for another, nothing is.
fn left(
    lake: &Lake,
    handle: &Handle,
    raw: &Thing,
    found: Found,
    cuts: Vec<Cut>,
) -> Result<(Raw, Option<Landing>)> {
    let named = || format!("reading {}", raw.key);
    let content = || open(lake, handle, raw);
    let keeps = found.keeps_its_encoding(content(), &cuts);
    if !keeps.with_context(named)? {
        return Ok((Raw::Gone, None));
    }
    let sha256 = fingerprint(without(content(), &found, &cuts)).with_context(named)?;
    let bytes = found.moved(raw.size, &cuts);
    let landing = Landing {
        sha256,
        bytes,
        unterminated: false,
    };
    Ok((Raw::Without(Box::new(found), cuts), Some(landing)))
}

/// How many rows are left in a table's object, which is written anew if some go.
fn rows(
    lake: &Lake,
    handle: &Handle,
    eye: &Eye,
    thing: &Thing,
    lines: &BTreeSet<u64>,
    made: &mut Made,
) -> Result<u64> {
    let named = || format!("rewriting {}", thing.key);
    let seen = super::look::table(lake, handle, eye, thing, lines)?;
    let table = table_of(&thing.key);
    let export = match Export::by_table(table) {
        Some(export) if seen.hit => export,
        _ => return table_rows(open(lake, handle, thing)).with_context(named),
    };
    let (sink, upload) = upload_writer(lake.clone(), thing.key.clone());
    let upload = handle.spawn(upload);
    let rewritten = rewrite_table(open(lake, handle, thing), sink, export, |whose, line| {
        eye.subject.verdict(whose).goes() || lines.contains(&line)
    });
    let rewritten = rewritten.with_context(named)?;
    rewritten.writer.finish().with_context(named)?;
    handle.block_on(upload)?.with_context(named)?;
    *made.removed.rows.entry(table.to_owned()).or_default() += rewritten.removed;
    made.rows += rewritten.removed;
    Ok(rewritten.rows)
}

fn rejects(
    lake: &Lake,
    handle: &Handle,
    thing: &Thing,
    places: &BTreeMap<u64, Option<u64>>,
    made: &mut Made,
    state: &mut State,
) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    let named = || format!("rewriting {}", thing.key);
    let (sink, upload) = upload_writer(lake.clone(), thing.key.clone());
    let upload = handle.spawn(upload);
    let rewritten = rewrite_rejects(open(lake, handle, thing), sink, places);
    let (rewritten, by_reason) = rewritten.with_context(named)?;
    rewritten.writer.finish().with_context(named)?;
    handle.block_on(upload)?.with_context(named)?;
    if rewritten.removed > 0 {
        *made.removed.rows.entry("rejects".into()).or_default() += rewritten.removed;
        made.rows += rewritten.removed;
    }
    if let State::Loaded(table) | State::Superseded(table) = state
        && table.keys.contains(&thing.key)
    {
        *table = Table {
            rejected: rewritten.rows,
            rejected_by_reason: by_reason,
            ..table.clone()
        };
    }
    Ok(())
}

fn set_landing(state: &mut State, new: Landing) {
    match state {
        State::Landing { landing, .. }
        | State::Landed(landing)
        | State::Quarantined { landing, .. } => {
            *landing = new;
        }
        State::Loaded(table) | State::Superseded(table) => table.landing = new,
        State::Waiting | State::Pulling { .. } | State::Unchanged { .. } | State::Outgrown => {}
    }
}

/// Makes raw/ what it is to be. A file whose rows can't be told apart is removed.
async fn put_raw(lake: &Lake, entry: &Entry, raw: Raw, removed: &mut Removed) -> Result<()> {
    let Some(thing) = entry.raw.clone() else {
        return Ok(());
    };
    match raw {
        Raw::Kept => {}
        Raw::Gone => {
            lake.delete(&thing.key).await.context("removing a file")?;
            removed.raw_files += 1;
        }
        Raw::Without(found, cuts) => {
            let (lake, handle, rows) = (lake.clone(), Handle::current(), cuts.len() as u64);
            let written = tokio::task::spawn_blocking(move || -> Result<()> {
                let (mut sink, upload) = upload_writer(lake.clone(), thing.key.clone());
                let upload = handle.spawn(upload);
                let mut content = without(open(&lake, &handle, &thing), &found, &cuts);
                io::copy(&mut content, &mut sink)?;
                sink.finish()?;
                handle.block_on(upload)??;
                Ok(())
            });
            written.await?.context("rewriting a file in raw/")?;
            removed.raw_rewritten += 1;
            removed.raw_rows += rows;
        }
    }
    Ok(())
}

/// An object of a table that belongs to no file of the ledger.
pub(crate) async fn stray(
    lake: &Lake,
    eye: &std::sync::Arc<Eye>,
    thing: &Thing,
    removed: &mut Removed,
) -> Result<()> {
    let (on, handle, eye, thing) = (lake.clone(), Handle::current(), eye.clone(), thing.clone());
    let made = tokio::task::spawn_blocking(move || {
        let mut made = Made::default();
        rows(&on, &handle, &eye, &thing, &BTreeSet::new(), &mut made)?;
        anyhow::Ok(made)
    });
    add(removed, &made.await??.removed);
    Ok(())
}

fn add(removed: &mut Removed, more: &Removed) {
    for (table, rows) in &more.rows {
        *removed.rows.entry(table.clone()).or_default() += rows;
    }
}
