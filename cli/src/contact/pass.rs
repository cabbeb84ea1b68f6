//! One look at everything in the lake: what it says of a contact, and where something goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use export_tables::erase::Whose;
use futures::{StreamExt, TryStreamExt, stream};
use lake::Lake;
use tokio::runtime::Handle;

use super::look::{self, Eye, Seen};
use super::shelf::{Shelf, Thing};

/// Objects looked at at once.
const AT_ONCE: usize = 8;

/// A dropped file in which something goes, or may.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    pub(crate) key: String,
    /// SHA-256 of each CSV in it; none where it can't be unpacked.
    pub(crate) csv: Vec<String>,
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Pass {
    pub(crate) rows: BTreeSet<Whose>,
    /// Places in [`Shelf::entries`].
    pub(crate) entries: Vec<usize>,
    pub(crate) stray_tables: Vec<Thing>,
    pub(crate) stray_raw: Vec<Thing>,
    pub(crate) inbox: Vec<Dropped>,
    pub(crate) quarantine: Vec<Thing>,
    /// By SHA-256 of a dropped CSV: its lines that go.
    pub(crate) lines: BTreeMap<String, BTreeSet<u64>>,
}

impl Pass {
    /// Objects and files in which something goes.
    pub(crate) fn hits(&self) -> usize {
        self.entries.len()
            + self.stray_tables.len()
            + self.stray_raw.len()
            + self.inbox.len()
            + self.quarantine.len()
    }
}

/// Looks at everything.
pub(crate) async fn pass(lake: &Lake, shelf: &Arc<Shelf>, eye: &Arc<Eye>) -> Result<Pass> {
    let mut pass = Pass::default();
    let dropped = each(lake, eye, &shelf.inbox, look::dropped).await?;
    for (thing, found) in shelf.inbox.iter().zip(dropped) {
        let key = thing.key.clone();
        let Some(found) = found else {
            let csv = Vec::new();
            pass.inbox.push(Dropped { key, csv });
            continue;
        };
        if found.iter().any(|(_, seen)| seen.hit) {
            let csv = found.iter().map(|(sha256, _)| sha256.clone()).collect();
            pass.inbox.push(Dropped { key, csv });
        }
        for (sha256, seen) in found {
            pass.rows.extend(seen.rows);
            pass.lines.entry(sha256).or_default().extend(seen.lines);
        }
    }
    let numbers: Vec<usize> = (0..shelf.entries.len()).collect();
    let lines = Arc::new(std::mem::take(&mut pass.lines));
    let (of, by) = (Arc::clone(shelf), Arc::clone(&lines));
    let seen = each(lake, eye, &numbers, move |lake, handle, eye, number| {
        let entry = &of.entries[*number];
        look::entry(lake, handle, eye, entry, by.get(content_of(entry)))
    });
    for (number, seen) in numbers.iter().zip(seen.await?) {
        pass.rows.extend(seen.rows);
        if seen.hit {
            pass.entries.push(*number);
        }
    }
    pass.lines = Arc::unwrap_or_clone(lines);
    let tables = each(
        lake,
        eye,
        &shelf.stray_tables,
        |lake, handle, eye, thing| look::table(lake, handle, eye, thing, &BTreeSet::new()),
    );
    for (thing, seen) in shelf.stray_tables.iter().zip(tables.await?) {
        let Seen { rows, hit, .. } = seen;
        pass.rows.extend(rows);
        if hit {
            pass.stray_tables.push(thing.clone());
        }
    }
    for (things, found) in [
        (&shelf.stray_raw, &mut pass.stray_raw),
        (&shelf.quarantine, &mut pass.quarantine),
    ] {
        let goes = each(lake, eye, things, look::unloadable).await?;
        let gone = things.iter().zip(goes).filter(|(_, goes)| *goes);
        found.extend(gone.map(|(thing, _)| thing.clone()));
    }
    Ok(pass)
}

/// SHA-256 of what was delivered.
pub(crate) fn content_of(entry: &super::shelf::Entry) -> &str {
    match &entry.record.version.origin {
        lake::Origin::Inbox { sha256 } => sha256,
        lake::Origin::Sftp { .. } => "",
    }
}

/// Looks at several things at once, on threads that may block; in their order.
async fn each<T, S>(
    lake: &Lake,
    eye: &Arc<Eye>,
    things: &[T],
    look: impl Fn(&Lake, &Handle, &Eye, &T) -> Result<S> + Clone + Send + 'static,
) -> Result<Vec<S>>
where
    T: Clone + Send + 'static,
    S: Send + 'static,
{
    let looks = things.iter().cloned().map(|thing| {
        let (lake, eye, look) = (lake.clone(), Arc::clone(eye), look.clone());
        async move {
            let handle = Handle::current();
            let looked = tokio::task::spawn_blocking(move || look(&lake, &handle, &eye, &thing));
            looked.await?
        }
    });
    stream::iter(looks).buffered(AT_ONCE).try_collect().await
}
