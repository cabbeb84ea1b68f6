//! Which export a header line is.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use exports::{Drift, EXPORTS, Export, recognise};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn export(table: &str) -> &'static Export {
    Export::by_table(table).unwrap()
}

fn headers(export: &Export) -> Vec<&'static str> {
    export.columns.iter().map(|column| column.header).collect()
}

/// Ways in which the vendor's pages and common tools write the same header.
fn variants(header: &str) -> Vec<String> {
    let mut variants = vec![
        header.to_owned(),
        header.to_uppercase(),
        header.to_lowercase(),
        header.replace(' ', "  "),
        format!(" {header} "),
        header.replace(" (Date / Time)", ""),
        header.replace("Avg.", "Average"),
        header.replace("Avg.", "Avg"),
        header.replace("Resolved ", "Resolve "),
        header.replace("Resolve ", "Resolved "),
        header.replace("identifier", "Identifier"),
        header.replace("Contact Primary", "Primary"),
    ];
    if header.ends_with(" at") || header.ends_with(" At") {
        variants.push(format!("{header} (Date / Time)"));
    }
    variants
}

fn any_export() -> impl Strategy<Value = &'static Export> {
    (0..EXPORTS.len()).prop_map(|index| &EXPORTS[index])
}

#[test]
fn the_vendors_own_headers_are_recognised_without_drift_hinted_or_not() {
    for export in EXPORTS {
        let cells = headers(export);
        for hint in [None, Some(export)] {
            let found = recognise(&cells, hint).unwrap();
            assert_eq!(found.export.table, export.table);
            assert!(
                found.drift.is_empty(),
                "{}: {:?}",
                export.table,
                found.drift
            );
            let order: Vec<Option<usize>> = (0..cells.len()).map(Some).collect();
            assert_eq!(found.columns, order);
        }
    }
}

#[test]
fn the_vendors_own_headers_are_recognised_under_every_other_name() {
    for export in EXPORTS {
        for hint in EXPORTS.iter().filter(|hint| *hint != export) {
            // Every column of Open is one of Resolved: there the directory decides.
            if (export.table, hint.table) == ("open_conversations", "resolved_conversations") {
                continue;
            }
            let found = recognise(&headers(export), Some(hint)).unwrap();
            assert_eq!(found.export.table, export.table, "named {}", hint.table);
            assert_eq!(found.drift.named_otherwise, Some(hint.table));
        }
    }
}

#[test]
fn open_conversations_in_the_directory_of_resolved_ones_stay_there_and_miss_columns() {
    let found = recognise(
        &headers(export("open_conversations")),
        Some(export("resolved_conversations")),
    )
    .unwrap();
    assert_eq!(found.export.table, "resolved_conversations");
    assert_eq!(found.drift.missing.len(), 7);
    assert_eq!(found.drift.named_otherwise, None);
}

#[test]
fn resolved_conversations_without_surveys_are_not_taken_for_open_ones() {
    let cells: Vec<&str> = headers(export("resolved_conversations"))
        .into_iter()
        .filter(|header| !header.starts_with("CSAT"))
        .collect();
    assert_eq!(
        recognise(&cells, None).unwrap().export.table,
        "resolved_conversations"
    );
}

#[test]
fn a_new_column_of_open_conversations_does_not_make_them_resolved_ones() {
    let mut cells = headers(export("open_conversations"));
    cells.extend(["CSAT Score", "Priority"]);
    let found = recognise(&cells, Some(export("open_conversations"))).unwrap();
    assert_eq!(found.export.table, "open_conversations");
    assert_eq!(found.drift.unknown, ["CSAT Score", "Priority"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_spelling_in_any_order_is_recognised_and_reported(
        (export, cells) in any_export().prop_flat_map(|export| {
            let cells: Vec<_> = export.columns.iter().enumerate()
                .map(|(index, column)| (Just(index), select(variants(column.header)))).collect();
            (Just(export), cells.prop_shuffle())
        }),
    ) {
        let written: Vec<&str> = cells.iter().map(|(_, cell)| cell.as_str()).collect();
        let found = recognise(&written, None).unwrap();
        prop_assert_eq!(found.export.table, export.table);
        let order: Vec<Option<usize>> = cells.iter().map(|(index, _)| Some(*index)).collect();
        prop_assert_eq!(found.columns, order);
        let renamed: Vec<(String, &str)> = cells.iter()
            .map(|(index, cell)| (cell.clone(), export.columns[*index].header))
            .filter(|(cell, header)| cell.trim() != *header)
            .collect();
        prop_assert_eq!(found.drift, Drift { renamed, ..Drift::default() });
    }

    #[test]
    fn missing_and_unknown_columns_are_reported_and_the_rest_is_placed(
        (export, kept) in any_export().prop_flat_map(|export| {
            let rest: Vec<usize> = (0..export.columns.len())
                .filter(|index| !export.is_key(export.columns[*index].name)).collect();
            let most = rest.len();
            (Just(export), subsequence(rest, most / 2 + 1..=most))
        }),
        extra in 0..40_usize,
    ) {
        let mut cells: Vec<String> = export.columns.iter().enumerate()
            .filter(|(index, column)| export.is_key(column.name) || kept.contains(index))
            .map(|(_, column)| column.header.to_owned()).collect();
        let known = cells.len();
        cells.extend((0..extra).map(|number| format!("Metadata {number}")));
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let found = recognise(&cells, Some(export)).unwrap();
        prop_assert_eq!(found.export.table, export.table);
        prop_assert_eq!(found.drift.unknown.len(), extra);
        prop_assert_eq!(found.drift.missing.len() + known, export.columns.len());
        prop_assert!(found.columns[..known].iter().all(Option::is_some));
        prop_assert!(found.columns[known..].iter().all(Option::is_none));
    }

    #[test]
    fn nothing_is_found_in_a_row_of_data_and_nothing_of_it_is_shown(
        cells in proptest::collection::vec("[a-z]{0,3}q[a-z]{1,20}", 0..40),
    ) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let error = recognise(&cells, None).unwrap_err();
        prop_assert_eq!(error.nearest, None);
        let text = format!("{error} {error:?}");
        prop_assert!(cells.iter().filter(|cell| cell.len() > 6).all(|cell| !text.contains(cell)));
    }
}

#[test]
fn no_export_has_two_headers_that_are_read_as_the_same() {
    for export in EXPORTS {
        for header in headers(export) {
            let found = recognise(&headers(export), None).unwrap();
            assert!(
                found.drift.repeated.is_empty(),
                "{}: {header}",
                export.table
            );
        }
    }
}

#[test]
fn a_byte_order_mark_is_no_other_name() {
    let mut cells = headers(export("messages"));
    cells[0] = "\u{feff}Message ID";
    let found = recognise(&cells, None).unwrap();
    assert_eq!(found.columns[0], Some(0));
    assert!(found.drift.is_empty());
}

#[test]
fn a_column_that_comes_twice_counts_once() {
    let mut cells = headers(export("tags"));
    cells.push("TAG ID");
    let found = recognise(&cells, None).unwrap();
    assert_eq!(found.columns.last().unwrap(), &None);
    assert_eq!(found.drift.repeated, ["TAG ID"]);
    assert!(found.drift.unknown.is_empty());
}

#[test]
fn a_missing_key_is_refused_by_name_and_the_unexpected_is_shown_cut() {
    let long = "Reference ".repeat(20);
    let mut cells = headers(export("messages"));
    cells[0] = &long;
    let error = recognise(&cells, Some(export("messages"))).unwrap_err();
    assert_eq!(error.nearest, Some("Messages"));
    assert_eq!(error.missing_keys, ["Message ID"]);
    assert_eq!(error.unexpected.len(), 1);
    assert_eq!(error.unexpected[0].chars().count(), 60);
    let text = error.to_string();
    assert!(
        text.contains("Messages") && text.contains("missing and needed: \"Message ID\""),
        "{text}"
    );
}

#[test]
fn a_line_of_mostly_unknown_cells_is_refused_without_showing_them() {
    let cells = ["Medium", "secret-1", "secret-2", "secret-3"];
    let error = recognise(&cells, None).unwrap_err();
    assert_eq!((error.cells, error.known), (4, 1));
    assert!(!format!("{error}{error:?}").contains("secret"));
}

#[test]
fn too_few_columns_are_not_guessed_at() {
    for cells in [
        &["Conversation ID", "Medium", "Channel"][..],
        // With the key and nearest, and still not half of the columns.
        &["Conversation ID", "Resolved By", "Language"],
        &["Contact Profile ID", "Medium", "Number of Conversations"],
        &["Contact Profile ID"],
        &[""],
        &[],
    ] {
        for hint in [None, Some(export("contacts"))] {
            let error = recognise(cells, hint).unwrap_err();
            assert_eq!(error.cells, cells.len());
        }
    }
}

#[test]
fn columns_of_contacts_and_of_their_attributes_are_told_apart() {
    let contacts = recognise(
        &headers(export("contacts")),
        Some(export("contact_attributes")),
    )
    .unwrap();
    assert_eq!(contacts.export.table, "contacts");
    let attributes = recognise(
        &headers(export("contact_attributes")),
        Some(export("contacts")),
    )
    .unwrap();
    assert_eq!(attributes.export.table, "contact_attributes");
}

#[test]
fn messages_without_their_key_are_not_taken_for_contacts_even_in_that_directory() {
    let cells = &headers(export("messages"))[1..];
    for hint in [None, Some(export("contacts"))] {
        let error = recognise(cells, hint).unwrap_err();
        assert_eq!(error.missing_keys, ["Message ID"]);
    }
}

#[test]
fn drifted_messages_named_contacts_are_messages() {
    let mut cells = headers(export("messages"));
    cells.push("Campaign");
    let found = recognise(&cells, Some(export("contacts"))).unwrap();
    assert_eq!(found.export.table, "messages");
    assert_eq!(found.drift.named_otherwise, Some("contacts"));
    assert_eq!(found.drift.unknown, ["Campaign"]);
}
