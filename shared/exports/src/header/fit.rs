//! Compares a header line with one export.

use std::cmp::Reverse;

use super::{Drift, Recognised, UnknownHeader};
use crate::Export;

/// Characters of a header shown in an error: enough to find it, too few to tell a story.
const SHOWN: usize = 60;

/// How well a header line fits one export.
pub(super) struct Fit {
    pub(super) export: &'static Export,
    columns: Vec<Option<usize>>,
    repeated: Vec<usize>,
    known: usize,
    missing: Vec<usize>,
}

impl Fit {
    pub(super) fn of(export: &'static Export, headers: &[String]) -> Self {
        let names: Vec<String> = export
            .columns
            .iter()
            .map(|column| words(column.header))
            .collect();
        let mut taken = vec![false; names.len()];
        let mut columns = Vec::with_capacity(headers.len());
        let mut repeated = Vec::new();
        for (cell, header) in headers.iter().enumerate() {
            let found = names.iter().position(|name| name == header);
            columns.push(match found {
                Some(index) if taken[index] => {
                    repeated.push(cell);
                    None
                }
                Some(index) => {
                    taken[index] = true;
                    Some(index)
                }
                None => None,
            });
        }
        let missing: Vec<usize> = (0..names.len()).filter(|&index| !taken[index]).collect();
        let known = names.len() - missing.len();
        Self {
            export,
            columns,
            repeated,
            known,
            missing,
        }
    }

    pub(super) fn rank(&self) -> (usize, Reverse<usize>) {
        (self.known, Reverse(self.missing.len()))
    }

    fn misses_key(&self) -> bool {
        self.missing
            .iter()
            .any(|&index| self.export.is_key(self.export.columns[index].name))
    }

    /// Unknown columns don't count against it: custom metadata can add any number.
    pub(super) fn is_good(&self) -> bool {
        !self.misses_key() && self.known * 2 >= self.export.columns.len()
    }

    pub(super) fn is_clearly_better_than(&self, other: &Self) -> bool {
        self.known > other.known && self.missing.len() <= other.missing.len()
    }

    pub(super) fn recognised(&self, cells: &[&str], hint: Option<&'static Export>) -> Recognised {
        let mut drift = Drift {
            missing: self
                .missing
                .iter()
                .map(|&index| self.export.columns[index].header)
                .collect(),
            repeated: self
                .repeated
                .iter()
                .map(|&cell| cells[cell].to_owned())
                .collect(),
            named_otherwise: hint
                .filter(|hint| *hint != self.export)
                .map(|hint| hint.table),
            ..Drift::default()
        };
        for (cell, (found, column)) in cells.iter().zip(&self.columns).enumerate() {
            match column {
                Some(index) => {
                    let header = self.export.columns[*index].header;
                    if trimmed(found) != header {
                        drift.renamed.push(((*found).to_owned(), header));
                    }
                }
                None if self.repeated.contains(&cell) => {}
                None => drift.unknown.push((*found).to_owned()),
            }
        }
        Recognised {
            export: self.export,
            columns: self.columns.clone(),
            drift,
        }
    }

    pub(super) fn refused(&self, cells: &[&str], as_near: Option<&'static str>) -> UnknownHeader {
        if self.known == 0 {
            return UnknownHeader::without_nearest(cells.len());
        }
        let columns = self
            .missing
            .iter()
            .map(|&index| &self.export.columns[index]);
        let (keys, others): (Vec<_>, Vec<_>) =
            columns.partition(|column| self.export.is_key(column.name));
        let unexpected = cells
            .iter()
            .zip(&self.columns)
            .filter(|(_, column)| column.is_none());
        // A line of mostly unknown cells may be a row of data, and data is never shown.
        let is_header = self.known * 2 >= cells.len();
        UnknownHeader {
            nearest: Some(self.export.name),
            as_near,
            missing_keys: keys.iter().map(|column| column.header).collect(),
            missing: others.iter().map(|column| column.header).collect(),
            unexpected: unexpected
                .filter(|_| is_header)
                .map(|(cell, _)| cell.chars().take(SHOWN).collect())
                .collect(),
            cells: cells.len(),
            known: self.known,
        }
    }
}

fn trimmed(header: &str) -> &str {
    header.trim_start_matches('\u{feff}').trim()
}

/// A header's words as all of the vendor's spellings agree on them.
pub(super) fn words(header: &str) -> String {
    let lower = header.to_lowercase();
    let mut words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| match word {
            "average" => "avg",
            "resolved" => "resolve",
            _ => word,
        })
        .collect();
    if let [.., _, "date", "time"] = words.as_slice() {
        words.truncate(words.len() - 2);
    }
    if let ["contact", "primary" | "secondary", "identifier"] = words.as_slice() {
        words.remove(0);
    }
    words.join(" ")
}
