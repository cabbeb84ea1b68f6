//! A file's bytes as UTF-8, with the way back to its own byte offsets.

use std::io::{self, Read};

use encoding_rs::{DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::dialect::{Encoding, SNIFFED, Sniffed, sniff};

/// Stands for what the encoding can't say. Never part of UTF-8, so its row is seen to be broken.
const BROKEN: u8 = 0xff;

/// Bytes of another encoding that are decoded at once.
const CHUNK: usize = 32 * 1024;

/// The least room that is sure to hold one more character.
const ROOM: usize = 16;

/// Reads a file as UTF-8, without its byte order mark. UTF-8 itself is passed on unchecked.
pub(crate) struct Decoder<R> {
    reader: R,
    sniffed: Sniffed,
    /// Read from the file and not yet passed on.
    pending: Vec<u8>,
    at: usize,
    at_end: bool,
    bytes_read: u64,
    other: Option<encoding_rs::Decoder>,
}

impl<R: Read> Decoder<R> {
    /// Reads the file's first bytes to find its encoding.
    pub(crate) fn new(mut reader: R) -> io::Result<Self> {
        let mut pending = vec![0; SNIFFED];
        let (filled, at_end) = fill(&mut reader, &mut pending)?;
        pending.truncate(filled);
        let sniffed = sniff(&pending, at_end);
        let other = match sniffed.encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16Le => Some(UTF_16LE),
            Encoding::Utf16Be => Some(UTF_16BE),
            Encoding::Windows1252 => Some(WINDOWS_1252),
        };
        Ok(Self {
            reader,
            sniffed,
            pending,
            at: sniffed.mark,
            at_end,
            bytes_read: filled as u64,
            other: other.map(encoding_rs::Encoding::new_decoder_without_bom_handling),
        })
    }

    pub(crate) fn sniffed(&self) -> Sniffed {
        self.sniffed
    }

    /// Bytes of the file read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Fills `out`: how many bytes, and whether the text ends with them. Of another encoding up to
    /// [`ROOM`] bytes may stay empty before the end.
    pub(crate) fn fill(&mut self, out: &mut [u8]) -> io::Result<(usize, bool)> {
        match self.other.take() {
            None => self.fill_unchanged(out),
            Some(mut decoder) => {
                let filled = self.fill_decoded(&mut decoder, out);
                self.other = Some(decoder);
                filled
            }
        }
    }

    fn fill_unchanged(&mut self, out: &mut [u8]) -> io::Result<(usize, bool)> {
        let pending = &self.pending[self.at..];
        let first = pending.len().min(out.len());
        out[..first].copy_from_slice(&pending[..first]);
        self.at += first;
        if first < out.len() && !self.at_end {
            let (filled, at_end) = fill(&mut self.reader, &mut out[first..])?;
            self.bytes_read += filled as u64;
            self.at_end = at_end;
            return Ok((first + filled, at_end));
        }
        Ok((first, self.at_end && self.at == self.pending.len()))
    }

    fn fill_decoded(
        &mut self,
        decoder: &mut encoding_rs::Decoder,
        out: &mut [u8],
    ) -> io::Result<(usize, bool)> {
        let mut filled = 0;
        while out.len() - filled >= ROOM {
            // One byte stays free for BROKEN.
            let room = filled..out.len() - 1;
            if self.at == self.pending.len() && !self.at_end {
                self.pending.resize(CHUNK, 0);
                let (read, at_end) = fill(&mut self.reader, &mut self.pending)?;
                self.pending.truncate(read);
                self.at = 0;
                self.at_end = at_end;
                self.bytes_read += read as u64;
            }
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(
                &self.pending[self.at..],
                &mut out[room],
                self.at_end,
            );
            self.at += read;
            filled += written;
            match result {
                DecoderResult::InputEmpty if self.at_end => return Ok((filled, true)),
                DecoderResult::InputEmpty => {}
                DecoderResult::OutputFull => break,
                DecoderResult::Malformed(..) => {
                    out[filled] = BROKEN;
                    filled += 1;
                }
            }
        }
        Ok((filled, false))
    }
}

/// How many bytes of the file this text was. Not exact for a character cut short by the file's end.
pub(crate) fn raw_length(encoding: Encoding, text: &[u8]) -> u64 {
    let count = |is: fn(u8) -> bool| text.iter().filter(|&&b| is(b)).count() as u64;
    // Characters begin with a byte that continues none; four bytes of UTF-8 are two units of UTF-16.
    let begins = |b: u8| b & 0xc0 != 0x80;
    match encoding {
        Encoding::Utf8 => text.len() as u64,
        Encoding::Windows1252 => count(begins),
        Encoding::Utf16Le | Encoding::Utf16Be => {
            2 * (count(begins) + count(|b| (0xf0..BROKEN).contains(&b)))
        }
    }
}

/// Reads until `out` is full or the file ends, so that nothing depends on how much one read gives.
fn fill<R: Read>(reader: &mut R, out: &mut [u8]) -> io::Result<(usize, bool)> {
    let mut filled = 0;
    while filled < out.len() {
        match reader.read(&mut out[filled..]) {
            Ok(0) => return Ok((filled, true)),
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((filled, false))
}

#[cfg(test)]
mod tests;
