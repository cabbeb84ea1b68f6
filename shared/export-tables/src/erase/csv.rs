//! Rows of a file as delivered: found, and left out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use exports::Export;
use memchr::memchr_iter;

use super::{Says, Whose};
use crate::Reason;
use crate::decode::Decoder;
use crate::dialect::{Dialect, Encoding, LineEnd};
use crate::error::ConvertError;
use crate::records::{BUFFER, Next, Records};
use crate::source::header;

/// Bytes of a file that are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The line in the file where they begin; the first is 1.
    pub line: u64,
    /// Where they begin in the file.
    pub offset: u64,
    /// How many they are.
    pub length: u64,
    /// How many lines end in them.
    pub line_ends: u64,
}

/// What is no row: it can't be read, so it does not say whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where it is.
    pub place: Cut,
    /// Whether it may be the rest of the reject before: that one's quotes don't close where they should,
    /// and no row is in between.
    pub follows: bool,
}

/// What was found in a file.
#[derive(Debug)]
pub struct Found {
    /// The export that the header is.
    pub export: &'static Export,
    /// How the file is written.
    pub dialect: Dialect,
    /// The rows that were asked for, in order.
    pub cuts: Vec<Cut>,
    /// What is no row, in order.
    pub rejects: Vec<Reject>,
    /// Where the asked lines begin in the file.
    pub offsets: BTreeMap<u64, u64>,
}

/// Finds the rows that `wanted` says yes to, and where `lines` begin.
///
/// # Errors
/// The file has no header of an export, or reading failed.
pub fn find<R: Read>(
    reader: R,
    hint: Option<&'static Export>,
    lines: &BTreeSet<u64>,
    mut wanted: impl FnMut(&Whose) -> bool,
) -> Result<Found, ConvertError> {
    let decoder = Decoder::new(reader).map_err(ConvertError::Read)?;
    let sniffed = decoder.sniffed();
    let mut records = Records::new(decoder, BUFFER);
    let header = header(&mut records, hint)?;
    records.pass_header(header.delimiter, header.cells.len(), header.extent);
    let export = header.recognised.export;
    let says: Vec<(usize, Says)> = header
        .recognised
        .columns
        .iter()
        .enumerate()
        .filter_map(|(cell, column)| Some((cell, Says::of(export.columns[(*column)?].name)?)))
        .collect();
    let mut found = Found {
        export,
        dialect: Dialect {
            encoding: sniffed.encoding,
            byte_order_mark: sniffed.mark > 0,
            delimiter: header.delimiter.into(),
            line_end: records.line_end(),
        },
        cuts: Vec::new(),
        rejects: Vec::new(),
        offsets: BTreeMap::new(),
    };
    let (mut cells, mut scratch, mut whose) = (Vec::new(), Vec::new(), Whose::default());
    let mut is_torn = false;
    loop {
        let (place, length, reason) = match records.next(&mut cells).map_err(ConvertError::Read)? {
            Next::End => return Ok(found),
            Next::Row {
                place,
                record,
                length,
            } => {
                is_torn = false;
                whose.clear();
                for (cell, says) in &says {
                    let text = cells[*cell].text(record, &mut scratch);
                    whose.hear(*says, &String::from_utf8_lossy(text));
                }
                if wanted(&whose) {
                    found.cuts.push(Cut {
                        line: place.line,
                        offset: place.offset,
                        length,
                        line_ends: memchr_iter(b'\n', record).count() as u64,
                    });
                }
                if lines.contains(&place.line) {
                    found.offsets.insert(place.line, place.offset);
                }
                continue;
            }
            Next::Rejected {
                place,
                length,
                reason,
            } => (place, length, reason),
        };
        if lines.contains(&place.line) {
            found.offsets.insert(place.line, place.offset);
        }
        found.rejects.push(Reject {
            place: Cut {
                line: place.line,
                offset: place.offset,
                length,
                line_ends: records.lines() + 1 - place.line,
            },
            follows: is_torn,
        });
        is_torn |= matches!(reason, Reason::StrayQuote | Reason::UnclosedQuote);
    }
}

impl Found {
    /// Where what stood at `offset` is in the file without `cuts`.
    #[must_use]
    pub fn moved(&self, offset: u64, cuts: &[Cut]) -> u64 {
        let before = cuts.iter().take_while(|cut| cut.offset < offset);
        let (gone, come) = before.fold((0, 0), |(gone, come), cut| {
            (
                gone + cut.length,
                come + cut.line_ends * self.blank().len() as u64,
            )
        });
        offset + come - gone
    }

    /// What is put for each line of a cut.
    fn blank(&self) -> &'static [u8] {
        match (self.dialect.encoding, self.dialect.line_end) {
            (Encoding::Utf8 | Encoding::Windows1252, LineEnd::Lf) => b"\n",
            (Encoding::Utf8 | Encoding::Windows1252, LineEnd::CrLf) => b"\r\n",
            (Encoding::Utf16Le, LineEnd::Lf) => b"\n\0",
            (Encoding::Utf16Le, LineEnd::CrLf) => b"\r\0\n\0",
            (Encoding::Utf16Be, LineEnd::Lf) => b"\0\n",
            (Encoding::Utf16Be, LineEnd::CrLf) => b"\0\r\0\n",
        }
    }

    /// Whether the file without `cuts` would still be read in its encoding: where no mark says it, it
    /// is found from the file's first bytes.
    ///
    /// # Errors
    /// Reading failed.
    pub fn keeps_its_encoding<R: Read>(&self, reader: R, cuts: &[Cut]) -> io::Result<bool> {
        let decoder = Decoder::new(without(reader, self, cuts))?;
        Ok(decoder.sniffed().encoding == self.dialect.encoding)
    }
}

/// The file without `cuts`, which are in order and apart; every other byte is as it was.
pub fn without<'a, R: Read>(reader: R, found: &Found, cuts: &'a [Cut]) -> Without<'a, R> {
    Without {
        reader,
        cuts,
        blank: found.blank(),
        at: 0,
        pending: 0,
        within: 0,
    }
}

/// See [`without`].
#[derive(Debug)]
pub struct Without<'a, R> {
    reader: R,
    /// Those still to come.
    cuts: &'a [Cut],
    blank: &'static [u8],
    /// Where the reader is.
    at: u64,
    /// Blank lines still to give out.
    pending: u64,
    /// Bytes of the first of them that are given out.
    within: usize,
}

impl<R: Read> Read for Without<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.pending > 0 {
                let left = &self.blank[self.within..];
                let count = left.len().min(buffer.len());
                buffer[..count].copy_from_slice(&left[..count]);
                self.within += count;
                if self.within == self.blank.len() {
                    (self.within, self.pending) = (0, self.pending - 1);
                }
                return Ok(count);
            }
            let room = match self.cuts.first() {
                Some(cut) if cut.offset == self.at => {
                    let skipped =
                        io::copy(&mut self.reader.by_ref().take(cut.length), &mut io::sink())?;
                    self.at += skipped;
                    self.pending = cut.line_ends;
                    self.cuts = &self.cuts[1..];
                    continue;
                }
                Some(cut) => usize::try_from(cut.offset - self.at).unwrap_or(usize::MAX),
                None => usize::MAX,
            };
            let room = room.min(buffer.len());
            let count = self.reader.read(&mut buffer[..room])?;
            self.at += count as u64;
            return Ok(count);
        }
    }
}
