//! Large files of another hand: the generator says what is in them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono_tz::Tz;
use export_tables::Source;
use exports::Export;
use serde::Deserialize;

use crate::tables::{Done, Row, Value, convert, settings, source};

const ROWS: u64 = 5000;

/// Of the next file.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// What the generator says of a file.
#[derive(Deserialize)]
struct Meta {
    rows: u64,
    bytes: u64,
    physical_lines: u64,
    text_column: String,
    text_chars: u64,
    nonempty: BTreeMap<String, u64>,
}

/// A file of the generator, removed in the end.
struct Generated {
    file: PathBuf,
    meta: Meta,
    /// By number of the row, the first is 1: what is wrong with it.
    bad: BTreeMap<u64, String>,
}

impl Generated {
    /// `None`: the generator is not here.
    fn new(kind: &str, options: &[&str]) -> Option<Self> {
        let generator =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/bench/gen_exports.py");
        if !generator.exists() {
            eprintln!(
                "skipped: the generator of export files is not here ({})",
                generator.display()
            );
            return None;
        }
        // Two tests may want the same at the same time.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}-{kind}.csv", std::process::id());
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let output = Command::new("python3")
            .arg(generator)
            .args([
                "--type",
                kind,
                "--rows",
                &ROWS.to_string(),
                "--seed",
                "42",
                "--out",
            ])
            .arg(&file)
            .args(options)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let meta = fs::read(beside(&file, "meta")).unwrap();
        let bad = fs::read(beside(&file, "bad")).unwrap_or_else(|_| b"{}".to_vec());
        Some(Self {
            meta: serde_json::from_slice(&meta).unwrap(),
            bad: serde_json::from_slice(&bad).unwrap(),
            file,
        })
    }

    fn converted(&self) -> Done {
        let settings = settings();
        let source = Source {
            time_zone: Some(Tz::UTC),
            ..source(&settings)
        };
        convert(File::open(&self.file).unwrap(), source).unwrap()
    }
}

impl Drop for Generated {
    fn drop(&mut self) {
        let files = [
            self.file.clone(),
            beside(&self.file, "meta"),
            beside(&self.file, "bad"),
        ];
        for file in files {
            let _ = fs::remove_file(file);
        }
    }
}

fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{what}.json"));
    name.into()
}

/// Code points of a text column.
fn characters(rows: &[Row], column: &str) -> u64 {
    let texts = rows.iter().filter_map(|row| row.get(column));
    texts
        .map(|text| match text {
            Value::Text(text) => text.chars().count() as u64,
            other => panic!("{other:?}"),
        })
        .sum()
}

fn name<'a>(export: &'a Export, header: &str) -> &'a str {
    export
        .columns
        .iter()
        .find(|column| column.header == header)
        .unwrap()
        .name
}

fn every_cell_is_there(kind: &str, table: &str, options: &[&str]) {
    let Some(generated) = Generated::new(kind, options) else {
        return;
    };
    let (done, meta) = (generated.converted(), &generated.meta);
    let export = Export::by_table(table).unwrap();
    assert!(done.report.drift.is_empty(), "{:?}", done.report.drift);
    assert_eq!((done.report.rows, done.report.rejected), (meta.rows, 0));
    assert_eq!(done.report.lines, meta.physical_lines);
    assert_eq!(done.report.bytes, meta.bytes);
    assert_eq!(done.report.uneven_lists, 0);
    let rows = done.rows();
    assert_eq!(rows.len() as u64, meta.rows);
    for (header, expected) in &meta.nonempty {
        let column = name(export, header);
        let found = rows.iter().filter(|row| row.contains_key(column)).count();
        assert_eq!(found as u64, *expected, "{column}");
    }
    assert_eq!(
        characters(&rows, name(export, &meta.text_column)),
        meta.text_chars
    );
}

#[test]
fn every_cell_of_the_messages_is_there() {
    for options in [&[][..], &["--bom"], &["--crlf"]] {
        every_cell_is_there("messages", "messages", options);
    }
}

#[test]
fn every_cell_of_the_resolved_conversations_is_there() {
    for options in [&[][..], &["--bom"], &["--crlf"]] {
        every_cell_is_there("resolved-conversation", "resolved_conversations", options);
    }
}

/// Where each record begins that a lenient reader finds, by its number; the header is 0.
fn lines(file: &Path) -> Vec<u64> {
    let mut reader = csv::ReaderBuilder::new();
    // At CRLF it would tell a line's end one line early.
    reader
        .terminator(csv::Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true);
    let mut reader = reader.from_path(file).unwrap();
    let records = reader.byte_records().map(Result::unwrap);
    records
        .map(|record| record.position().unwrap().line())
        .collect()
}

fn the_bad_rows_are_rejected_and_the_rest_is_loaded(kind: &str) {
    let Some(good) = Generated::new(kind, &[]) else {
        return;
    };
    // Rows without their lines, which the bad ones move.
    let good = without_lines(good.converted().rows());
    for options in [&["--bad", "8"][..], &["--bad", "8", "--bom", "--crlf"]] {
        let generated = Generated::new(kind, options).unwrap();
        let done = generated.converted();
        assert_eq!(generated.bad.len(), 8);
        assert_eq!((done.report.rows, done.report.rejected), (ROWS - 8, 8));
        assert_eq!(found_bad(&done), announced_bad(&generated));
        let expected = good.iter().zip(1..);
        let expected = expected.filter(|(_, number)| !generated.bad.contains_key(number));
        assert!(
            without_lines(done.rows())
                .iter()
                .eq(expected.map(|(row, _)| row))
        );
    }
}

fn without_lines(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        row.remove("export_line");
    }
    rows
}

/// The lines of the rejected rows, and why they are.
fn found_bad(done: &Done) -> Vec<(Value, Value)> {
    let rejects = done.rejects().into_iter();
    rejects
        .map(|row| (row["line"].clone(), row["reason"].clone()))
        .collect()
}

fn announced_bad(generated: &Generated) -> Vec<(Value, Value)> {
    let lines = lines(&generated.file);
    let bad = generated.bad.iter();
    bad.map(|(row, kind)| {
        let reason = match kind.as_str() {
            "short" => "too_few_cells",
            "long" => "too_many_cells",
            "timestamp" => "bad_timestamp",
            "stray_quote" => "stray_quote",
            other => panic!("{other}"),
        };
        let line = lines[usize::try_from(*row).unwrap()];
        (
            Value::Int(i64::try_from(line).unwrap()),
            Value::Text(reason.to_owned()),
        )
    })
    .collect()
}

#[test]
fn of_the_messages_the_bad_rows_are_rejected_and_the_rest_is_loaded() {
    the_bad_rows_are_rejected_and_the_rest_is_loaded("messages");
}

#[test]
fn of_the_resolved_conversations_the_bad_rows_are_rejected_and_the_rest_is_loaded() {
    the_bad_rows_are_rejected_and_the_rest_is_loaded("resolved-conversation");
}
