//! What becomes of each cell of a row: decided once, from the header and the settings.

use std::collections::BTreeMap;

use exports::{ColumnType, Export, Recognised, Treatment, UNKNOWN_COLUMNS};

use crate::cell::hash::Hasher;
use crate::error::SettingsFault;

/// What becomes of the cells in one column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing of it is published.
    Nothing,
    /// A column of the definition.
    Known {
        /// Its place in the definition.
        index: usize,
        /// Its place in the table.
        to: usize,
        treatment: Treatment,
        /// Of a list: which cell of the row has the identifiers.
        identifiers: Identifiers,
    },
    /// Into the map of unknown columns, under this key.
    Unknown { key: String },
}

/// Which cell of the row has the identifiers that a list belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identifiers {
    /// This one.
    Own,
    /// The one at this place: this one has their names.
    At(usize),
    /// None: the file does not have them.
    Missing,
}

/// Decides for each cell of the header.
pub(crate) fn plan(
    recognised: &Recognised,
    header: &[String],
    treatments: &BTreeMap<String, Treatment>,
) -> Vec<Use> {
    let places = places(recognised.export);
    let keys = unknown_keys(recognised, header, treatments);
    let columns = recognised.columns.iter().zip(keys);
    columns
        .map(|(column, key)| match (column, key) {
            (Some(index), _) => known(recognised, *index, places[*index], treatments),
            (None, Some(key)) => Use::Unknown { key },
            (None, None) => Use::Nothing,
        })
        .collect()
}

/// Refuses settings that would publish what was meant to be dropped or hashed. Gives what hashes, if
/// anything is to be hashed.
pub(crate) fn hasher(
    export: &'static Export,
    treatments: &BTreeMap<String, Treatment>,
    key: Option<&[u8]>,
) -> Result<Option<Hasher>, SettingsFault> {
    let mut hashed = None;
    for (name, treatment) in treatments {
        let column = name.clone();
        let kind = match export.column(name) {
            Some(column) => Some(column.kind),
            None if name == UNKNOWN_COLUMNS => None,
            None => {
                let table = export.table;
                return Err(SettingsFault::NoSuchColumn { table, column });
            }
        };
        if *treatment == Treatment::Hash {
            if !matches!(kind, Some(ColumnType::Text | ColumnType::List)) {
                return Err(SettingsFault::NotHashable { column });
            }
            hashed = Some(column);
        }
    }
    let Some(column) = hashed else {
        return Ok(None);
    };
    let hasher = key.and_then(Hasher::new);
    hasher.map(Some).ok_or(SettingsFault::NoHashKey { column })
}

/// Where each column of an export begins in its table: a time of day takes two places.
fn places(export: &Export) -> Vec<usize> {
    let mut next = 0;
    let columns = export.columns.iter();
    columns
        .map(|column| {
            let place = next;
            let is_time = column.kind == ColumnType::TimeOfDay;
            next += if is_time { 2 } else { 1 };
            place
        })
        .collect()
}

fn known(
    recognised: &Recognised,
    index: usize,
    to: usize,
    treatments: &BTreeMap<String, Treatment>,
) -> Use {
    let column = &recognised.export.columns[index];
    let treatment = treatments.get(column.name).copied().unwrap_or_default();
    let is_list = column.kind == ColumnType::List;
    if treatment == Treatment::Drop && !is_list {
        return Use::Nothing;
    }
    // Identifiers that are dropped still tell what stands between their names.
    Use::Known {
        index,
        to,
        treatment,
        identifiers: identifiers(recognised, column.name),
    }
}

/// `topic_names` are the names of `topic_ids`.
fn identifiers(recognised: &Recognised, name: &str) -> Identifiers {
    let Some(of) = name.strip_suffix("_names") else {
        return Identifiers::Own;
    };
    let index = recognised.export.column_index(&format!("{of}_ids"));
    let mut columns = recognised.columns.iter();
    let cell = columns.position(|column| column.is_some() && *column == index);
    cell.map_or(Identifiers::Missing, Identifiers::At)
}

/// By the header's cells: the key in the map of unknown columns, for those that are published there.
fn unknown_keys(
    recognised: &Recognised,
    header: &[String],
    treatments: &BTreeMap<String, Treatment>,
) -> Vec<Option<String>> {
    let dropped = treatments.get(UNKNOWN_COLUMNS) == Some(&Treatment::Drop);
    // A column that comes twice is unknown the second time. If any column is private, it may be that one.
    let private = treatments
        .values()
        .any(|&treatment| treatment != Treatment::Keep);
    let mut taken: Vec<String> = Vec::new();
    let columns = recognised.columns.iter().zip(header).enumerate();
    columns
        .map(|(place, (column, name))| {
            let is_private = private && recognised.drift.repeated.contains(name);
            if column.is_some() || dropped || is_private {
                return None;
            }
            let mut key = name.trim().to_owned();
            // A map has each key once.
            while key.is_empty() || taken.contains(&key) {
                key = format!("{key} (column {})", place + 1)
                    .trim_start()
                    .to_owned();
            }
            taken.push(key.clone());
            Some(key)
        })
        .collect()
}

#[cfg(test)]
mod tests;
