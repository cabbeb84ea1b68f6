//! Exports with marks in every cell, good ones and bad ones.

use serde_json::{Value, json};
use system_tests::{Exports, World, csv_of_tags};
use uuid::Uuid;

use crate::marks::Marks;

/// A file of tags with rows that are refused, one under headings nobody knows, and one that is no table.
pub(crate) async fn loaded(world: &World, marks: &Marks) {
    marks.keep("the SFTP password", &world.stack.sftp.password);
    let exports = Exports::take(world).await;
    let good = Uuid::new_v4().to_string();
    let word = |place: &str| marks.word(&format!("a cell: {place}"));
    let csv = format!(
        "{}{},too few\n{},{},{},2,3,sms,{},SMS\n{},5\" {},1,2,3,sms,c-1,SMS\n{},\"unclosed {}\n",
        csv_of_tags(&[&good, &word("a good row")]),
        word("an id of too few cells"),
        word("an id"),
        marks.mail("a name"),
        word("no number"),
        marks.phone("a channel"),
        word("an id before a stray quote"),
        word("after a stray quote"),
        word("an id before an open quote"),
        word("after an open quote"),
    );
    let name = |hour: u32| {
        let (next, unique) = (hour + 1, Uuid::new_v4());
        format!("[o-1][tag][01092026{hour:02}0000][01092026{next:02}0000][{unique}].csv")
    };
    exports.on_server("tag", &name(10), csv.as_bytes());
    let unknown = format!(
        "{},{}\n{},1\n",
        word("a heading"),
        marks.mail("a heading"),
        word("a cell under no heading"),
    );
    exports.on_server("tag", &name(11), unknown.as_bytes());
    let binary = format!("\0\u{1}{}\0\n", word("no table"));
    exports.on_server("tag", &name(12), binary.as_bytes());
    // Files without a table are quarantined, and the command says so by failing.
    let told = exports.sparkbridge(&["pull"]).await;
    let states: Vec<&Value> = files(&told.json)
        .iter()
        .map(|file| &file["state"])
        .collect();
    for state in ["loaded", "quarantined"] {
        assert!(states.contains(&&json!(state)), "{told:#?}");
    }
    let rejects = exports.must(&["rejects", "--table", "tags"]).await;
    assert!(
        rejects
            .as_array()
            .is_some_and(|rejects| !rejects.is_empty())
    );
    // Sparkcentral's own, with the conversations of the run in them.
    exports
        .order(json!({"types": ["messages", "contacts"]}))
        .await;
    exports.pull().await;
}

fn files(told: &Value) -> &[Value] {
    told["files"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}
