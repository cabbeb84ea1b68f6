//! What became of a file.

use std::collections::BTreeMap;

use exports::Drift;
use serde::Serialize;

use crate::{Dialect, Reason};

/// What became of a file. Holds no cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows in the table.
    pub rows: u64,
    /// Rows rejected; with [`Report::rows`] all rows of the file. Blank lines are no rows.
    pub rejected: u64,
    /// Lines of the file, the header's and those inside quotes too.
    pub lines: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// What differs in the header from the vendor's page.
    pub drift: Drift,
    /// How the file writes its rows.
    pub dialect: Dialect,
    /// Local times in the table that clocks showed twice or never.
    pub doubtful_times: u64,
    /// Cells of names in the table that had another number of values than their identifiers, and so became
    /// one value each.
    pub uneven_lists: u64,
    /// Rows rejected, by [`Reason::name`].
    pub rejected_by_reason: BTreeMap<&'static str, u64>,
}

/// What is counted while rows are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) rows: u64,
    pub(crate) rejected: u64,
    pub(crate) doubtful_times: u64,
    pub(crate) uneven_lists: u64,
    pub(crate) by_reason: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub(crate) fn reject(&mut self, reason: Reason) {
        self.rejected += 1;
        *self.by_reason.entry(reason.name()).or_default() += 1;
    }
}
