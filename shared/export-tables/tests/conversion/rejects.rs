//! Rows that are not in the table are in the rejects, and nothing is in neither.

use std::error::Error;
use std::io::{self, Read, Write};

use crate::tables::{Value, convert, converted, exported_at, file, settings, source, text};
use export_tables::{ConvertError, open};
use proptest::prelude::*;

/// Topics with these lines behind the header.
fn topics(lines: &str) -> String {
    file("topics", &[]) + lines
}

#[test]
fn a_cell_that_its_column_cannot_hold_rejects_its_row_and_names_the_column() {
    for (table, column, cell, reason) in [
        ("messages", "last_updated", "not-a-date", "bad_timestamp"),
        (
            "messages",
            "created_at",
            "2024-02-30 00:00:00",
            "bad_timestamp",
        ),
        ("teams", "contacts_helped", "1,234", "bad_number"),
        ("teams", "avg_handle_time_s", "1,5", "bad_number"),
        ("resolved_conversations", "csat_score", "6", "bad_score"),
        ("response_times", "to", "noon", "bad_time_of_day"),
    ] {
        let done = converted(&file(table, &[&[], &[(column, cell)], &[]]));
        assert_eq!(
            (done.report.rows, done.report.rejected),
            (2, 1),
            "{table}.{column}"
        );
        assert_eq!(done.report.rejected_by_reason, [(reason, 1)].into());
        let reject = &done.rejects()[0];
        assert_eq!(reject["column_name"], text(column).unwrap());
        assert_eq!(reject["reason"], text(reason).unwrap());
        assert_eq!(reject["line"], Value::Int(3));
    }
}

#[test]
fn nothing_of_a_rejected_row_stays_in_the_table() {
    let rows = converted(&file(
        "resolved_conversations",
        &[
            &[
                ("conversation_id", "0-1a"),
                ("topic_ids", "0-1;0-2"),
                ("topic_names", "a;b"),
                ("resolved_at", "2024-01-01 00:00:00"),
            ],
            &[
                ("conversation_id", "0-2b"),
                ("topic_ids", "0-3;0-4"),
                ("topic_names", "c;d"),
                ("csat_score", "9"),
            ],
            &[
                ("conversation_id", "0-3c"),
                ("topic_ids", "0-5"),
                ("topic_names", "e"),
                ("csat_score", "1"),
            ],
        ],
    ))
    .rows();
    let ids: Vec<_> = rows
        .iter()
        .map(|row| row["conversation_id"].clone())
        .collect();
    assert_eq!(ids, [text("0-1a").unwrap(), text("0-3c").unwrap()]);
    assert_eq!(rows[1]["topic_names"], crate::tables::list(&["e"]).unwrap());
    assert_eq!(rows[1].get("resolved_at"), None);
}

#[test]
fn doubtful_times_unknown_cells_and_uneven_lists_of_a_rejected_row_are_not_the_next_rows() {
    let mut settings = settings();
    settings.time_zone = chrono_tz::Tz::Europe__Brussels;
    let cells: &[(&str, &str)] = &[
        ("created_at", "2024-10-27 02:30:00"),
        ("tag_ids", "0-1"),
        ("tag_names", "a;b"),
        ("last_updated", "x"),
    ];
    let text_of = file("messages", &[&[("tag_ids", "0-1;0-2")], cells, &[]]);
    let with_unknown = text_of.replacen("Message ID", "Region,Message ID", 1);
    let text_of = with_unknown.replace("\n,", "\nnorth,,");
    let done = convert(text_of.as_bytes(), source(&settings)).unwrap();
    assert_eq!((done.report.rows, done.report.rejected), (2, 1));
    assert_eq!(
        (done.report.doubtful_times, done.report.uneven_lists),
        (0, 0)
    );
    assert_eq!(done.column("doubtful_times"), [None, None]);
    let north = crate::tables::map(&[("Region", "north")]);
    assert_eq!(done.column("unknown_columns"), [north.clone(), north]);
}

#[test]
fn a_reject_says_where_the_row_is_and_never_what_is_in_it() {
    let head = topics("0-1a,billing,1,1,sms,c-1,c\n");
    let bad = "0-2b,secret words,1,1,sms,c-1\n";
    let done = converted(&format!("{head}{bad}0-3c,vip,1,1,sms,c-1,c\n"));
    let reject = &done.rejects()[0];
    assert_eq!(reject["export"], text("topics").unwrap());
    assert_eq!(reject["export_file"], text("file.csv").unwrap());
    assert_eq!(reject["line"], Value::Int(3));
    assert_eq!(reject["byte_offset"], Value::Int(head.len() as i64));
    assert_eq!(reject["byte_length"], Value::Int(bad.len() as i64));
    assert_eq!(reject.get("column_name"), None);
    assert_eq!(reject["reason"], text("too_few_cells").unwrap());
    let time = exported_at()
        .naive_utc()
        .format("%Y-%m-%dT%H:%M:%S%.f")
        .to_string();
    assert_eq!(reject["exported_at"], Value::Time(time));
    let bytes = done.rejects.unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"secret"));
}

#[test]
fn more_rejects_than_are_written_at_once_are_all_there() {
    let done = converted(&topics(&"x\n".repeat(10_001)));
    assert_eq!((done.report.rows, done.report.rejected), (0, 10_001));
    let rejects = done.rejects();
    assert_eq!(rejects.len(), 10_001);
    assert_eq!(rejects[10_000]["line"], Value::Int(10_002));
}

#[test]
fn the_rejects_are_not_opened_while_every_row_is_good() {
    let settings = settings();
    let text = topics("0-1a,billing,1,1,sms,c-1,c\n");
    let opened = open(text.as_bytes(), source(&settings)).unwrap();
    let rejects = || -> io::Result<Vec<u8>> { panic!("opened") };
    assert!(opened.run(Vec::new(), rejects).unwrap().rejects.is_none());
}

/// Takes so many bytes and then fails.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn many_topics() -> String {
    let lines: String = (0..300_000)
        .map(|n| format!("0-{n:x},name {n},1,1,sms,c-1,c\n"))
        .collect();
    topics(&lines)
}

#[test]
fn a_writer_that_fails_ends_the_conversion_and_not_the_files_chances() {
    let settings = settings();
    let text = many_topics();
    for room in [0, 10, 100_000] {
        let opened = open(text.as_bytes(), source(&settings)).unwrap();
        let result = opened.run(Full(room), || io::Result::Ok(Vec::new()));
        let error = result.err().unwrap();
        assert!(matches!(error, ConvertError::Write(_)), "{error}");
        assert!(!error.is_the_files_fault());
    }
    let opened = open(&b"Topic ID,Topic Name,Total Conversations,Total Current Conversations,Medium,Channel,Channel Display Name\nx\n"[..], source(&settings)).unwrap();
    let refused = || Err::<Vec<u8>, _>(io::ErrorKind::PermissionDenied.into());
    let error = opened.run(Vec::new(), refused).err().unwrap();
    assert!(matches!(error, ConvertError::Write(_)), "{error}");
}

#[test]
fn a_reader_that_fails_ends_the_conversion_without_a_whole_table() {
    struct Fails<'a>(&'a [u8]);
    impl Read for Fails<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            match self.0.read(out)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                read => Ok(read),
            }
        }
    }
    let settings = settings();
    let text = many_topics();
    let mut table = Vec::new();
    let opened = open(Fails(text.as_bytes()), source(&settings)).unwrap();
    let error = opened
        .run(&mut table, || io::Result::Ok(Vec::new()))
        .err()
        .unwrap();
    let ConvertError::Read(source) = &error else {
        panic!("{error}")
    };
    assert_eq!(source.kind(), io::ErrorKind::ConnectionReset);
    assert!(error.source().is_some());
    assert!(!table.ends_with(b"PAR1"));
}

proptest! {
    #[test]
    fn good_and_rejected_rows_are_all_rows(lines in proptest::collection::vec(0_usize..8, 0..40)) {
        let kinds = [
            ("0-1a,billing,1,1,sms,c-1,c\n", true),
            ("0-1a,\"two\nlines\",1,1,sms,c-1,c\n", true),
            (",,,,,,\n", true),
            ("0-1a,\"\"\"quoted\"\"\",1,1,sms,c-1,\"\"\n", true),
            ("0-1a,billing,1,1,sms\n", false),
            ("0-1a,billing,one,1,sms,c-1,c\n", false),
            ("0-1a,5\" tall,1,1,sms,c-1,c\n", false),
            ("0-1a,billing,1,1,sms,c-1,c,\n", false),
        ];
        let text: String = lines.iter().map(|&kind| kinds[kind].0).collect();
        let good = lines.iter().filter(|&&kind| kinds[kind].1).count();
        let file = topics(&text);
        let done = convert(file.as_bytes(), source(&settings())).unwrap();
        prop_assert_eq!(done.report.rows, good as u64);
        prop_assert_eq!(done.report.rejected, (lines.len() - good) as u64);
        prop_assert_eq!(done.rows().len(), good);
        prop_assert_eq!(done.rejects().len(), lines.len() - good);
        let by_reason: u64 = done.report.rejected_by_reason.values().sum();
        prop_assert_eq!(by_reason, done.report.rejected);
        prop_assert_eq!(done.report.lines, file.matches('\n').count() as u64);
    }
}
