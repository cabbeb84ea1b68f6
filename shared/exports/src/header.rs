//! Which export a header line is, and where each column is.
//!
//! Headers drift between the vendor's own pages: case, doubled spaces, `(Date / Time)`, `Resolve` and
//! `Resolved`, `Avg.` and `Average`. They are compared by their words, and what differs is reported.

mod fit;
mod unknown;

use serde::Serialize;

use crate::{EXPORTS, Export};
use fit::{Fit, words};
pub use unknown::UnknownHeader;

/// Which export a header line is and where each column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The export.
    pub export: &'static Export,
    /// Per cell of the header: the index in [`Export::columns`], or `None` for a column we don't know.
    /// No index comes twice.
    pub columns: Vec<Option<usize>>,
    /// What differs from the vendor's page.
    pub drift: Drift,
}

/// What differs between a header line and the vendor's page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Known columns written otherwise: as found, as on the vendor's page.
    pub renamed: Vec<(String, &'static str)>,
    /// Columns that the vendor's page does not have, as found.
    pub unknown: Vec<String>,
    /// Columns of the vendor's page that the file does not have.
    pub missing: Vec<&'static str>,
    /// Known columns that came a second time, as found: the first one counts.
    pub repeated: Vec<String>,
    /// The table of the export that the name or directory announced, where the header is another's.
    pub named_otherwise: Option<&'static str>,
}

impl Drift {
    /// Whether the header is exactly the vendor's.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Finds the export whose header line this is.
///
/// The hint is what the name or directory announces. It wins when its key columns are there and at
/// least half of all, unless another export knows more of the cells and misses no more columns.
/// Otherwise it is the export that knows the most cells and misses the fewest columns: one export's
/// columns may nearly all be another's too.
///
/// # Errors
/// The best fit is not good enough, or two fit equally.
pub fn recognise(
    cells: &[&str],
    hint: Option<&'static Export>,
) -> Result<Recognised, UnknownHeader> {
    let headers: Vec<String> = cells.iter().map(|cell| words(cell)).collect();
    let fits: Vec<Fit> = EXPORTS
        .iter()
        .map(|export| Fit::of(export, &headers))
        .collect();
    let hinted = fits.iter().find(|fit| Some(fit.export) == hint);
    if let Some(hinted) = hinted
        && hinted.is_good()
        && !fits
            .iter()
            .any(|other| other.is_clearly_better_than(hinted))
    {
        return Ok(hinted.recognised(cells, hint));
    }
    let Some(best) = fits.iter().max_by_key(|fit| fit.rank()) else {
        return Err(UnknownHeader::without_nearest(cells.len()));
    };
    let mut good = fits
        .iter()
        .filter(|fit| fit.rank() == best.rank() && fit.is_good());
    match (good.next(), good.next()) {
        (Some(only), None) => Ok(only.recognised(cells, hint)),
        (Some(one), Some(other)) => Err(one.refused(cells, Some(other.export.name))),
        // The export that knows most of the line, but misses its key, also keeps others from taking it.
        (None, _) => Err(best.refused(cells, None)),
    }
}
