//! Files of the lake, as export-sync and export-load leave them.

use std::io;

use aws_sdk_s3::primitives::ByteStream;
use chrono::{DateTime, Utc};
use export_tables::erase::rows_of;
use export_tables::{Source, open};
use exports::{Settings, Stamps};
use lake::{FileRecord, FileVersion, Lake, Landing, Origin, Saved, State, Table, content_id};

use crate::stage::{Stage, state};

const HEADER: &str = "Contact Profile ID,Medium,Primary identifier,Secondary identifier,Created At,\
    Number of Conversations,Number of Inbound Messages,Number of Outbound Messages,Last Updated\n";

fn csv() -> String {
    format!(
        "{HEADER}0-1,sms,a@example.com,\"two\nlines\",,1,1,1,\n0-2,sms,b@example.com,,,1,1,1,\n0-1,too few\nx,few\n"
    )
}

fn at() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// A loaded file in the stage.
async fn loaded(stage: &Stage, csv: &str) -> Saved {
    let version = FileVersion {
        path: "/export/contact/[o][contact][01032026000000][02032026000000][u].csv".into(),
        origin: Origin::Sftp {
            modified: 7,
            size: csv.len() as u64,
        },
    };
    let settings = Settings::new("", "");
    let source = Source {
        file: &version.path,
        hint: None,
        stamps: Stamps::None,
        exported_at: at(),
        settings: &settings,
        time_zone: None,
        hash_key: None,
    };
    let opened = open(csv.as_bytes(), source).unwrap();
    let done = opened
        .run(Vec::new(), || io::Result::Ok(Vec::new()))
        .unwrap();
    let sha256 = content_id(csv.as_bytes());
    let id = version.object_id(&sha256);
    let keys = ["contacts", "rejects"].map(|table| Lake::table_key(table, at(), &id));
    let lake = &stage.exports.lake;
    lake.put(&keys[0], done.table.into()).await.unwrap();
    lake.put(&keys[1], done.rejects.unwrap().into())
        .await
        .unwrap();
    let raw = version.raw_key().unwrap();
    lake.put_file(&raw, ByteStream::from(csv.as_bytes().to_vec()), [])
        .await
        .unwrap();
    let table = Table {
        landing: Landing {
            sha256,
            bytes: csv.len() as u64,
            unterminated: false,
        },
        table: "contacts".into(),
        rows: done.report.rows,
        rejected: done.report.rejected,
        rejected_by_reason: [("too_few_cells".to_owned(), done.report.rejected)].into(),
        drift: Vec::new(),
        doubtful_times: 0,
        keys: keys.to_vec(),
        loaded_at: at(),
    };
    let record = FileRecord {
        version,
        first_seen: at(),
        exported_at: at(),
        attempts: 1,
        published: Vec::new(),
        erased: None,
        state: State::Loaded(table),
    };
    stage.exports.ledger.create(record).await.unwrap()
}

async fn content(stage: &Stage, key: &str) -> Vec<u8> {
    let object = stage.exports.lake.read(key).await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

/// What must be true of the file once the contact is erased.
async fn is_erased(stage: &Stage, before: &FileRecord) -> FileRecord {
    let now = stage
        .exports
        .ledger
        .file(&before.version)
        .await
        .unwrap()
        .unwrap();
    let State::Loaded(table) = now.record.state.clone() else {
        panic!("{:?}", now.record.state.name())
    };
    let raw = content(stage, &before.version.raw_key().unwrap()).await;
    let left = format!("{HEADER}\n\n0-2,sms,b@example.com,,,1,1,1,\n\nx,few\n");
    assert_eq!(String::from_utf8(raw.clone()).unwrap(), left);
    assert_eq!(table.landing.sha256, content_id(&raw));
    assert_eq!(table.landing.bytes, raw.len() as u64);
    assert_eq!((table.rows, table.rejected), (1, 1));
    assert_eq!(table.rejected_by_reason["too_few_cells"], 1);
    let delivered = content_id(csv().as_bytes());
    assert_eq!(now.record.delivered_sha256(), Some(delivered.as_str()));
    let object = stage.exports.lake.read(&table.keys[0]).await.unwrap();
    let rows = object.body.collect().await.unwrap().into_bytes();
    let mut contacts = Vec::new();
    let seen = rows_of(rows, |whose, line| {
        contacts.push((whose.contact.clone(), line));
        true
    });
    assert_eq!(seen.unwrap(), 1);
    assert_eq!(contacts, [("0-2".to_owned(), 4)]);
    now.record
}

#[tokio::test]
async fn a_loaded_file_loses_the_contacts_rows_everywhere_and_the_ledger_knows() {
    let stage = Stage::new().await;
    let saved = loaded(&stage, &csv()).await;
    let removed = stage.erase("A@example.com").await;
    assert_eq!(
        removed["rows"],
        serde_json::json!({"contacts": 1, "rejects": 1})
    );
    assert_eq!(
        (&removed["raw_rewritten"], &removed["raw_rows"]),
        (&1.into(), &2.into())
    );
    let record = is_erased(&stage, &saved.record).await;
    assert_eq!(record.erased.unwrap().rows, 2);
}

#[tokio::test]
async fn a_run_that_was_killed_at_any_step_is_finished_by_the_next() {
    // Before the ledger was saved: tables are done. After it: raw/ is not.
    for saved_ledger in [false, true] {
        let (done, stage) = (Stage::new().await, Stage::new().await);
        let whole = loaded(&done, &csv()).await;
        done.erase("0-1").await;
        let record = is_erased(&done, &whole.record).await;
        let begun = loaded(&stage, &csv()).await;
        let State::Loaded(table) = &record.state else {
            panic!("not loaded")
        };
        for key in &table.keys {
            let half = content(&done, key).await;
            stage.exports.lake.put(key, half.into()).await.unwrap();
        }
        if saved_ledger {
            stage.exports.ledger.save(&begun, record).await.unwrap();
        }
        stage.erase("0-1").await;
        is_erased(&stage, &whole.record).await;
        let again = stage.erase("0-1").await;
        assert_eq!(
            (&again["raw_rewritten"], &again["rows"]),
            (&0.into(), &serde_json::json!({}))
        );
    }
}

#[tokio::test]
async fn a_file_that_is_being_loaded_is_waited_for() {
    let stage = Stage::new().await;
    let saved = loaded(&stage, &csv()).await;
    let State::Loaded(table) = saved.record.state.clone() else {
        panic!("not loaded")
    };
    let landed = FileRecord {
        state: State::Landed(table.landing.clone()),
        ..saved.record.clone()
    };
    let landed = stage.exports.ledger.save(&saved, landed).await.unwrap();
    let load = async {
        // The receipt says that the erasure has begun.
        while stage
            .call(&["receipts"])
            .await
            .json
            .as_array()
            .unwrap()
            .is_empty()
        {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let record = saved.record.clone();
        stage.exports.ledger.save(&landed, record).await.unwrap();
    };
    tokio::join!(stage.erase("0-1"), load);
    is_erased(&stage, &saved.record).await;
}

#[tokio::test]
async fn files_that_nobody_can_read_go_if_they_mention_the_contact() {
    let stage = Stage::new().await;
    stage
        .put("one#c-1", "STATE", &state("0-1", "a@example.com"))
        .await;
    let lake = &stage.exports.lake;
    for (key, content) in [
        (
            "quarantine/raw/export/tag/x.csv/1-2/sha",
            "no,export\nA@EXAMPLE.COM,1\n",
        ),
        (
            "quarantine/raw/export/tag/y.csv/1-2/sha",
            "no,export\nxa@example.com,1\n",
        ),
        ("quarantine/inbox/z.zip/sha", "PK\u{3}\u{4} broken"),
        ("raw/export/tag/unknown.csv/1-2", "c-1"),
        ("athena-results/q.csv", "whatever"),
    ] {
        lake.put(key, content.as_bytes().to_vec().into())
            .await
            .unwrap();
    }
    let removed = stage.erase("0-1").await;
    assert_eq!(removed["quarantined_files"], 2, "{removed:#}");
    assert_eq!(
        (&removed["raw_files"], &removed["query_results"]),
        (&1.into(), &1.into())
    );
    let left = lake.list("").await.unwrap();
    let left: Vec<_> = left.into_iter().map(|(key, _)| key).collect();
    assert_eq!(left, ["quarantine/raw/export/tag/y.csv/1-2/sha"]);
}
