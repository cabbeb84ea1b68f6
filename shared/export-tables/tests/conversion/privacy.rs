//! What the settings hide is nowhere in what is published.

use crate::tables::{Done, convert, file, list, settings, source, text};
use export_tables::{ConvertError, SettingsFault, Source, open};
use exports::{Settings, Treatment};
use hmac::{Hmac, KeyInit, Mac};

const KEY: &[u8] = b"a key of the operator's";

fn private(table: &str, treatments: &[(&str, Treatment)]) -> Settings {
    let mut settings = settings();
    let columns = &mut settings
        .exports
        .entry(table.to_owned())
        .or_default()
        .columns;
    for (name, treatment) in treatments {
        columns.insert((*name).to_owned(), *treatment);
    }
    settings
}

fn convert_with_key(file: &str, settings: &Settings) -> Done {
    let source = Source {
        hash_key: Some(KEY),
        ..source(settings)
    };
    convert(file.as_bytes(), source).unwrap()
}

fn hash(cell: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY).unwrap();
    mac.update(cell.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn holds(done: &Done, what: &str) -> bool {
    let is_in = |bytes: &[u8]| {
        bytes
            .windows(what.len())
            .any(|window| window == what.as_bytes())
    };
    is_in(&done.table) || done.rejects.as_deref().is_some_and(is_in)
}

#[test]
fn a_dropped_column_is_null_and_a_hashed_one_its_keyed_hash() {
    let settings = private(
        "messages",
        &[
            ("content", Treatment::Drop),
            ("contact_primary_identifier", Treatment::Hash),
            ("tag_names", Treatment::Hash),
            ("last_updated", Treatment::Drop),
        ],
    );
    let text_of = file(
        "messages",
        &[
            &[
                ("content", "my secret"),
                ("contact_primary_identifier", "contact-\"1\""),
                ("tag_ids", "0-1a;0-2b"),
                ("tag_names", "vip;legal"),
                ("last_updated", "not even a time"),
            ],
            &[("contact_primary_identifier", "contact-\"1\"")],
            &[],
        ],
    );
    let done = convert_with_key(&text_of, &settings);
    assert_eq!(done.report.rows, 3);
    assert_eq!(done.column("content"), [None, None, None]);
    assert_eq!(done.column("last_updated"), [None, None, None]);
    let hashed = text(&hash("contact-\"1\""));
    assert_eq!(
        done.column("contact_primary_identifier"),
        [hashed.clone(), hashed, None]
    );
    assert_eq!(
        done.column("tag_names")[0],
        list(&[&hash("vip"), &hash("legal")])
    );
    assert_eq!(done.column("tag_ids")[0], list(&["0-1a", "0-2b"]));
    for secret in ["my secret", "contact-", "vip", "legal", "not even"] {
        assert!(!holds(&done, secret), "{secret}");
    }
}

#[test]
fn names_are_split_by_identifiers_that_are_dropped() {
    let settings = private("messages", &[("tag_ids", Treatment::Drop)]);
    let text_of = file(
        "messages",
        &[&[("tag_ids", "0-1a;0-2b"), ("tag_names", "vip; bug, bad")]],
    );
    let done = convert_with_key(&text_of, &settings);
    assert_eq!(done.column("tag_ids"), [None]);
    assert_eq!(done.column("tag_names"), [list(&["vip", "bug, bad"])]);
    assert!(!holds(&done, "0-1a"));
}

#[test]
fn a_dropped_time_leaves_no_doubtful_text() {
    let mut settings = private("messages", &[("created_at", Treatment::Drop)]);
    settings.time_zone = chrono_tz::Tz::Europe__Brussels;
    let text_of = file("messages", &[&[("created_at", "2024-10-27 02:30:00")]]);
    let done = convert_with_key(&text_of, &settings);
    assert_eq!(done.column("doubtful_times"), [None]);
}

#[test]
fn unknown_columns_are_dropped_as_a_whole() {
    let settings = private("topics", &[("unknown_columns", Treatment::Drop)]);
    let text_of = "Topic ID,Topic Name,Medium,Channel,Phone\n0-1a,vip,sms,c-1,0123456789\n";
    let done = convert_with_key(text_of, &settings);
    assert_eq!(done.column("unknown_columns"), [None]);
    assert_eq!(done.report.drift.unknown, ["Phone"]);
    assert!(!holds(&done, "0123456789"));
}

#[test]
fn without_a_key_nothing_that_is_to_be_hashed_is_published() {
    let settings = private("messages", &[("content", Treatment::Hash)]);
    let text_of = file("messages", &[&[("content", "my secret")]]);
    let Err(error) = open(text_of.as_bytes(), source(&settings)) else {
        panic!("it was opened")
    };
    assert!(!error.is_the_files_fault());
    let expected = SettingsFault::NoHashKey {
        column: "content".to_owned(),
    };
    assert!(
        matches!(&error, ConvertError::Settings(fault) if *fault == expected),
        "{error}"
    );
}
