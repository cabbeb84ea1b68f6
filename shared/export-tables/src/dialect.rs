//! How a file writes its rows. Found from its first bytes, then kept for the whole file.

use serde::Serialize;

/// Bytes looked at to find the encoding.
pub(crate) const SNIFFED: usize = 64 * 1024;

/// Delimiters known, in the order in which they are tried.
pub(crate) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a file writes its rows. The quote is always `"`, doubled inside a quoted cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Dialect {
    /// How text is written as bytes.
    pub encoding: Encoding,
    /// Whether a byte order mark came first.
    pub byte_order_mark: bool,
    /// `,`, `;`, tab or `|`: the one with which the header line is an export's.
    pub delimiter: char,
    /// What ends a row.
    pub line_end: LineEnd,
}

/// How text is written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8, and with it ASCII.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, little-endian.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big-endian.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows-1252, and with it Latin 1. Every byte is a character, so it is taken only for what is not UTF-8.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What ends a row. Inside quotes either is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum LineEnd {
    /// `\n`
    #[serde(rename = "lf")]
    Lf,
    /// `\r\n`
    #[serde(rename = "crlf")]
    CrLf,
}

/// An encoding and how many bytes of byte order mark stand before the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sniffed {
    pub(crate) encoding: Encoding,
    pub(crate) mark: usize,
}

/// Finds the encoding from a file's first bytes. `whole`: there are no more.
pub(crate) fn sniff(first: &[u8], whole: bool) -> Sniffed {
    let marks: [(&[u8], Encoding); 3] = [
        (b"\xef\xbb\xbf", Encoding::Utf8),
        (b"\xff\xfe", Encoding::Utf16Le),
        (b"\xfe\xff", Encoding::Utf16Be),
    ];
    for (mark, encoding) in marks {
        if first.starts_with(mark) {
            let mark = mark.len();
            return Sniffed { encoding, mark };
        }
    }
    let encoding = without_mark(first, whole);
    Sniffed { encoding, mark: 0 }
}

fn without_mark(first: &[u8], whole: bool) -> Encoding {
    // A header line begins in ASCII, of which UTF-16 makes every second byte a NUL.
    let head = &first[..first.len().min(16) & !1];
    if head.len() >= 4 {
        let nul_at = |odd: usize| head.iter().skip(odd).step_by(2).all(|&b| b == 0);
        let text_at = |odd: usize| head.iter().skip(odd).step_by(2).all(|&b| b != 0);
        if text_at(0) && nul_at(1) {
            return Encoding::Utf16Le;
        }
        if nul_at(0) && text_at(1) {
            return Encoding::Utf16Be;
        }
    }
    // One broken byte among many good ones is a bad row of a UTF-8 file, not another encoding.
    let (good, broken) = beyond_ascii(first, whole);
    if broken <= good {
        Encoding::Utf8
    } else {
        Encoding::Windows1252
    }
}

/// Characters beyond ASCII that are good UTF-8, and places that are not UTF-8.
fn beyond_ascii(bytes: &[u8], whole: bool) -> (usize, usize) {
    let (mut good, mut broken) = (0, 0);
    let mut seen = 0;
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        seen += chunk.valid().len() + chunk.invalid().len();
        let is_cut = seen == bytes.len() && !whole && is_prefix(chunk.invalid());
        if !chunk.invalid().is_empty() && !is_cut {
            broken += 1;
        }
    }
    (good, broken)
}

/// Whether more bytes could make a character of these.
fn is_prefix(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests;
