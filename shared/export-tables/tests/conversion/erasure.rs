//! Somebody's rows taken out of files and of tables.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use bytes::Bytes;
use export_tables::erase::{
    Cut, Found, Mentions, find, reject_lines, rewrite_rejects, rewrite_table, rows_of, table_rows,
    without,
};
use exports::Export;
use proptest::prelude::*;

use crate::tables::{Done, Row, convert, converted, file, rows, settings, source};

const GONE: &str = "0-gone";

fn found(bytes: &[u8], lines: &BTreeSet<u64>) -> Found {
    find(bytes, None, lines, |whose| whose.contact == GONE).unwrap()
}

fn rest(bytes: &[u8], found: &Found, cuts: &[Cut]) -> Vec<u8> {
    let mut rest = Vec::new();
    without(bytes, found, cuts).read_to_end(&mut rest).unwrap();
    rest
}

fn messages() -> &'static Export {
    Export::by_table("messages").unwrap()
}

fn rewritten(table: &[u8]) -> Vec<u8> {
    let gone = |whose: &export_tables::erase::Whose, _| whose.contact == GONE;
    let bytes = Bytes::copy_from_slice(table);
    rewrite_table(bytes, Vec::new(), messages(), gone)
        .unwrap()
        .writer
}

fn message<'a>(id: &'a str, contact: &'a str, content: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("message_id", id),
        ("created_at", "2024-01-01 00:00:00.5"),
        ("contact_profile_id", contact),
        ("tag_ids", "0-t1;0-t2"),
        ("tag_names", "one;two"),
        ("content", content),
    ]
}

#[test]
fn a_file_without_a_contact_keeps_every_other_byte_and_every_line_number() {
    let rows = [
        message("m-1", "0-stays", "a \"quoted\"\nword"),
        message("m-2", GONE, "two\nlines, \"and\" a comma"),
        message("m-3", "0-stays", "last"),
    ];
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
    let text = file("messages", &rows);
    let found = found(text.as_bytes(), &BTreeSet::new());
    assert_eq!(found.cuts.len(), 1);
    let left = String::from_utf8(rest(text.as_bytes(), &found, &found.cuts)).unwrap();
    let (start, end) = (text.find("m-2").unwrap(), text.find("m-3").unwrap());
    assert_eq!(left, format!("{}\n\n{}", &text[..start], &text[end..]));
    assert_eq!(
        found.moved(end as u64, &found.cuts),
        left.find("m-3").unwrap() as u64
    );
    let lines: Vec<_> = converted(&left).column("export_line");
    assert_eq!(
        lines,
        [
            Some(crate::tables::Value::Int(2)),
            Some(crate::tables::Value::Int(6))
        ]
    );
}

#[test]
fn a_table_without_a_contact_is_written_as_it_was() {
    let mut many = Vec::new();
    let ids: Vec<String> = (0..3000).map(|n| format!("m-{n}")).collect();
    for (n, id) in ids.iter().enumerate() {
        many.push(message(
            id,
            if n % 3 == 0 { GONE } else { "0-stays" },
            "hello",
        ));
    }
    let all: Vec<&[(&str, &str)]> = many.iter().map(|row| &row[..]).collect();
    let before = converted(&file("messages", &all)).table;
    let after = rewritten(&before);
    let bytes = Bytes::copy_from_slice(&after);
    assert_eq!(table_rows(bytes.clone()).unwrap(), 2000);
    assert_eq!(rows_of(bytes, |whose, _| whose.contact == GONE).unwrap(), 0);
    let kept = |row: &Row| row["contact_profile_id"] != crate::tables::Value::Text(GONE.into());
    let expected: Vec<Row> = rows(&before).into_iter().filter(kept).collect();
    assert_eq!(rows(&after), expected);
    let described = |parquet: &[u8]| {
        let reader =
            parquet::file::reader::SerializedFileReader::new(Bytes::copy_from_slice(parquet))
                .unwrap();
        let metadata = parquet::file::reader::FileReader::metadata(&reader).clone();
        let columns = metadata.row_group(0).columns().iter();
        let columns: Vec<_> = columns
            .map(|column| {
                let encodings: BTreeSet<String> = column
                    .encodings()
                    .map(|encoding| encoding.to_string())
                    .collect();
                (column.compression(), encodings)
            })
            .collect();
        (format!("{:?}", metadata.file_metadata().schema()), columns)
    };
    assert_eq!(described(&after), described(&before));
    // Nobody's rows: the same bytes again.
    assert_eq!(rewritten(&after), after);
}

#[test]
fn a_table_that_is_left_without_rows_is_still_a_table() {
    let all = message("m-1", GONE, "hello");
    let after = rewritten(&converted(&file("messages", &[&all])).table);
    assert_eq!(table_rows(Bytes::from(after)).unwrap(), 0);
}

#[test]
fn rejects_that_stay_are_where_they_now_stand() {
    let rows = [
        message("m-1", GONE, "one"),
        message("m-2", "0-stays", "two"),
    ];
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
    let text = format!("{}m-3,too few\nm-4,{GONE}\n", file("messages", &rows));
    let done = converted(&text);
    let rejects = Bytes::from(done.rejects.clone().unwrap());
    let lines: BTreeSet<u64> = reject_lines(rejects.clone()).unwrap().into_iter().collect();
    assert_eq!(lines, BTreeSet::from([4, 5]));
    let found = found(text.as_bytes(), &lines);
    let mentions = Mentions::of([GONE])
        .unwrap()
        .places(text.as_bytes())
        .unwrap();
    let gone = found
        .rejects
        .iter()
        .map(|reject| reject.place)
        .filter(|place| {
            mentions
                .iter()
                .any(|at| (place.offset..place.offset + place.length).contains(at))
        });
    let mut cuts: Vec<Cut> = found.cuts.iter().copied().chain(gone).collect();
    cuts.sort_by_key(|cut| cut.offset);
    assert_eq!(cuts.len(), 2);
    let places = found.offsets.iter().map(|(line, offset)| {
        let is_cut = cuts.iter().any(|cut| cut.line == *line);
        (*line, (!is_cut).then(|| found.moved(*offset, &cuts)))
    });
    let places: BTreeMap<_, _> = places.collect();
    for _ in 0..2 {
        let (done, by_reason) = rewrite_rejects(rejects.clone(), Vec::new(), &places).unwrap();
        assert_eq!((done.rows, done.removed), (1, 1));
        assert_eq!(by_reason, BTreeMap::from([("too_few_cells".into(), 1)]));
        let again = converted(std::str::from_utf8(&rest(text.as_bytes(), &found, &cuts)).unwrap());
        assert_eq!(self::rows(&done.writer), again.rejects());
    }
}

#[test]
fn only_what_may_be_the_rest_of_a_torn_row_follows_it() {
    let row = message("m-1", "0-stays", "one");
    let good = file("messages", &[&row]);
    let text = format!("{good}few\nfew\n\"torn\nrest\nrest,of,it\nm-2");
    let text = format!("{text}{}few\n", good.split_once("m-1").unwrap().1);
    let found = found(text.as_bytes(), &BTreeSet::new());
    let follows: Vec<_> = found.rejects.iter().map(|reject| reject.follows).collect();
    assert_eq!(follows, [false, false, false, true, true, false]);
}

fn encoded(text: &str, encoding: usize) -> Vec<u8> {
    let units = || text.encode_utf16();
    match encoding {
        0 => text.as_bytes().to_vec(),
        1 => [0xff, 0xfe]
            .into_iter()
            .chain(units().flat_map(u16::to_le_bytes))
            .collect(),
        _ => [0xfe, 0xff]
            .into_iter()
            .chain(units().flat_map(u16::to_be_bytes))
            .collect(),
    }
}

fn done(bytes: &[u8]) -> Done {
    convert(bytes, source(&settings())).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Loading what is left of a file gives what is left of its table.
    #[test]
    fn what_is_left_of_a_file_loads_as_what_is_left_of_its_table(
        contents in proptest::collection::vec(("[a-zé😀 ,\"\n]{0,20}", 0..3_u8), 0..30),
        encoding in 0..3_usize,
        crlf: bool,
        unended: bool,
    ) {
        let mut text = file("messages", &[]);
        for (n, (content, kind)) in contents.iter().enumerate() {
            let id = format!("m-{n}");
            let row = message(&id, if *kind == 0 { GONE } else { "0-stays" }, content);
            if *kind == 2 {
                text.push_str("stray \" quote,1\n");
            }
            let one = file("messages", &[&row]);
            text.push_str(one.split_once('\n').unwrap().1);
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if unended {
            text = text.trim_end().to_owned();
        }
        let bytes = encoded(&text, encoding);
        let found = found(&bytes, &BTreeSet::new());
        let left = rest(&bytes, &found, &found.cuts);
        let (before, after) = (done(&bytes), done(&left));
        prop_assert_eq!(after.rows(), rows(&rewritten(&before.table)));
        let removed = contents.iter().filter(|(_, kind)| *kind == 0).count();
        prop_assert_eq!(found.cuts.len(), removed);
        prop_assert_eq!(after.report.rejected, before.report.rejected);
        prop_assert!(found.keeps_its_encoding(&bytes[..], &found.cuts).unwrap());
    }
}
