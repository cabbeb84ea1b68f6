//! The definition against itself and against the reference, where that is at hand.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::collections::BTreeSet;
use std::path::Path;

use exports::{ColumnType, EXPORTS, Export};
use serde_json::Value;

const REFERENCE: &str = "../../../shared/reference/exports.json";

#[test]
fn the_definition_is_the_references() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(REFERENCE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {REFERENCE} is not here, nothing to compare the definition with");
        return;
    };
    let reference: Value = serde_json::from_str(&text).unwrap();
    let reference = reference["exports"].as_array().unwrap();
    assert_eq!(EXPORTS.len(), reference.len());
    for (export, theirs) in EXPORTS.iter().zip(reference) {
        assert_eq!(theirs["name"], export.name);
        assert_eq!(theirs["table"], export.table);
        assert_eq!(theirs["grain"], export.grain, "{}", export.table);
        assert_eq!(
            theirs["snapshot"].as_bool().unwrap_or(false),
            export.snapshot,
            "{}",
            export.table
        );
        let directory = theirs["directory"]
            .as_str()
            .map(|path| path.trim_start_matches("/export/"));
        assert_eq!(directory, export.directory);
        let key: Vec<&str> = theirs["key"]
            .as_array()
            .unwrap()
            .iter()
            .map(|h| h.as_str().unwrap())
            .collect();
        let ours: Vec<&str> = export
            .key
            .iter()
            .map(|name| export.column(name).unwrap().header)
            .collect();
        assert_eq!(key, ours, "{}", export.table);
        let columns: Vec<(&str, &str)> = theirs["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| {
                (
                    column["header"].as_str().unwrap(),
                    column["type"].as_str().unwrap(),
                )
            })
            // To a table an address is text.
            .map(|(header, kind)| (header, if kind == "url" { "string" } else { kind }))
            .collect();
        let ours: Vec<(&str, &str)> = export
            .columns
            .iter()
            .map(|column| (column.header, type_name(column.kind)))
            .collect();
        assert_eq!(columns, ours, "{}", export.table);
    }
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "string",
        ColumnType::Timestamp => "timestamp",
        ColumnType::TimeOfDay => "time_of_day",
        ColumnType::Seconds => "seconds",
        ColumnType::Count => "count",
        ColumnType::Score => "score",
        ColumnType::List => "list",
    }
}

#[test]
fn there_are_twelve_exports_with_189_columns_each_named_once() {
    assert_eq!(EXPORTS.len(), 12);
    assert_eq!(
        EXPORTS
            .iter()
            .map(|export| export.columns.len())
            .sum::<usize>(),
        189
    );
    for export in EXPORTS {
        let names: BTreeSet<String> = export
            .table_columns()
            .into_iter()
            .map(|column| column.name)
            .collect();
        assert_eq!(
            names.len(),
            export.table_columns().len(),
            "{}",
            export.table
        );
        assert!(!names.contains(exports::PARTITION), "{}", export.table);
        assert!(
            export.key.iter().all(|name| export.column(name).is_some()),
            "{}",
            export.table
        );
    }
}

#[test]
fn a_time_of_day_becomes_two_columns_and_every_table_ends_in_where_its_rows_come_from() {
    let columns = Export::by_table("response_times").unwrap().table_columns();
    let names: Vec<(&str, &str)> = columns
        .iter()
        .map(|column| (column.name.as_str(), column.kind.in_glue()))
        .collect();
    assert_eq!(
        names[7..11],
        [
            ("from_time_ms", "int"),
            ("from_at", "timestamp"),
            ("to_time_ms", "int"),
            ("to_at", "timestamp")
        ]
    );
    assert_eq!(
        names[names.len() - 7..],
        [
            ("export_file", "string"),
            ("export_line", "bigint"),
            ("window_from", "timestamp"),
            ("window_to", "timestamp"),
            ("exported_at", "timestamp"),
            ("doubtful_times", "map<string,string>"),
            ("unknown_columns", "map<string,string>"),
        ]
    );
}

#[test]
fn an_export_is_found_by_its_table_and_by_the_last_part_of_its_directory() {
    for export in EXPORTS {
        assert_eq!(Export::by_table(export.table), Some(export));
        if let Some(directory) = export.directory {
            for path in [
                directory.to_owned(),
                format!("/export/{directory}"),
                format!("{directory}/"),
            ] {
                assert_eq!(Export::by_directory(&path), Some(export), "{path}");
            }
        }
    }
    assert_eq!(Export::by_table("conversations"), None);
    assert_eq!(Export::by_directory("/export/message/old"), None);
    assert_eq!(Export::by_directory(""), None);
}

#[test]
fn a_column_is_found_by_its_name() {
    let users = Export::by_table("users").unwrap();
    assert_eq!(users.column("user_id").unwrap().header, "User ID");
    assert_eq!(users.column_index("user_id"), Some(1));
    assert!(users.is_key("user_id"));
    assert_eq!(users.column("team_id"), None);
    assert_eq!(users.column_index("team_id"), None);
    assert!(!users.is_key("created_at"));
}

#[test]
fn no_exports_name_ends_in_anothers() {
    // Names of files are read from the end, with nothing before the export's.
    let spelling = |export: &Export| export.name.to_lowercase().replace(' ', "");
    for one in EXPORTS {
        for other in EXPORTS.iter().filter(|other| *other != one) {
            let (one, other) = (spelling(one), spelling(other));
            assert!(
                !one.trim_end_matches('s')
                    .ends_with(other.trim_end_matches('s')),
                "{one} {other}"
            );
        }
    }
}
