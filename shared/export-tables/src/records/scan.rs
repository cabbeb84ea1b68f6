//! Finds where one record ends and where its cells are.
//!
//! Reads as lenient readers do (csv-core gives the same records for any bytes, see the tests), and says
//! where a strict reader would have stopped: a quote inside an unquoted cell, text behind a closing quote.

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use crate::dialect::LineEnd;

const QUOTE: u8 = b'"';

/// Where a cell's text is, from the record's start, without the quotes around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    start: u32,
    end: u32,
    /// Whether quotes in it are written twice.
    doubled: bool,
}

impl Cell {
    fn new(start: usize, end: usize, doubled: bool) -> Self {
        // A window is no longer than MAX_RECORD, so that its places fit.
        Self {
            start: start as u32,
            end: end as u32,
            doubled,
        }
    }

    /// The cell's text. `scratch` holds it where it is not written as it is.
    pub(crate) fn text<'a>(&self, record: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let mut raw = &record[self.start as usize..self.end as usize];
        if !self.doubled {
            return raw;
        }
        scratch.clear();
        while let Some(at) = memchr(QUOTE, raw) {
            scratch.extend_from_slice(&raw[..=at]);
            raw = raw.get(at + 2..).unwrap_or_default();
        }
        scratch.extend_from_slice(raw);
        scratch
    }
}

/// What is at the start of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A whole record.
    Record(Extent),
    /// The window ends first.
    Unfinished {
        /// Inside quotes.
        quoted: bool,
    },
}

/// A record's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Its length, with what ends it.
    pub(crate) length: usize,
    /// What ends it; `None`: the file does.
    pub(crate) line_end: Option<LineEnd>,
    /// Whether a strict reader would have stopped at a quote.
    pub(crate) stray: bool,
}

/// Finds the record at the window's start and puts its cells into `cells`. `at_end`: the file ends
/// with the window.
pub(crate) fn scan(window: &[u8], at_end: bool, delimiter: u8, cells: &mut Vec<Cell>) -> Scan {
    cells.clear();
    if let Some(newline) = memchr(b'\n', window)
        && memchr(QUOTE, &window[..newline]).is_none()
    {
        return Scan::Record(plain(window, newline, delimiter, cells));
    }
    let mut stray = false;
    let mut at = 0;
    loop {
        let cell = match cell(window, at, at_end, delimiter) {
            Ok(cell) => cell,
            Err(unfinished) => return unfinished,
        };
        cells.push(cell.cell);
        stray |= cell.stray;
        at = cell.next;
        if let Ended::Record(line_end) = cell.ended {
            return Scan::Record(Extent {
                length: at,
                line_end,
                stray,
            });
        }
    }
}

/// A line without quotes: most of them.
fn plain(window: &[u8], newline: usize, delimiter: u8, cells: &mut Vec<Cell>) -> Extent {
    let (end, line_end) = line(window, newline);
    let mut start = 0;
    for at in memchr_iter(delimiter, &window[..end]) {
        cells.push(Cell::new(start, at, false));
        start = at + 1;
    }
    cells.push(Cell::new(start, end, false));
    Extent {
        length: newline + 1,
        line_end: Some(line_end),
        stray: false,
    }
}

/// Where the text before a newline ends, and what ends it.
fn line(window: &[u8], newline: usize) -> (usize, LineEnd) {
    match newline.checked_sub(1) {
        Some(before) if window[before] == b'\r' => (before, LineEnd::CrLf),
        _ => (newline, LineEnd::Lf),
    }
}

struct Found {
    cell: Cell,
    stray: bool,
    next: usize,
    ended: Ended,
}

enum Ended {
    Cell,
    Record(Option<LineEnd>),
}

fn cell(window: &[u8], start: usize, at_end: bool, delimiter: u8) -> Result<Found, Scan> {
    if window.get(start) != Some(&QUOTE) {
        return unquoted(window, start, start, at_end, delimiter);
    }
    let mut doubled = false;
    let mut from = start + 1;
    loop {
        let Some(quote) = memchr(QUOTE, &window[from..]).map(|at| from + at) else {
            return Err(Scan::Unfinished { quoted: true });
        };
        let found = |next, ended| {
            let cell = Cell::new(start + 1, quote, doubled);
            Ok(Found {
                cell,
                stray: false,
                next,
                ended,
            })
        };
        match (window.get(quote + 1), window.get(quote + 2)) {
            (Some(&QUOTE), _) => {
                doubled = true;
                from = quote + 2;
            }
            (Some(&next), _) if next == delimiter => return found(quote + 2, Ended::Cell),
            (Some(b'\n'), _) => return found(quote + 2, Ended::Record(Some(LineEnd::Lf))),
            (Some(b'\r'), Some(b'\n')) => {
                return found(quote + 3, Ended::Record(Some(LineEnd::CrLf)));
            }
            (None, _) if at_end => return found(quote + 1, Ended::Record(None)),
            (None, _) | (Some(b'\r'), None) if !at_end => {
                return Err(Scan::Unfinished { quoted: false });
            }
            _ => {
                let mut found = unquoted(window, start, quote + 1, at_end, delimiter)?;
                found.stray = true;
                return Ok(found);
            }
        }
    }
}

/// A cell that ends at the next delimiter or newline behind `from`, whatever it holds.
fn unquoted(
    window: &[u8],
    start: usize,
    from: usize,
    at_end: bool,
    delimiter: u8,
) -> Result<Found, Scan> {
    let mut stray = false;
    let mut next = memchr3(delimiter, b'\n', QUOTE, &window[from..]).map(|at| from + at);
    if let Some(quote) = next.filter(|&at| window[at] == QUOTE) {
        stray = true;
        next = memchr2(delimiter, b'\n', &window[quote..]).map(|at| quote + at);
    }
    let (end, next, ended) = match next {
        Some(at) if window[at] == b'\n' => {
            let (end, line_end) = line(window, at);
            (end, at + 1, Ended::Record(Some(line_end)))
        }
        Some(at) => (at, at + 1, Ended::Cell),
        None if at_end => (window.len(), window.len(), Ended::Record(None)),
        None => return Err(Scan::Unfinished { quoted: false }),
    };
    Ok(Found {
        cell: Cell::new(start, end, false),
        stray,
        next,
        ended,
    })
}

#[cfg(test)]
mod tests;
