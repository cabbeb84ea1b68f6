//! A file's records, each with its place in the file, and what is no record.
//!
//! Every byte behind the header belongs to one row, one rejected row or one blank line, whatever the
//! file holds and however its reader cuts it:
//!
//! ```text
//! well formed, as many cells as the header     a row
//! well formed, more or fewer                   rejected whole
//! malformed, as many cells as the header       rejected whole: its lines are somebody's text, never rows
//! malformed, more or fewer, or unclosed        its first line is rejected; the next line is read anew,
//!                                              so that one stray quote can't swallow the rows behind it
//! an empty line                                nothing
//! ```
//!
//! Lines that are read anew cost time, and a file can be made of nothing else. Once more was looked at in
//! vain than a file deserves, what begins in a line has to end there.

mod scan;
mod text;

use std::io::{self, Read};

use memchr::memchr;

use crate::Reason;
use crate::decode::Decoder;
use crate::dialect::LineEnd;
pub(crate) use scan::{Cell, Extent};
use scan::{Scan, scan};
use text::Text;
pub(crate) use text::{BUFFER, MAX_RECORD};

/// How much of a file may be looked at in vain, in bytes, beside so many times what was passed: text that
/// turned out to be no record, and whose lines are read anew.
const VAIN: u64 = 64 * 1024 * 1024;
const VAIN_FOR_PASSED: u64 = 16;

/// Where a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The line in the file; the first is 1. Lines end at `\n`, inside quotes too.
    pub(crate) line: u64,
    /// The byte in the file, whatever its encoding.
    pub(crate) offset: u64,
}

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// A row; its cells are in the `cells` given.
    Row {
        place: Place,
        record: &'a [u8],
        length: u64,
    },
    /// No row: how many bytes of the file, and why.
    Rejected {
        place: Place,
        length: u64,
        reason: Reason,
    },
    End,
}

/// Reads records.
pub(crate) struct Records<R> {
    text: Text<R>,
    delimiter: u8,
    line_end: LineEnd,
    /// Cells of the header.
    width: usize,
    /// Bytes looked at in vain so far.
    vain: u64,
}

/// What a record turned out to be.
enum Verdict {
    /// A row of so much text.
    Row(usize),
    /// No row, of so much text; `None`: of one line.
    Rejected(Option<usize>, Reason),
}

impl<R: Read> Records<R> {
    /// `buffer`: [`BUFFER`]; at least 32.
    pub(crate) fn new(decoder: Decoder<R>, buffer: usize) -> Self {
        Self {
            text: Text::new(decoder, buffer),
            delimiter: b',',
            line_end: LineEnd::Lf,
            width: 0,
            vain: 0,
        }
    }

    /// The first record that is no blank line, read with this delimiter but not passed. `None`: there is
    /// none, or it does not end.
    pub(crate) fn peek_header(
        &mut self,
        delimiter: u8,
        cells: &mut Vec<Cell>,
    ) -> io::Result<Option<(&[u8], Extent)>> {
        if !self.text.pass_blank_lines()? {
            return Ok(None);
        }
        Ok(match self.scan(delimiter, cells)? {
            Scan::Record(extent) => Some((&self.text.window()[..extent.length], extent)),
            Scan::Unfinished { .. } => None,
        })
    }

    /// Passes the header and keeps to how it is written.
    pub(crate) fn pass_header(&mut self, delimiter: u8, width: usize, extent: Extent) {
        self.delimiter = delimiter;
        self.width = width;
        self.line_end = extent.line_end.unwrap_or(LineEnd::Lf);
        self.text.pass(extent.length);
    }

    /// What ends the header, and so every row.
    pub(crate) fn line_end(&self) -> LineEnd {
        self.line_end
    }

    /// Bytes of the file read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.text.bytes_read()
    }

    /// Lines passed so far.
    pub(crate) fn lines(&self) -> u64 {
        self.text.here().line - 1
    }

    /// Whether everything is passed.
    pub(crate) fn is_at_end(&self) -> bool {
        self.text.is_passed()
    }

    /// The next row or rejected row.
    pub(crate) fn next(&mut self, cells: &mut Vec<Cell>) -> io::Result<Next<'_>> {
        if !self.text.pass_blank_lines()? {
            return Ok(Next::End);
        }
        let place = self.text.here();
        let found = self.scan(self.delimiter, cells)?;
        let looked_at = match found {
            Scan::Record(extent) => extent.length,
            Scan::Unfinished { .. } => self.text.window().len(),
        };
        let verdict = match found {
            Scan::Record(extent) => self.judge(extent, cells.len()),
            Scan::Unfinished { quoted: true } => Verdict::Rejected(None, Reason::UnclosedQuote),
            Scan::Unfinished { quoted: false } => Verdict::Rejected(None, Reason::RecordTooLong),
        };
        Ok(match verdict {
            Verdict::Row(length) => {
                let (record, length) = self.text.pass(length);
                Next::Row {
                    place,
                    record,
                    length,
                }
            }
            Verdict::Rejected(length, reason) => {
                let length = match length {
                    Some(length) => self.text.pass(length).1,
                    None => {
                        if !self.has_looked_enough() {
                            self.vain = self.vain.saturating_add(looked_at as u64);
                        }
                        self.text.pass_line()?
                    }
                };
                Next::Rejected {
                    place,
                    length,
                    reason,
                }
            }
        })
    }

    /// Whether a record may no longer be looked for behind its first line.
    fn has_looked_enough(&self) -> bool {
        let passed = self.text.here().offset;
        self.vain > passed.saturating_mul(VAIN_FOR_PASSED).saturating_add(VAIN)
    }

    /// Finds the record that begins here, reading as much as it needs.
    fn scan(&mut self, delimiter: u8, cells: &mut Vec<Cell>) -> io::Result<Scan> {
        let one_line = self.has_looked_enough();
        loop {
            let (window, at_end) = (self.text.window(), self.text.is_last_window());
            let line = memchr(b'\n', window).filter(|_| one_line);
            let found = match line {
                Some(newline) => scan(&window[..=newline], false, delimiter, cells),
                None => scan(window, at_end, delimiter, cells),
            };
            match found {
                Scan::Unfinished { .. } if line.is_none() && self.text.can_read_more() => {
                    self.text.read_more()?;
                }
                _ => return Ok(found),
            }
        }
    }

    fn judge(&self, extent: Extent, cells: usize) -> Verdict {
        let length = extent.length;
        let record = &self.text.window()[..length];
        if extent.stray {
            let whole = (cells == self.width).then_some(length);
            return Verdict::Rejected(whole, Reason::StrayQuote);
        }
        let ends_otherwise = match extent.line_end {
            Some(line_end) => line_end != self.line_end,
            // Half of what should have ended it.
            None => self.line_end == LineEnd::CrLf && record.ends_with(b"\r"),
        };
        let reason = if ends_otherwise {
            Reason::LineEnd
        } else if cells < self.width {
            Reason::TooFewCells
        } else if cells > self.width {
            Reason::TooManyCells
        } else if std::str::from_utf8(record).is_err() {
            Reason::NotText
        } else {
            return Verdict::Row(length);
        };
        Verdict::Rejected(Some(length), reason)
    }
}

#[cfg(test)]
mod tests;
