//! Texts in bytes of which nobody knows what they are: whole words, in whatever encoding an export has.

use std::io::{self, Read};

use aho_corasick::{AhoCorasick, MatchKind};
use encoding_rs::WINDOWS_1252;

/// Bytes looked at at once.
const WINDOW: usize = 1024 * 1024;

/// Looks for some texts.
pub struct Mentions {
    finder: Option<AhoCorasick>,
    longest: usize,
}

impl Mentions {
    /// Of texts that must not be empty. Case does not count, in ASCII.
    ///
    /// `None`: they are too many to look for at once.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            // A quote in a quoted cell is written twice.
            let doubled = text.replace('"', "\"\"");
            for text in [text, &doubled] {
                let units: Vec<u16> = text.encode_utf16().collect();
                needles.push(text.as_bytes().to_vec());
                needles.push(units.iter().flat_map(|unit| unit.to_le_bytes()).collect());
                needles.push(units.iter().flat_map(|unit| unit.to_be_bytes()).collect());
                if let (bytes, _, false) = WINDOWS_1252.encode(text) {
                    needles.push(bytes.into_owned());
                }
            }
        }
        needles.sort();
        needles.dedup();
        let longest = needles.iter().map(Vec::len).max().unwrap_or_default();
        let finder = match needles.is_empty() {
            true => None,
            false => Some(
                AhoCorasick::builder()
                    .ascii_case_insensitive(true)
                    .match_kind(MatchKind::Standard)
                    .build(needles)
                    .ok()?,
            ),
        };
        Some(Self { finder, longest })
    }

    /// Where in the bytes a text begins, in order of the texts' ends, one after another.
    ///
    /// # Errors
    /// Reading failed.
    pub fn places(&self, mut reader: impl Read) -> io::Result<Vec<u64>> {
        let mut places = Vec::new();
        let Some(finder) = &self.finder else {
            return Ok(places);
        };
        // What may be the start of a text at the window's end is looked at again with what follows. A
        // character before and behind tell whether it is a whole word; in UTF-16 they are two bytes.
        let kept = self.longest + 4;
        let mut window: Vec<u8> = Vec::new();
        let mut start = 0;
        let mut judged = 0;
        loop {
            let filled = window.len();
            (&mut reader).take(WINDOW as u64).read_to_end(&mut window)?;
            let at_end = window.len() == filled;
            for found in finder.find_overlapping_iter(&window) {
                let is_cut = !at_end && found.end() + 2 > window.len();
                let at = start + found.start() as u64;
                let end = start + found.end() as u64;
                if !is_cut && end > judged && is_word(&window, found.start(), found.end()) {
                    places.push(at);
                }
            }
            let sure = if at_end { 0 } else { 2 };
            judged = judged.max(start + window.len().saturating_sub(sure) as u64);
            if at_end {
                return Ok(places);
            }
            let done = window.len().saturating_sub(kept);
            window.drain(..done);
            start += done as u64;
        }
    }
}

/// Whether a text stands for itself: `12` is not mentioned in `2128`.
fn is_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let plain = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
    // In UTF-16 one byte of a plain character is NUL.
    let before = match bytes[..start] {
        [.., before, 0] => plain(Some(&before)),
        [.., before] => plain(Some(&before)),
        [] => false,
    };
    let after = match bytes[end..] {
        [0, after, ..] => plain(Some(&after)),
        [after, ..] => plain(Some(&after)),
        [] => false,
    };
    !before && !after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(texts: &[&str], bytes: &[u8]) -> Vec<u64> {
        Mentions::of(texts.iter().copied())
            .unwrap()
            .places(bytes)
            .unwrap()
    }

    #[test]
    fn a_text_is_found_as_a_word_whatever_its_case() {
        let bytes = b"x,A@Example.com,\"12\",1234;12\n";
        assert_eq!(places(&["a@example.com"], bytes), [2]);
        assert_eq!(places(&["12"], bytes), [17, 26]);
        assert!(places(&[""], bytes).is_empty());
        assert!(places(&["absent"], bytes).is_empty());
    }

    #[test]
    fn a_text_is_found_in_every_encoding_of_an_export() {
        let text = "id,né \"n\",x";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(places(&["né \"n\""], text.as_bytes()), [3]);
        assert_eq!(places(&["né \"n\""], b"id,\"n\xe9 \"\"n\"\"\",x"), [4]);
        // One byte off, it is the same text in the other order of bytes.
        assert_eq!(places(&["né \"n\""], &le), [5, 6]);
        assert!(places(&["né \"n\""], &be).contains(&6));
        assert!(places(&["d"], &le).is_empty(), "part of id");
    }

    #[test]
    fn a_text_across_two_windows_is_found_once() {
        for shift in 0..24 {
            let mut bytes = vec![b' '; 2 * WINDOW + 100];
            let at = WINDOW - shift;
            bytes[at..at + 10].copy_from_slice(b"contact-42");
            assert_eq!(places(&["contact-42"], &bytes), [at as u64], "{shift}");
        }
    }
}
