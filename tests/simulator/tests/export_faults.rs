//! What can be made to be wrong with exports.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use support::exporting::{Exporting, sha256};

#[tokio::test]
async fn a_half_written_file_is_completed_when_asked_or_after_a_time() {
    let exporting = Exporting::start().await;
    exporting.handed_over("Hello").await;
    let half = json!({"faults": ["half_written"]});
    let file = exporting.one("messages", half.clone()).await;
    let part = exporting.bytes(&file);
    assert_eq!(file["written"], part.len());
    let (part_length, all) = (part.len() as u64, file["bytes"].as_u64().unwrap());
    assert!(part_length <= all / 2 && part_length > all / 4);
    assert_ne!(part.last(), Some(&b'\n'));

    let finish = exporting.sim.post("/sim/exports/finish", json!({})).await;
    assert_eq!(finish.0, 200);
    assert_eq!(finish.1["files"][0]["written"], all);
    let whole = exporting.bytes(&file);
    assert_eq!(file["sha256"], sha256(&whole));
    assert!(whole.starts_with(&part));
    let again = exporting.sim.post("/sim/exports/finish", json!({})).await;
    assert_eq!(again.1, json!({"files": []}));

    let order = json!({"faults": ["half_written"], "complete_after_ms": 20});
    let file = exporting.one("messages", order).await;
    whole_in_the_end(&exporting, &file).await;
}

/// Waits until a file is whole. Whatever is there before is the beginning of it.
async fn whole_in_the_end(exporting: &Exporting, file: &Value) {
    let mut seen = Vec::new();
    for _ in 0..1000 {
        let bytes = exporting.bytes(file);
        if file["bytes"] == bytes.len() {
            assert_eq!(file["sha256"], sha256(&bytes));
            assert!(seen.iter().all(|part: &Vec<u8>| bytes.starts_with(part)));
            return;
        }
        seen.push(bytes);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{file} is still not whole");
}

#[tokio::test]
async fn a_growing_file_begins_small_and_becomes_whole() {
    let exporting = Exporting::start().await;
    exporting.handed_over("Hello").await;
    let order = json!({"faults": ["growing"], "grow_ms": 200});
    let file = exporting.one("messages", order).await;
    assert!(file["written"].as_u64().unwrap() <= file["bytes"].as_u64().unwrap() / 10);
    whole_in_the_end(&exporting, &file).await;

    let order = json!({"faults": ["growing"], "grow_ms": 600_000});
    let file = exporting.one("messages", order).await;
    exporting.sim.post("/sim/exports/finish", json!({})).await;
    assert_eq!(file["sha256"], sha256(&exporting.bytes(&file)));
}

#[tokio::test]
async fn a_byte_order_mark_and_other_line_ends_change_nothing_else() {
    let exporting = Exporting::start().await;
    exporting.handed_over("Hello").await;
    let plain = exporting.one("messages", json!({})).await;
    let plain = exporting.bytes(&plain);
    let order = json!({"faults": ["bom", "crlf"]});
    let other = exporting.one("messages", order).await;
    let other = exporting.bytes(&other);
    let other = other.strip_prefix("\u{feff}".as_bytes()).unwrap();
    let text = String::from_utf8(other.to_vec()).unwrap();
    assert_eq!(text.matches("\r\n").count(), text.matches('\n').count());
    assert_eq!(text.replace("\r\n", "\n").into_bytes(), plain);
}

#[tokio::test]
async fn renamed_headers_are_those_seen_to_drift_and_every_export_has_one() {
    let exporting = Exporting::start().await;
    let plain = exporting.export(json!({})).await;
    let drifted = exporting
        .export(json!({"faults": ["renamed_headers"]}))
        .await;
    let mut renamed = BTreeMap::new();
    for index in 0..12 {
        let before = exporting.sheet(&plain["files"][index]).headers;
        let after = exporting.sheet(&drifted["files"][index]).headers;
        assert_eq!(before.len(), after.len());
        assert_ne!(before, after);
        let pairs = before.into_iter().zip(after);
        renamed.extend(pairs.filter(|(before, after)| before != after));
    }
    for (before, after) in [
        ("Created at (Date / Time)", "Created at"),
        ("Contact Primary identifier", "Contact Primary Identifier"),
        ("Contact Primary Identifier", "Contact Primary identifier"),
        ("Resolve Agent ID", "Resolved Agent ID"),
        ("User Name", "User  Name"),
    ] {
        assert_eq!(renamed[before], after);
    }
}

#[tokio::test]
async fn an_extra_column_stands_among_the_others_with_values() {
    let exporting = Exporting::start().await;
    exporting.handed_over("Hello").await;
    let order = json!({"faults": ["extra_column"]});
    let file = exporting.one("messages", order).await;
    let sheet = exporting.sheet(&file);
    assert_eq!(sheet.headers[..2], ["Message ID", "Custom Metadata"]);
    assert_eq!(
        sheet.column("Custom Metadata"),
        ["value 1", "value 2", "value 3"]
    );
    assert_eq!(
        sheet.column("Direction"),
        ["Inbound", "Outbound", "Outbound"]
    );
}

#[tokio::test]
async fn restated_rows_come_again_with_a_later_update() {
    let exporting = Exporting::start().await;
    let id = exporting.handed_over("Hello").await;
    let first = exporting.one("messages", json!({})).await;
    let first = exporting.sheet(&first);
    exporting
        .sim
        .act(&id, "messages", json!({"text": "More"}))
        .await;
    let from = exporting.sim.show(&id).await["messages"][3]["at"].clone();
    let alone = exporting.one("messages", json!({"from": from})).await;
    assert_eq!(exporting.sheet(&alone).column("Content"), ["More"]);
    let order = json!({"from": from, "faults": ["restated_rows"]});
    let file = exporting.one("messages", order).await;
    assert_eq!(file["rows"], 4);
    let sheet = exporting.sheet(&file);
    assert_eq!(sheet.column("Message ID")[..3], first.column("Message ID"));
    let updates = sheet.column("Last Updated");
    for (later, earlier) in updates.iter().zip(first.column("Last Updated")) {
        assert!(*later > earlier);
    }
}

#[tokio::test]
async fn a_file_can_be_overwritten_under_its_own_name() {
    let exporting = Exporting::start().await;
    let same_name = json!({"types": ["messages"], "faults": ["same_name"]});
    let (status, _) = exporting.sim.post("/sim/exports", same_name.clone()).await;
    assert_eq!(status, 409);
    exporting.one("messages", json!({})).await;
    let newest = exporting.one("messages", json!({})).await;
    let id = exporting.handed_over("Hello").await;
    let other = exporting.one("messages", same_name.clone()).await;
    assert_eq!(other["path"], newest["path"]);
    assert_ne!(other["sha256"], newest["sha256"]);
    assert_eq!(
        exporting.sheet(&other).column("Conversation ID"),
        [&id, &id, &id]
    );
    let listed = exporting.sim.get("/sim/exports").await;
    assert_eq!(listed["files"].as_array().unwrap().len(), 2);

    let both = json!({"faults": ["same_name", "half_written"]});
    let half = exporting.one("messages", both).await;
    assert_eq!(half["path"], newest["path"]);
    assert_eq!(half["written"], exporting.bytes(&half).len());
    assert!(half["written"].as_u64() < half["bytes"].as_u64());
}
