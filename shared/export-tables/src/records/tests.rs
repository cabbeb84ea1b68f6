use super::*;

mod any_file;

/// A row or rejected row, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    line: u64,
    offset: u64,
    length: u64,
    /// The row's cells, or why it is none.
    cells: Result<Vec<Vec<u8>>, Reason>,
}

/// Everything in a file with a header, read through a buffer of `buffer` bytes; and how many lines.
fn found(file: &[u8], buffer: usize) -> (Vec<Found>, u64) {
    let mut records = Records::new(Decoder::new(file).unwrap(), buffer);
    let mut cells = Vec::new();
    let (_, extent) = records.peek_header(b',', &mut cells).unwrap().unwrap();
    records.pass_header(b',', cells.len(), extent);
    let mut found = Vec::new();
    loop {
        let (place, length, read) = match records.next(&mut cells).unwrap() {
            Next::End => return (found, records.lines()),
            Next::Row {
                place,
                record,
                length,
            } => {
                let mut scratch = Vec::new();
                let mut texts = Vec::new();
                for cell in &cells {
                    texts.push(cell.text(record, &mut scratch).to_vec());
                }
                (place, length, Ok(texts))
            }
            Next::Rejected {
                place,
                length,
                reason,
            } => (place, length, Err(reason)),
        };
        let Place { line, offset } = place;
        found.push(Found {
            line,
            offset,
            length,
            cells: read,
        });
    }
}

/// Of a file with two columns: each row's first cell, or why it is none, with its line.
fn read(rows: &str) -> Vec<(u64, Result<String, Reason>)> {
    let file = format!("a,b\n{rows}");
    let first = |cells: Vec<Vec<u8>>| String::from_utf8(cells[0].clone()).unwrap();
    let found = found(file.as_bytes(), BUFFER).0.into_iter();
    found.map(|row| (row.line, row.cells.map(first))).collect()
}

fn row(line: u64, first: &str) -> (u64, Result<String, Reason>) {
    (line, Ok(first.to_owned()))
}

#[test]
fn a_row_with_more_or_fewer_cells_than_the_header_is_rejected() {
    assert_eq!(
        read("1,x\n2\n3,x,y\n4,x\n"),
        [
            row(2, "1"),
            (3, Err(Reason::TooFewCells)),
            (4, Err(Reason::TooManyCells)),
            row(5, "4")
        ]
    );
}

#[test]
fn a_well_formed_row_of_several_lines_with_too_few_cells_is_rejected_once() {
    assert_eq!(
        read("\"1\n2,x\n3\"\n4,x\n"),
        [(2, Err(Reason::TooFewCells)), row(5, "4")]
    );
}

fn rejected(line: u64, reason: Reason) -> (u64, Result<String, Reason>) {
    (line, Err(reason))
}

#[test]
fn a_stray_quote_does_not_swallow_the_rows_behind_it() {
    // Opened on line 2, it is closed by the quote that opens on line 4: one cell, where two belong.
    assert_eq!(
        read("\"1,x\n2,y\n3,\"z\"\n4,x\n"),
        [
            rejected(2, Reason::StrayQuote),
            row(3, "2"),
            row(4, "3"),
            row(5, "4")
        ]
    );
    assert_eq!(
        read("1,x\n2\",y\n3,z\n"),
        [row(2, "1"), rejected(3, Reason::StrayQuote), row(4, "3")]
    );
}

#[test]
fn text_of_several_lines_with_a_stray_quote_is_rejected_whole_so_that_no_line_of_it_becomes_a_row()
{
    assert_eq!(
        read("1,\"she said \"no\"\n2,forged\n3,forged\"\n4,x\n"),
        [
            rejected(2, Reason::StrayQuote),
            row(3, "2"),
            rejected(4, Reason::StrayQuote),
            row(5, "4")
        ]
    );
    assert_eq!(
        read("1,\"a\n2,forged\n\"b\" c\"\n4,x\n"),
        [rejected(2, Reason::StrayQuote), row(5, "4")]
    );
}

#[test]
fn a_quote_that_is_never_closed_costs_one_line() {
    assert_eq!(
        read("1,x\n2,\"y\n3,z\n4,\"\"\n"),
        [
            row(2, "1"),
            rejected(3, Reason::UnclosedQuote),
            row(4, "3"),
            row(5, "4")
        ]
    );
    assert_eq!(read("1,\"x"), [rejected(2, Reason::UnclosedQuote)]);
}

#[test]
fn blank_lines_are_no_rows_and_count_as_lines() {
    assert_eq!(read("\n1,x\n\n\r\n2,x\n\n"), [row(3, "1"), row(6, "2")]);
    assert_eq!(read("\n\n"), []);
    assert_eq!(read(""), []);
}

#[test]
fn a_line_that_ends_otherwise_than_the_header_is_rejected() {
    assert_eq!(
        read("1,x\n2,x\r\n3,x\n"),
        [row(2, "1"), rejected(3, Reason::LineEnd), row(4, "3")]
    );
    let crlf = b"a,b\r\n1,x\r\n2,x\n3,x\r\n4,x\r";
    let reasons: Vec<_> = found(crlf, BUFFER)
        .0
        .into_iter()
        .map(|row| row.cells.err())
        .collect();
    assert_eq!(
        reasons,
        [None, Some(Reason::LineEnd), None, Some(Reason::LineEnd)]
    );
}

#[test]
fn bytes_that_are_no_text_reject_their_row_alone() {
    let file = b"a,b\n1,\xc3\xa9\xc3\xa9\n2,\xe9\n3,x\n";
    let reasons: Vec<_> = found(file, BUFFER)
        .0
        .into_iter()
        .map(|row| row.cells.err())
        .collect();
    assert_eq!(reasons, [None, Some(Reason::NotText), None]);
}

#[test]
fn a_record_may_be_as_long_as_the_longest_and_no_longer() {
    let longest = format!("1,{}\n", "x".repeat(MAX_RECORD - 3));
    let longer = format!("2,{}\n", "x".repeat(MAX_RECORD - 2));
    let much_longer = format!("3,{}\n", "x".repeat(3 * MAX_RECORD));
    let text = format!("{longest}{longer}{much_longer}4,x\n");
    assert_eq!(
        read(&text),
        [
            row(2, "1"),
            rejected(3, Reason::RecordTooLong),
            rejected(4, Reason::RecordTooLong),
            row(5, "4")
        ]
    );
    let rejected = &found(format!("a,b\n{text}").as_bytes(), BUFFER).0[2];
    assert_eq!(rejected.length, much_longer.len() as u64);
    assert_eq!(rejected.offset, (4 + longest.len() + longer.len()) as u64);
}

#[test]
fn a_last_record_that_is_too_long_is_no_row_either() {
    let longer = format!("1,{}", "x".repeat(MAX_RECORD));
    assert_eq!(read(&longer), [rejected(2, Reason::RecordTooLong)]);
    assert_eq!(read(&longer[..MAX_RECORD]), [row(2, "1")]);
}

#[test]
fn no_more_is_read_for_one_record_than_the_longest_needs() {
    let file = b"a,b\n1,\"x\n".chain(io::repeat(b'y').take(16 * MAX_RECORD as u64));
    let mut records = Records::new(Decoder::new(file).unwrap(), BUFFER);
    let mut cells = Vec::new();
    let (_, extent) = records.peek_header(b',', &mut cells).unwrap().unwrap();
    records.pass_header(b',', 2, extent);
    for (line, reason) in [(2, Reason::UnclosedQuote), (3, Reason::RecordTooLong)] {
        match records.next(&mut cells).unwrap() {
            Next::Rejected {
                place,
                reason: found,
                ..
            } => assert_eq!((place.line, found), (line, reason)),
            other => panic!("{other:?}"),
        }
        assert!(records.text.buffer.len() <= 2 * MAX_RECORD);
    }
}

#[test]
fn a_quote_that_is_open_for_longer_than_the_longest_record_costs_one_line() {
    let many = "2,x\n".repeat(MAX_RECORD / 4);
    let rows = read(&format!("1,\"x\n{many}3,\"y\"\n"));
    assert_eq!(rows[0], rejected(2, Reason::UnclosedQuote));
    assert_eq!(rows.len(), 1 + MAX_RECORD / 4 + 1);
    assert!(rows[1..].iter().all(|(_, row)| row.is_ok()));
}

#[test]
fn a_file_of_nothing_but_quotes_that_stay_open_is_looked_through_a_limited_number_of_times() {
    // Begun anywhere, the record goes on to the end of the file.
    let line = "x\"\"\",\"y\n";
    let lines = 20_000;
    let file = format!("a,b\n{}", line.repeat(lines));
    let mut records = Records::new(Decoder::new(file.as_bytes()).unwrap(), BUFFER);
    let mut cells = Vec::new();
    let (_, extent) = records.peek_header(b',', &mut cells).unwrap().unwrap();
    records.pass_header(b',', cells.len(), extent);
    let mut rejected = 0;
    while let Next::Rejected { length, reason, .. } = records.next(&mut cells).unwrap() {
        assert_eq!((length, reason), (line.len() as u64, Reason::UnclosedQuote));
        rejected += 1;
    }
    assert_eq!(rejected, lines);
    let deserved = VAIN + VAIN_FOR_PASSED * file.len() as u64;
    assert!(records.vain > VAIN, "it does look ahead: {}", records.vain);
    assert!(
        records.vain <= deserved + file.len() as u64,
        "{}",
        records.vain
    );
}

#[test]
fn a_record_of_one_line_is_read_however_much_was_looked_at_in_vain() {
    let bad = "x\"\"\",z,\"y\n".repeat(20_000);
    let file = format!("a,b\n{bad}1,\"good\"\n\"2\n\",x\n");
    let (found, _) = found(file.as_bytes(), BUFFER);
    let good = found.iter().filter(|row| row.cells.is_ok()).count();
    assert!(
        good >= 1 && found.len() >= 20_002,
        "{good} of {}",
        found.len()
    );
    assert_eq!(
        found[20_000].cells,
        Ok(vec![b"1".to_vec(), b"good".to_vec()])
    );
}

#[test]
fn a_place_is_in_the_file_as_it_is_in_every_encoding() {
    let text = "a,b\né😀,x\n\"\n€\",y\n\nbad\nz,é";
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(bytes)
            .collect()
    };
    let at = |file: &[u8], what: &[u8]| -> u64 {
        let mut places = file.windows(what.len()).enumerate();
        places.find(|(_, window)| *window == what).unwrap().0 as u64
    };
    let unit = |bytes: fn(u16) -> [u8; 2], text: &str| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    for (file, bad, last) in [
        (
            format!("\u{feff}{text}").into_bytes(),
            b"bad".to_vec(),
            b"z,".to_vec(),
        ),
        (
            utf16(u16::to_le_bytes),
            unit(u16::to_le_bytes, "bad"),
            unit(u16::to_le_bytes, "z,"),
        ),
        (
            utf16(u16::to_be_bytes),
            unit(u16::to_be_bytes, "bad"),
            unit(u16::to_be_bytes, "z,"),
        ),
    ] {
        let (found, lines) = found(&file, BUFFER);
        assert_eq!(
            found.iter().map(|row| row.line).collect::<Vec<_>>(),
            [2, 3, 6, 7]
        );
        assert_eq!(lines, 7);
        assert_eq!(found[2].offset, at(&file, &bad));
        assert_eq!(found[2].cells, Err(Reason::TooFewCells));
        assert_eq!(found[3].offset, at(&file, &last));
        assert_eq!(found[3].offset + found[3].length, file.len() as u64);
    }
}

#[test]
fn a_file_cut_within_a_character_ends_where_it_is_cut() {
    let mut file: Vec<u8> = "a,b\n1,x\n2,y"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    file.push(b'z');
    let last = found(&file, BUFFER).0.pop().unwrap();
    assert_eq!(last.cells, Err(Reason::NotText));
    assert_eq!(last.offset + last.length, file.len() as u64);
}

#[test]
fn a_failed_read_is_told_and_is_no_end() {
    struct Fails<'a>(&'a [u8]);
    impl Read for Fails<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            match self.0.read(out)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                read => Ok(read),
            }
        }
    }
    let file = format!("a,b\n{}", "1,x\n".repeat(100_000));
    let mut records = Records::new(Decoder::new(Fails(file.as_bytes())).unwrap(), BUFFER);
    let mut cells = Vec::new();
    let (_, extent) = records.peek_header(b',', &mut cells).unwrap().unwrap();
    records.pass_header(b',', 2, extent);
    let error = loop {
        match records.next(&mut cells) {
            Ok(next) => assert_ne!(next, Next::End),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}
