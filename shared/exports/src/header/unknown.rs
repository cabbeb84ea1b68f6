//! Says why a header line is no export's.

use thiserror::Error;

/// Headers listed in an error's text.
const LISTED: usize = 8;

/// A header line that is no export's, or not surely one's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", self.text())]
pub struct UnknownHeader {
    /// The vendor's name of the export that comes nearest; `None` where no cell is a known column.
    pub nearest: Option<&'static str>,
    /// The vendor's name of another export that fits as well.
    pub as_near: Option<&'static str>,
    /// Key columns of the nearest export that are missing.
    pub missing_keys: Vec<&'static str>,
    /// The other columns of the nearest export that are missing.
    pub missing: Vec<&'static str>,
    /// Cells that are no column of the nearest export, cut to 60 characters. Empty where most cells are
    /// unknown: the line may then be no header but somebody's data.
    pub unexpected: Vec<String>,
    /// Cells in the line.
    pub cells: usize,
    /// Cells that are columns of the nearest export.
    pub known: usize,
}

impl UnknownHeader {
    fn text(&self) -> String {
        let Some(nearest) = self.nearest else {
            return format!(
                "no cell of the first line ({} cells) is a column of an export: the file needs the \
                 header line that Sparkcentral writes",
                self.cells
            );
        };
        let mut text = format!(
            "the header is no export's: nearest is {nearest}, {} of whose columns are among the {} cells",
            self.known, self.cells
        );
        if let Some(other) = self.as_near {
            text.push_str(&format!(
                "; {other} fits as well, so name the file after its export"
            ));
        }
        if !self.missing_keys.is_empty() {
            text.push_str(&format!(
                "; missing and needed: {}",
                listed(&self.missing_keys)
            ));
        }
        if !self.missing.is_empty() {
            text.push_str(&format!("; missing: {}", listed(&self.missing)));
        }
        if !self.unexpected.is_empty() {
            text.push_str(&format!("; unexpected: {}", listed(&self.unexpected)));
        }
        text
    }

    pub(super) const fn without_nearest(cells: usize) -> Self {
        Self {
            nearest: None,
            as_near: None,
            missing_keys: Vec::new(),
            missing: Vec::new(),
            unexpected: Vec::new(),
            cells,
            known: 0,
        }
    }
}

fn listed<T: AsRef<str>>(headers: &[T]) -> String {
    let shown: Vec<String> = headers
        .iter()
        .take(LISTED)
        .map(|header| format!("{:?}", header.as_ref()))
        .collect();
    match headers.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
