//! Where a reader cuts the file changes nothing.

use std::io::{self, Read};

use crate::tables::{convert, file, settings, source, text};

/// Gives `first` bytes at once, then `then` at a time.
struct Cut<'a> {
    bytes: &'a [u8],
    first: usize,
    then: usize,
}

impl Read for Cut<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = if self.first > 0 {
            std::mem::take(&mut self.first)
        } else {
            self.then
        };
        let most = most.min(out.len());
        self.bytes.read(&mut out[..most])
    }
}

const TROUBLE: &str = "line\r\n\r\nline, \"quoted\" é😀\n";

/// A file with everything that a cut could spoil.
fn trouble() -> Vec<u8> {
    let mut text = file(
        "messages",
        &[
            &[("message_id", "0-1a"), ("content", TROUBLE)],
            &[
                ("message_id", "0-2b"),
                ("content", "\"\"\"\r\n\""),
                ("tag_ids", "0-1;0-2"),
                ("tag_names", "é;\n"),
            ],
            &[("message_id", "0-3c"), ("content", "plain")],
        ],
    )
    .replace("\n0-", "\r\n0-")
    .replace(",\n", ",\r\n");
    text.push_str("0-4d,5\" tall\r\n\r\n0-5e,\"open\r\n");
    format!("\u{feff}{text}").into_bytes()
}

#[test]
fn every_cut_of_a_small_file_gives_the_same_bytes() {
    let bytes = trouble();
    let settings = settings();
    let whole = convert(&bytes[..], source(&settings)).unwrap();
    assert_eq!(
        (whole.report.rows, whole.report.rejected),
        (3, 2),
        "{:?}",
        whole.report
    );
    assert_eq!(whole.column("content")[0], text(TROUBLE));
    for first in 1..=bytes.len() {
        for then in [1, 7, bytes.len()] {
            let cut = Cut {
                bytes: &bytes,
                first,
                then,
            };
            let done = convert(cut, source(&settings)).unwrap();
            assert!(done == whole, "cut after {first} bytes, then every {then}");
        }
    }
}

#[test]
fn every_place_of_the_trouble_around_the_end_of_a_buffer_gives_the_same_rows() {
    let trouble = trouble();
    let newline = trouble
        .windows(2)
        .position(|window| window == b"\r\n")
        .unwrap()
        + 2;
    let (header, rows) = trouble.split_at(newline);
    let settings = settings();
    let cells = ",".repeat(24);
    // What is read first to find the encoding, and what is held to find records.
    for end in [64 * 1024, 256 * 1024] {
        for before in 0..=rows.len() {
            let filled = end - before - header.len() - cells.len() - 2;
            let filler = format!("{}{cells}\r\n", "x".repeat(filled));
            let file = [header, filler.as_bytes(), rows].concat();
            let done = convert(&file[..], source(&settings)).unwrap();
            assert_eq!(
                (done.report.rows, done.report.rejected),
                (4, 2),
                "{before} before {end}"
            );
            let content = done.column("content");
            assert_eq!(
                content[1..3],
                [text(TROUBLE), text("\"\"\"\r\n\"")],
                "{before} before {end}"
            );
        }
    }
}
