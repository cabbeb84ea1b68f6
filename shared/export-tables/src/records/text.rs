//! A file's text, of which a part is held, and the place in the file that it is at.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter};

use super::Place;
use crate::decode::{Decoder, raw_length};

/// The longest record. Longer, and an unclosed quote would keep most of a file in memory.
pub(crate) const MAX_RECORD: usize = 4 * 1024 * 1024;

/// Bytes of text held, unless one record needs more.
pub(crate) const BUFFER: usize = 256 * 1024;

/// A file's text from a place on.
pub(crate) struct Text<R> {
    decoder: Decoder<R>,
    pub(super) buffer: Vec<u8>,
    /// What is read and not yet passed.
    start: usize,
    end: usize,
    at_end: bool,
    here: Place,
}

impl<R: Read> Text<R> {
    /// `buffer`: [`BUFFER`]; at least 32.
    pub(super) fn new(decoder: Decoder<R>, buffer: usize) -> Self {
        let offset = decoder.sniffed().mark as u64;
        Self {
            decoder,
            buffer: vec![0; buffer],
            start: 0,
            end: 0,
            at_end: false,
            here: Place { line: 1, offset },
        }
    }

    pub(super) fn here(&self) -> Place {
        self.here
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.decoder.bytes_read()
    }

    /// Whether everything is passed.
    pub(super) fn is_passed(&self) -> bool {
        self.at_end && self.start == self.end
    }

    /// What one record can be in: the text from here on, as far as it is held and no further than the
    /// longest record.
    pub(super) fn window(&self) -> &[u8] {
        let end = self.end.min(self.start + MAX_RECORD);
        &self.buffer[self.start..end]
    }

    /// Whether the file ends with the window.
    pub(super) fn is_last_window(&self) -> bool {
        self.at_end && self.end - self.start <= MAX_RECORD
    }

    /// Whether more could finish a record. One byte beyond the longest must be there to say no, or it
    /// would depend on the buffer whether a longest record at the file's end is one.
    pub(super) fn can_read_more(&self) -> bool {
        !self.at_end && self.end - self.start <= MAX_RECORD
    }

    /// Fills the buffer behind what is not yet passed. It grows twofold for one long record, so that
    /// looking at that record again from its start costs no more than reading it did.
    pub(super) fn read_more(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > self.buffer.len() / 2 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let (filled, at_end) = self.decoder.fill(&mut self.buffer[self.end..])?;
        self.end += filled;
        self.at_end = at_end;
        Ok(())
    }

    /// Passes empty lines; says whether anything follows.
    pub(super) fn pass_blank_lines(&mut self) -> io::Result<bool> {
        loop {
            let blank = match &self.buffer[self.start..self.end] {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                [] | [b'\r'] if !self.at_end => {
                    self.read_more()?;
                    continue;
                }
                [] => return Ok(false),
                _ => return Ok(true),
            };
            self.pass(blank);
        }
    }

    /// Passes so much text: gives it, and how many bytes of the file it was.
    pub(super) fn pass(&mut self, length: usize) -> (&[u8], u64) {
        let text = &self.buffer[self.start..self.start + length];
        self.start += length;
        let raw = if self.at_end && self.start == self.end {
            self.decoder.bytes_read() - self.here.offset
        } else {
            raw_length(self.decoder.sniffed().encoding, text)
        };
        // The last line may have no end.
        let unended = u64::from(!text.is_empty() && !text.ends_with(b"\n"));
        self.here.line += memchr_iter(b'\n', text).count() as u64 + unended;
        self.here.offset += raw;
        (text, raw)
    }

    /// Passes one line, however long; says how many bytes of the file it was.
    pub(super) fn pass_line(&mut self) -> io::Result<u64> {
        let from = self.here;
        loop {
            let text = &self.buffer[self.start..self.end];
            let length = text.len();
            if let Some(newline) = memchr(b'\n', text) {
                self.pass(newline + 1);
                break;
            }
            self.pass(length);
            if self.at_end {
                break;
            }
            self.here.line = from.line;
            self.read_more()?;
        }
        Ok(self.here.offset - from.offset)
    }
}
