//! What holds for every file and every buffer.

use proptest::prelude::*;

use super::*;

#[test]
fn every_place_of_the_buffers_end_gives_the_same_records() {
    let text = "a,b\r\n1,\"line\r\n\r\nline \"\"quoted\"\"\"\r\né😀,\"\"\"é\"\"\"\r\n\r\n2,5\" tall\r\n\
                3\r\n\"4\",\"x\ny\"\r\n5,x\n\"6,x\r\n7,\"y\"\r\n8,\"z";
    let plain = format!("\u{feff}{text}").into_bytes();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for file in [plain, utf16] {
        let whole = found(&file, BUFFER);
        assert_eq!(whole.0.iter().filter(|row| row.cells.is_ok()).count(), 4);
        for buffer in 32..file.len() + 40 {
            assert_eq!(found(&file, buffer), whole, "a buffer of {buffer} bytes");
        }
    }
}

/// Text in which anything can go wrong. The mark before it makes it UTF-8.
fn trouble() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(&b"\""[..]),
        3 => Just(&b","[..]),
        3 => Just(&b"\n"[..]),
        2 => Just(&b"\r\n"[..]),
        1 => Just(&b"\r"[..]),
        1 => Just(&b"\"\""[..]),
        2 => Just(&b"\n1,x\n"[..]),
        2 => Just(&b"\",\""[..]),
        2 => Just(&b"a"[..]),
        1 => Just("é".as_bytes()),
        1 => Just(&b"\xff"[..]),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_byte_is_of_a_row_a_rejected_row_or_a_blank_line(rows in trouble(), crlf: bool) {
        let header: &[u8] = if crlf { b"\xef\xbb\xbfa,b\r\n" } else { b"\xef\xbb\xbfa,b\n" };
        let file = [header, &rows].concat();
        let (found, lines) = found(&file, BUFFER);
        let mut at = header.len();
        for row in &found {
            let start = row.offset as usize;
            let between = &file[at..start];
            prop_assert!(between.iter().all(|b| matches!(b, b'\r' | b'\n')), "{between:?} before {start}");
            let newlines = file[..start].iter().filter(|&&b| b == b'\n').count();
            prop_assert_eq!(row.line, newlines as u64 + 1);
            prop_assert!(row.length > 0);
            at = start + row.length as usize;
            let ends = at == file.len() || file[at - 1] == b'\n';
            prop_assert!(ends, "{at} is within a line");
        }
        prop_assert!(file[at..].iter().all(|b| matches!(b, b'\r' | b'\n')));
        let newlines = file.iter().filter(|&&b| b == b'\n').count();
        prop_assert_eq!(lines, newlines as u64 + u64::from(!file.ends_with(b"\n")));
    }

    #[test]
    fn a_row_is_what_a_strict_reader_makes_of_its_bytes(rows in trouble()) {
        let file = [&b"\xef\xbb\xbfa,b\n"[..], &rows].concat();
        for row in found(&file, BUFFER).0 {
            let Ok(cells) = row.cells else { continue };
            let start = row.offset as usize;
            let bytes = &file[start..start + row.length as usize];
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .terminator(csv::Terminator::Any(b'\n'))
                .from_reader(bytes);
            let read: Vec<_> = reader.byte_records().map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(read[0].iter().map(<[u8]>::to_vec).collect::<Vec<_>>(), cells);
        }
    }

    #[test]
    fn no_buffer_changes_what_is_found(rows in trouble(), buffer in 32_usize..100) {
        let file = [&b"\xef\xbb\xbfa,b\n"[..], &rows].concat();
        prop_assert_eq!(found(&file, buffer), found(&file, BUFFER));
    }
}
