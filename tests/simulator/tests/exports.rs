//! Exports as an SFTP server would find them on the disk.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use reqwest::Method;
use serde_json::{Value, json};
use support::{
    Sim,
    exporting::{Exporting, Sheet, sha256},
    quick, send,
};

const TABLES: [&str; 12] = [
    "virtual_agents",
    "resolved_conversations",
    "open_conversations",
    "messages",
    "teams",
    "contacts",
    "topics",
    "tags",
    "user_presence",
    "response_times",
    "users",
    "contact_attributes",
];

/// The parts between a name's brackets.
fn parts(file: &Value) -> Vec<&str> {
    let name = file["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let inside = name
        .strip_prefix('[')
        .unwrap()
        .strip_suffix("].csv")
        .unwrap();
    inside.split("][").collect()
}

#[tokio::test]
async fn every_export_has_the_headers_and_the_directory_of_the_contract() {
    let contract = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference/exports.json"
    );
    let Ok(contract) = std::fs::read(contract) else {
        eprintln!("skipped: ../shared/reference/exports.json is not here");
        return;
    };
    let contract: Value = serde_json::from_slice(&contract).unwrap();
    let exporting = Exporting::start().await;
    let answer = exporting.export(json!({})).await;
    let files: BTreeMap<_, _> = answer["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["type"].as_str().unwrap(), file))
        .collect();
    let exports = contract["exports"].as_array().unwrap();
    assert_eq!((files.len(), exports.len()), (12, 12));
    for export in exports {
        let file = files[export["table"].as_str().unwrap()];
        let columns = export["columns"].as_array().unwrap();
        let headers: Vec<_> = columns
            .iter()
            .map(|c| c["header"].as_str().unwrap())
            .collect();
        assert_eq!(exporting.sheet(file).headers, headers);
        let path = file["path"].as_str().unwrap();
        if let Some(directory) = export["directory"].as_str() {
            assert_eq!(path.rsplit_once('/').unwrap().0, directory);
        }
    }
}

#[tokio::test]
async fn the_answer_tells_the_files_as_they_are_and_the_counts_as_they_must_be() {
    let exporting = Exporting::start().await;
    let sim = &exporting.sim;
    let id = exporting.handed_over("Hello, \"you\"\r\nthere").await;
    exporting.handed_over("Again").await;
    let said = json!({"reason": "Solved", "comment": "quickly"});
    assert_eq!(sim.act(&id, "resolve", said).await.0, 200);
    assert_eq!(sim.act(&id, "csat", json!({"score": 5})).await.0, 200);
    let elsewhere = json!({"medium": "whatsapp", "channel": {"id": "0-1", "name": "Desk"}, "text": "Hi", "wait": true,
        "contact": {"primaryIdentifier": "contact-2", "attributes": [{"attribute": "company", "value": "x"}]}});
    sim.post("/sim/conversations", elsewhere).await;

    let answer = exporting.export(json!({})).await;
    let files = answer["files"].as_array().unwrap();
    let rows = &answer["counts"]["rows"];
    for (file, table) in files.iter().zip(TABLES) {
        let bytes = exporting.bytes(file);
        assert_eq!(file["type"], table);
        assert_eq!(file["bytes"], bytes.len());
        assert_eq!(file["written"], bytes.len());
        assert_eq!(file["sha256"], sha256(&bytes));
        assert_eq!(file["rows"], Sheet::read(&bytes).rows.len());
        assert_eq!(file["rows"], rows[table], "{table}");
    }
    assert_eq!(
        rows,
        &json!({"virtual_agents": 2, "resolved_conversations": 1, "open_conversations": 2, "messages": 7,
            "teams": 1, "contacts": 2, "topics": 2, "tags": 1, "user_presence": 1, "response_times": 2,
            "users": 1, "contact_attributes": 1})
    );
    assert_eq!(answer["counts"]["messages"]["inbound"], 3);
    assert_eq!(
        answer["counts"]["csat"]["Shop"],
        json!({"answered": 1, "total": 5})
    );
    assert_eq!(
        answer["counts"]["handovers"]["by_reason"],
        json!({"MANUALLY_BY_USER": 2})
    );
    let window = format!(
        "/sim/exports/counts?from={}&to={}",
        answer["from"].as_str().unwrap(),
        answer["to"].as_str().unwrap()
    );
    assert_eq!(sim.get(&window).await, answer["counts"]);
    assert_eq!(sim.get("/sim/exports").await["files"], answer["files"]);

    let resolved = exporting.sheet(&files[1]);
    assert_eq!(resolved.column("Conversation ID"), [&id]);
    assert_eq!(resolved.column("Resolve Reason"), ["Solved"]);
    assert_eq!(resolved.column("CSAT Score"), ["5"]);
    let messages = exporting.sheet(&files[3]);
    assert_eq!(messages.column("Content")[0], "Hello, \"you\"\r\nthere");
    let shown = sim.show(&id).await;
    assert_eq!(messages.column("Message ID")[0], shown["messages"][0]["id"]);
    assert_eq!(shown["messages"][2]["by"], "agent-1");
}

#[tokio::test]
async fn a_file_is_named_after_its_organisation_type_window_and_itself() {
    let exporting = Exporting::start().await;
    // The hour in which Brussels goes from +01:00 to +02:00.
    let order = json!({"types": ["topics", "open_conversations"], "timezone": "Europe/Brussels",
        "from": "2026-03-29T00:30:00Z", "to": "2026-03-29T03:30:00+02:00"});
    let answer = exporting.export(order).await;
    assert_eq!(answer["timezone"], "Europe/Brussels");
    assert_eq!(answer["from"], "2026-03-29T00:30:00.000000Z");
    // In the order of the types, whatever the order's.
    let (open, topics) = (&answer["files"][0], &answer["files"][1]);
    let [organisation, kind, from, to, id] = parts(topics)[..] else {
        panic!("{topics}");
    };
    assert_eq!(kind, "topic");
    assert_eq!((from, to), ("29032026013000", "29032026033000"));
    assert!(uuid::Uuid::parse_str(id).is_ok());
    let [same, kind, stamp, other] = parts(open)[..] else {
        panic!("{open}");
    };
    assert_eq!(
        (same, kind, stamp.len()),
        (organisation, "open-conversation", 14)
    );
    assert_ne!(id, other);
}

#[tokio::test]
async fn cells_are_in_the_zone_of_the_order() {
    let exporting = Exporting::start().await;
    let id = exporting.handed_over("Hello").await;
    let shown = exporting.sim.show(&id).await;
    let at = shown["messages"][0]["at"].as_str().unwrap();
    let at: DateTime<Utc> = at.parse().unwrap();
    for zone in [Tz::UTC, Tz::America__New_York, Tz::Asia__Kathmandu] {
        let file = exporting
            .one("messages", json!({"timezone": zone.name()}))
            .await;
        let local = at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.3f");
        let sheet = exporting.sheet(&file);
        assert_eq!(
            sheet.column("Created at (Date / Time)")[0],
            local.to_string()
        );
        let file = exporting
            .one("response_times", json!({"timezone": zone.name()}))
            .await;
        let handed_over = &shown["history"][2]["at"];
        let from: DateTime<Utc> = handed_over.as_str().unwrap().parse().unwrap();
        let local = from.with_timezone(&zone).format("%H:%M:%S:%3f").to_string();
        assert_eq!(exporting.sheet(&file).column("From"), [local]);
    }
}

#[tokio::test]
async fn a_reader_sees_a_file_whole_or_not_at_all() {
    let exporting = Exporting::start().await;
    exporting.handed_over(&"Hello ".repeat(50_000)).await;
    let directory = exporting.root.join("export/message");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let reader = std::thread::spawn(move || {
        let mut seen = Vec::new();
        loop {
            let done = stopped.try_recv().is_ok();
            for entry in std::fs::read_dir(&directory).into_iter().flatten() {
                seen.push(sha256(&std::fs::read(entry.unwrap().path()).unwrap()));
            }
            if done {
                return seen;
            }
        }
    });
    let mut whole = Vec::new();
    for _ in 0..5 {
        let new = exporting.one("messages", json!({})).await;
        let over = json!({"faults": ["same_name", "bom"]});
        let over = exporting.one("messages", over).await;
        whole.extend([new["sha256"].clone(), over["sha256"].clone()]);
    }
    stop.send(()).unwrap();
    let seen = reader.join().unwrap();
    assert!(!seen.is_empty());
    assert!(seen.iter().all(|hash| whole.contains(&json!(hash))));
    let unfinished = std::fs::read_dir(exporting.root.join("unfinished")).unwrap();
    assert_eq!(unfinished.count(), 0);
}

#[tokio::test]
async fn without_a_directory_nothing_is_exported_but_things_are_counted() {
    let sim = Sim::start(quick()).await;
    assert_eq!(sim.post("/sim/exports", json!({})).await.0, 409);
    assert_eq!(sim.post("/sim/exports/finish", json!({})).await.0, 409);
    let (status, _) = send(sim.request(Method::GET, "/sim/exports")).await;
    assert_eq!(status, 409);
    let counts = sim.get("/sim/exports/counts").await;
    assert_eq!(counts["messages"]["total"], 0);
}

#[tokio::test]
async fn an_order_nobody_can_carry_out_is_refused() {
    let exporting = Exporting::start().await;
    for order in [
        json!({"types": ["everything"]}),
        json!({"types": []}),
        json!({"faults": ["late"]}),
        json!({"timezone": "Mars/Olympus"}),
        json!({"from": "2026-01-01 00:00"}),
        json!({"since": "2026-01-01T00:00:00Z"}),
    ] {
        let (status, _) = exporting.sim.post("/sim/exports", order.clone()).await;
        assert_eq!(status, 422, "{order}");
    }
    let asked = exporting
        .sim
        .request(Method::GET, "/sim/exports/counts?since=1");
    assert_eq!(send(asked).await.0, 422);
    let none = exporting.sim.get("/sim/exports").await;
    assert_eq!(none, json!({"files": []}));
}

#[tokio::test]
async fn a_survey_is_answered_after_the_end_and_its_answer_is_shown() {
    let exporting = Exporting::start().await;
    let sim = &exporting.sim;
    let id = sim.begin("Hello").await;
    assert_eq!(sim.act(&id, "csat", json!({"score": 4})).await.0, 409);
    let (status, _) = sim
        .act(&id, "resolve", json!({"how": "auto", "agent": "agent-1"}))
        .await;
    assert_eq!(status, 422);
    let (status, resolved) = sim.act(&id, "resolve", json!({"how": "auto"})).await;
    assert_eq!((status, &resolved["csat"]), (200, &Value::Null));
    assert_eq!(sim.act(&id, "csat", json!({"score": 6})).await.0, 422);
    let (status, rated) = sim.act(&id, "csat", json!({"status": "skipped"})).await;
    assert_eq!((status, &rated["csat"]["status"]), (200, &json!("skipped")));
    let comment = json!({"score": 4, "comment": "Good, mostly"});
    let (_, rated) = sim.act(&id, "csat", comment).await;
    assert_eq!(rated["csat"]["score"], 4);

    let file = exporting.one("resolved_conversations", json!({})).await;
    let sheet = exporting.sheet(&file);
    assert_eq!(sheet.column("Resolved By"), ["Auto-Resolve"]);
    assert_eq!(sheet.column("Resolve Trigger"), ["Auto Resolve"]);
    assert_eq!(sheet.column("CSAT Completed Status"), ["Successful"]);
    assert_eq!(sheet.column("CSAT Follow-up Answer"), ["Good, mostly"]);
}
