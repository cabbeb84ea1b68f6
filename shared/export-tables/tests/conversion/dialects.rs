//! Files written in every way are the same table.

use crate::tables::{convert, converted, file, settings, source, text};
use export_tables::{Encoding, FileFault, LineEnd, open};

fn messages() -> String {
    file(
        "messages",
        &[
            &[
                ("message_id", "0-1a"),
                ("content", "déjà vu, \"€ 10\"\r\n\nand more; or less|\tnot"),
                ("tag_ids", "0-1a"),
            ],
            &[("message_id", "0-2b"), ("content", "plain")],
        ],
    )
}

fn written(delimiter: u8, line_end: csv::Terminator) -> String {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(line_end)
        .from_writer(vec![]);
    let messages = messages();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(messages.as_bytes());
    for record in reader.records() {
        writer.write_record(&record.unwrap()).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn every_dialect_gives_the_same_rows() {
    let expected = converted(&messages()).rows();
    for (delimiter, line_end, name) in [
        (b',', csv::Terminator::Any(b'\n'), LineEnd::Lf),
        (b';', csv::Terminator::CRLF, LineEnd::CrLf),
        (b'\t', csv::Terminator::Any(b'\n'), LineEnd::Lf),
        (b'|', csv::Terminator::CRLF, LineEnd::CrLf),
    ] {
        let text = written(delimiter, line_end);
        let marked = format!("\u{feff}{text}");
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        let windows = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
        for (file, encoding, mark) in [
            (text.clone().into_bytes(), Encoding::Utf8, false),
            (marked.clone().into_bytes(), Encoding::Utf8, true),
            (utf16(&text, u16::to_le_bytes), Encoding::Utf16Le, false),
            (utf16(&marked, u16::to_le_bytes), Encoding::Utf16Le, true),
            (utf16(&text, u16::to_be_bytes), Encoding::Utf16Be, false),
            (utf16(&marked, u16::to_be_bytes), Encoding::Utf16Be, true),
            (windows, Encoding::Windows1252, false),
        ] {
            let done = convert(&file[..], source(&settings())).unwrap();
            let dialect = done.report.dialect;
            assert_eq!(dialect.encoding, encoding);
            assert_eq!(dialect.byte_order_mark, mark);
            assert_eq!(dialect.delimiter, char::from(delimiter));
            assert_eq!(dialect.line_end, name);
            assert_eq!(done.rows(), expected, "{dialect:?}");
            assert_eq!(done.report.bytes, file.len() as u64);
        }
    }
}

#[test]
fn a_header_in_quotes_is_read() {
    let text_of = messages();
    let (header, rows) = text_of.split_once('\n').unwrap();
    let quoted = format!("\"{}\"\n{rows}", header.replace(',', "\",\""));
    assert_eq!(converted(&quoted).rows(), converted(&messages()).rows());
}

#[test]
fn a_byte_that_is_no_utf_8_far_into_a_file_rejects_its_row_and_changes_no_other() {
    let mut bytes = file("topics", &[]).into_bytes();
    for n in 0..20_000 {
        bytes.extend_from_slice(format!("0-{n},détail,1,1,sms,c,c\n").as_bytes());
    }
    bytes.extend_from_slice(b"0-bad,d\xe9tail,1,1,sms,c,c\n0-last,d\xc3\xa9tail,1,1,sms,c,c\n");
    let done = convert(&bytes[..], source(&settings())).unwrap();
    assert_eq!((done.report.rows, done.report.rejected), (20_001, 1));
    assert_eq!(done.report.rejected_by_reason["not_utf8"], 1);
    assert!(
        done.column("topic_name")
            .iter()
            .all(|name| *name == text("détail"))
    );
}

#[test]
fn a_file_that_is_no_export_says_so_and_is_at_fault() {
    let fault = |file: &[u8]| {
        let settings = settings();
        let Err(error) = open(file, source(&settings)) else {
            panic!("it was opened")
        };
        assert!(error.is_the_files_fault());
        match error {
            export_tables::ConvertError::File(fault) => fault,
            other => panic!("{other}"),
        }
    };
    assert_eq!(fault(b""), FileFault::Empty);
    assert_eq!(fault(b"\xef\xbb\xbf"), FileFault::Empty);
    assert_eq!(fault(b"\r\n\n"), FileFault::Empty);
    assert_eq!(fault(b"Team ID,\"Team"), FileFault::NoHeader);
    assert_eq!(fault(b"Team \"ID\",Team\n"), FileFault::NoHeader);
    assert_eq!(fault(&vec![b'x'; 5 * 1024 * 1024]), FileFault::NoHeader);
    assert_eq!(
        fault(
            "é\u{e9}é"
                .repeat(9)
                .as_bytes()
                .iter()
                .copied()
                .chain(*b"\xff,b\n")
                .collect::<Vec<_>>()
                .as_slice()
        ),
        FileFault::HeaderNotText
    );
    let FileFault::Header(unknown) = fault(b"Team ID;Team Name;Who\n") else {
        panic!("another fault")
    };
    assert_eq!(unknown.nearest, Some("Teams"));
    assert!(unknown.to_string().contains("Who"), "{unknown}");
}
