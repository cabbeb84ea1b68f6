//! Journeys of exports: from Sparkcentral's server, or a person's hand, to answers in SQL.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use system_tests::{Exports, World, csv_of_tags};
use uuid::Uuid;

/// Names that no other test has.
fn id() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A Tags file's name for an hour of 1 October 2026, UTC.
fn name_of_hour(hour: u32) -> String {
    let next = hour + 1;
    format!(
        "[o-1][tag][01102026{hour:02}0000][01102026{next:02}0000][{}].csv",
        Uuid::new_v4()
    )
}

fn file<'a>(files: &'a [Value], path: &str) -> &'a Value {
    let found = files.iter().find(|file| file["path"] == path);
    found.unwrap_or_else(|| panic!("no {path} in {files:#?}"))
}

/// Conversations in several channels, of which one is taken over, answered, resolved and judged.
async fn talk(world: &World) {
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    for text in ["Hello", "I want to talk to a person", "thanks"] {
        let id = world.begin(&agent, Some(text)).await;
        world
            .write_and_wait(&id, "one more thing,\nover two lines, \"quoted\"")
            .await;
        if text != "Hello" {
            let human = json!({"agent": "agent-1"});
            world.act(&id, "take", human.clone()).await;
            world.act(&id, "reply", json!({"text": "Here I am."})).await;
            world.act(&id, "resolve", human).await;
            world.act(&id, "csat", json!({"score": 4})).await;
        }
    }
}

#[tokio::test]
async fn all_twelve_exports_become_typed_tables_with_the_simulators_own_counts() {
    let world = World::join();
    talk(&world).await;
    let exports = Exports::take(&world).await;
    exports.configure("time_zone = \"Europe/Brussels\"\n").await;
    let ordered = exports.order(json!({"timezone": "Europe/Brussels"})).await;
    let pulled = exports.pull().await;

    let written = ordered["files"].as_array().unwrap();
    assert_eq!(written.len(), 12);
    for written in written {
        let loaded = file(&pulled, written["path"].as_str().unwrap());
        assert_eq!(loaded["state"], "loaded", "{loaded:#}");
        assert_eq!(loaded["table"], written["type"], "{loaded:#}");
        assert_eq!(loaded["rows"], written["rows"], "{loaded:#}");
        assert_eq!(loaded["rejected"], 0, "{loaded:#}");
        assert_eq!(loaded["drift"], json!([]), "{loaded:#}");
    }
    let of = |table: &str| {
        let written = written.iter().find(|file| file["type"] == table).unwrap();
        format!(
            "{table} WHERE export_file = '{}'",
            written["path"].as_str().unwrap()
        )
    };
    // Every table through SQL: as many rows as the simulator wrote.
    let each: Vec<String> = written
        .iter()
        .map(|file| {
            let table = file["type"].as_str().unwrap();
            format!(
                "SELECT '{table}' AS name, count(*) AS counted FROM {}",
                of(table)
            )
        })
        .collect();
    let counted = exports.query(&each.join(" UNION ALL ")).await;
    for written in written {
        let row = counted
            .iter()
            .find(|row| row["name"] == written["type"])
            .unwrap();
        assert_eq!(row["counted"], written["rows"], "{row}");
    }

    // The simulator's own counts, which it doesn't take from the rows.
    let counts = &ordered["counts"];
    let messages = of("messages");
    for (direction, expected) in [("Inbound", "inbound"), ("Outbound", "outbound")] {
        let sql = format!("SELECT count(*) AS n FROM {messages} AND direction = '{direction}'");
        assert_eq!(exports.number(&sql).await, counts["messages"][expected]);
    }
    let conversations = of("resolved_conversations");
    let sql = format!("SELECT count(*) AS n FROM {conversations}");
    assert_eq!(
        exports.number(&sql).await,
        counts["conversations"]["resolved"]
    );
    let sql = format!("SELECT count(csat_score) AS n FROM {conversations}");
    let answered: u64 = counts["csat"]
        .as_object()
        .unwrap()
        .values()
        .map(|of| of["answered"].as_u64().unwrap())
        .sum();
    assert!(answered >= 2);
    assert_eq!(exports.number(&sql).await, answered);
    let agents = exports
        .query(&format!(
            "SELECT agent_id, total_conversations, handover_to_agent FROM {}",
            of("virtual_agents")
        ))
        .await;
    for agent in &agents {
        let own = &counts["virtual_agents"][agent["agent_id"].as_str().unwrap()];
        assert_eq!(
            agent["total_conversations"], own["conversations"],
            "{agent}"
        );
        assert_eq!(agent["handover_to_agent"], own["handovers"], "{agent}");
    }
    assert!(!agents.is_empty());

    // The right types, in the engine's own words.
    let types = exports
        .query(&format!(
            "SELECT typeof(created_at) AS a, typeof(csat_score) AS b, typeof(number_of_inbound_messages) AS c, \
             typeof(first_response_time_s) AS d, typeof(topic_names) AS e, typeof(unknown_columns) AS f, \
             typeof(export_date) AS g FROM {conversations} LIMIT 1"
        ))
        .await;
    let expected = json!({"a": "TIMESTAMP", "b": "INTEGER", "c": "BIGINT", "d": "DOUBLE",
        "e": "VARCHAR[]", "f": "MAP(VARCHAR, VARCHAR)", "g": "DATE"});
    assert_eq!(types[0], expected);
    // Written in Brussels' time, read as UTC: within the window that the simulator names in UTC.
    let (from, to) = (&ordered["from"], &ordered["to"]);
    let outside = format!(
        "SELECT count(*) AS n FROM {messages} AND (created_at < TIMESTAMP '{}' OR created_at > TIMESTAMP '{}')",
        &from.as_str().unwrap()[..19].replace('T', " "),
        &to.as_str().unwrap()[..19].replace('T', " "),
    );
    assert_eq!(exports.number(&outside).await, 0);
}

#[tokio::test]
async fn every_query_of_the_documentation_runs() {
    let world = World::join();
    talk(&world).await;
    let lake = Exports::take(&world).await;
    // Sparkcentral's people tag messages; nothing orders the simulator's to.
    let export = exports::Export::by_table("messages").unwrap();
    let headers: Vec<_> = export.columns.iter().map(|column| column.header).collect();
    let message = id();
    let cells = export.columns.iter().map(|column| match column.name {
        "message_id" => message.as_str(),
        "created_at" => "2026-11-02 10:00:00.000",
        "tag_ids" => "t-1;t-2",
        "tag_names" => "\"billing;bug, critical\"",
        _ => "",
    });
    let cells: Vec<_> = cells.collect();
    let tagged = format!("{}\n{}\n", headers.join(","), cells.join(","));
    let tagged = lake.file("Messages.csv", tagged.as_bytes());
    lake.must(&["upload", tagged.to_str().unwrap()]).await;
    lake.order(json!({})).await;
    lake.pull().await;
    let page = include_str!("../../../docs/exports-queries.md");
    let queries: Vec<&str> = page
        .split("```sql")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(queries.len() >= 7, "{}", queries.len());
    let mut answered = 0;
    for query in &queries {
        let rows = lake.query(query).await;
        answered += usize::from(!rows.is_empty());
    }
    assert!(
        answered >= queries.len() - 1,
        "{answered} of {} have rows",
        queries.len()
    );
}

#[tokio::test]
async fn rows_stated_again_and_files_pulled_twice_at_once_are_each_one_row() {
    let world = World::join();
    talk(&world).await;
    let exports = Exports::take(&world).await;
    exports
        .order(json!({"types": ["messages", "contacts"]}))
        .await;
    // Two operators, or an operator and the schedule.
    let (one, other) = tokio::join!(
        exports.sparkbridge(&["pull"]),
        exports.sparkbridge(&["pull"])
    );
    assert!(one.ok && other.ok, "{one:#?} {other:#?}");
    exports.pull().await;
    let doubled = "SELECT count(*) AS n FROM (SELECT export_file, export_line FROM messages \
                   GROUP BY 1, 2 HAVING count(*) > 1) doubled";
    assert_eq!(exports.number(doubled).await, 0);

    let again = json!({"types": ["messages"], "faults": ["restated_rows"], "from": now()});
    let again = exports.order(again).await;
    assert!(again["files"][0]["rows"].as_u64().unwrap() > 0, "{again:#}");
    exports.pull().await;
    let stated_twice = "SELECT count(*) AS n FROM (SELECT message_id FROM messages GROUP BY 1 \
                        HAVING count(*) > 1) twice";
    assert!(exports.number(stated_twice).await > 0);
    let latest = exports
        .query("SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM messages_latest")
        .await;
    assert_eq!(latest[0]["n"], latest[0]["ids"]);
    let newest = "SELECT count(*) AS n FROM messages_latest l JOIN messages m ON m.message_id = l.message_id \
                  WHERE m.last_updated > l.last_updated";
    assert_eq!(exports.number(newest).await, 0);
}

/// An instant the simulator understands.
fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[tokio::test]
async fn a_file_replaced_under_its_name_replaces_its_rows() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    let (name, tag) = (name_of_hour(3), id());
    let path = exports.on_server("tag", &name, csv_of_tags(&[&tag, "t-gone"]).as_bytes());
    exports.pull().await;
    exports.on_server("tag", &name, csv_of_tags(&[&tag]).as_bytes());
    let pulled = exports.pull().await;
    assert_eq!(file(&pulled, &path)["rows"], 1);
    let sql = format!("SELECT tag_id FROM tags WHERE export_file = '{path}'");
    assert_eq!(exports.query(&sql).await, [json!({"tag_id": tag})]);
}

#[tokio::test]
async fn a_growing_file_is_not_published_until_it_is_whole() {
    let world = World::join();
    talk(&world).await;
    let exports = Exports::take(&world).await;
    let order = json!({"types": ["messages"], "faults": ["growing"], "grow_ms": 4000});
    let ordered = exports.order(order).await;
    let (path, rows) = (&ordered["files"][0]["path"], &ordered["files"][0]["rows"]);
    let path = path.as_str().unwrap();
    let sql = format!("SELECT count(*) AS n FROM messages WHERE export_file = '{path}'");
    for partial in 0..60 {
        let told = exports.sparkbridge(&["pull"]).await;
        let counted = exports.number(&sql).await;
        if counted > 0 {
            assert_eq!(&json!(counted), rows, "all of it or nothing");
            assert!(partial > 0, "the file was whole before the first pull");
            return;
        }
        assert!(
            told.json["files"]
                .as_array()
                .unwrap()
                .iter()
                .all(|f| f["path"] != path),
            "{told:#?}"
        );
    }
    panic!("the file never became whole");
}

#[tokio::test]
async fn a_changed_host_key_stops_the_pull_and_says_what_to_do() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    let folder = exports.scratch.join("server");
    std::fs::create_dir_all(folder.join("export/tag")).unwrap();
    let path = format!("export/tag/{}", name_of_hour(5));
    std::fs::write(folder.join(&path), csv_of_tags(&[&id()])).unwrap();
    let mut config = sftp_server::Config::new(&folder, "warehouse", "password-1");
    let first = sftp_server::start(config.clone()).await.unwrap();
    config.port = first.port();
    exports
        .configure_server(first.port(), "warehouse", "password-1", "")
        .await;

    let unpinned = exports.sparkbridge(&["pull"]).await;
    assert!(
        !unpinned.ok && unpinned.error.contains("trust-host"),
        "{unpinned:#?}"
    );
    exports.must(&["trust-host", "--yes"]).await;
    assert_eq!(exports.pull().await.len(), 1);
    first.stop().await;

    let second = sftp_server::start(config).await.unwrap();
    let changed = exports.sparkbridge(&["pull"]).await;
    assert!(!changed.ok);
    assert_eq!(
        changed.json["sync"]["stopped"]["reason"], "host_key_changed",
        "{changed:#?}"
    );
    assert!(
        changed.error.contains("sparkbridge exports trust-host"),
        "{changed:#?}"
    );
    assert_eq!(
        second.login_attempts(),
        0,
        "no password is sent to a server nobody trusts"
    );
    exports
        .must(&["trust-host", "--fingerprint", second.fingerprint()])
        .await;
    assert_eq!(exports.must(&["pull"]).await["sync"]["known"], 1);
    second.stop().await;
}

#[tokio::test]
async fn a_poison_file_is_quarantined_with_its_reason_and_blocks_no_other() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    let (poison, good) = (name_of_hour(7), name_of_hour(8));
    let poison = exports.on_server("tag", &poison, b"not,an,export\n1,2,3\n");
    let good = exports.on_server("tag", &good, csv_of_tags(&[&id()]).as_bytes());
    let told = exports.sparkbridge(&["pull"]).await;
    assert!(!told.ok, "a quarantined file is worth a person's look");
    let files = told.json["files"].as_array().unwrap();
    assert_eq!(file(files, &poison)["state"], "quarantined");
    let reason = file(files, &poison)["reason"].as_str().unwrap();
    assert!(reason.contains("header line"), "{reason}");
    assert_eq!(file(files, &good)["state"], "loaded");
    let status = exports.must(&["status", "--days", "90"]).await;
    assert!(status.to_string().contains(&poison), "{status:#}");
}

#[tokio::test]
async fn a_download_dropped_by_hand_is_loaded_once_however_it_is_packed() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    let tag = id();
    let csv = csv_of_tags(&[&tag]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let other = id();
    for (name, content) in [
        ("Tags.csv", csv.clone()),
        ("more/Tags.csv", csv_of_tags(&[&other])),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    let files = [
        exports.file("Tags (1).csv", csv.as_bytes()),
        exports.file("Tags.csv.gz", &gzip.finish().unwrap()),
        exports.file("Download.zip", &zip.finish().unwrap().into_inner()),
    ];
    for file in &files {
        exports.must(&["upload", file.to_str().unwrap()]).await;
    }
    let sql = format!(
        "SELECT tag_id, count(*) AS n FROM tags WHERE tag_id IN ('{tag}', '{other}') GROUP BY 1"
    );
    let mut rows = exports.query(&sql).await;
    rows.sort_by_key(|row| row["tag_id"] != json!(tag));
    let expected = [
        json!({"tag_id": tag, "n": 1}),
        json!({"tag_id": other, "n": 1}),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn bad_rows_are_in_the_rejects_by_place_and_the_rest_is_loaded() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    let good = id();
    let csv = format!(
        "{}t-short,no more\nt-number,Name,one,2,3,sms,c-1,SMS\nt-quote,5\" tall,1,2,3,sms,c-1,SMS\n",
        csv_of_tags(&[&good])
    );
    let path = exports.on_server("tag", &name_of_hour(10), csv.as_bytes());
    let pulled = exports.pull().await;
    assert_eq!(
        (
            &file(&pulled, &path)["rows"],
            &file(&pulled, &path)["rejected"]
        ),
        (&json!(1), &json!(3))
    );
    let rejects = exports.must(&["rejects", "--table", "tags"]).await;
    let own: Vec<_> = rejects
        .as_array()
        .unwrap()
        .iter()
        .filter(|reject| reject.to_string().contains(&path))
        .collect();
    let mut places: Vec<_> = own
        .iter()
        .map(|reject| {
            (
                reject["line"].as_u64().unwrap(),
                reject["reason"].as_str().unwrap(),
            )
        })
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [(3, "too_few_cells"), (4, "bad_number"), (5, "stray_quote")]
    );
    assert!(
        !rejects.to_string().contains("tall"),
        "a reject never shows a cell"
    );
}

#[tokio::test]
async fn dropped_and_hashed_columns_are_never_published_plain() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    exports
        .configure("[exports.tags.columns]\ntag_name = \"hash\"\nchannel_display_name = \"drop\"\n")
        .await;
    let tag = id();
    let path = exports.on_server("tag", &name_of_hour(12), csv_of_tags(&[&tag]).as_bytes());
    exports.pull().await;
    let sql =
        format!("SELECT tag_name, channel_display_name FROM tags WHERE export_file = '{path}'");
    let rows = exports.query(&sql).await;
    let hashed = rows[0]["tag_name"].as_str().unwrap();
    assert!(
        hashed.len() == 64 && hashed.bytes().all(|b| b.is_ascii_hexdigit()),
        "{hashed}"
    );
    assert_eq!(rows[0]["channel_display_name"], Value::Null);
}

#[tokio::test]
async fn unknown_columns_are_kept_and_drift_is_told() {
    let world = World::join();
    talk(&world).await;
    let exports = Exports::take(&world).await;
    let order = json!({"types": ["messages"], "faults": ["bom", "crlf", "renamed_headers", "extra_column"]});
    let ordered = exports.order(order).await;
    let path = ordered["files"][0]["path"].as_str().unwrap();
    let pulled = exports.pull().await;
    let loaded = file(&pulled, path);
    assert_eq!(loaded["rows"], ordered["files"][0]["rows"]);
    assert!(
        loaded["drift"].to_string().contains("Custom Metadata"),
        "{loaded:#}"
    );
    let sql = format!(
        "SELECT count(*) AS n FROM messages WHERE export_file = '{path}' AND unknown_columns['Custom Metadata'] LIKE 'value %'"
    );
    assert_eq!(
        json!(exports.number(&sql).await),
        ordered["files"][0]["rows"]
    );
}

#[tokio::test]
async fn a_missing_hour_is_a_gap_and_a_schedule_that_stopped_is_late() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    exports
        .configure("[exports.topics]\nfrequency = \"hourly\"\n")
        .await;
    let header = "Topic ID,Topic Name,Total Conversations,Total Current Conversations,Medium,Channel,Channel Display Name\n";
    let now = chrono::Utc::now();
    for hours_ago in [9, 8, 6] {
        let from = now - chrono::TimeDelta::hours(hours_ago);
        let name = format!(
            "[o-1][topic][{}][{}][{}].csv",
            from.format("%d%m%Y%H0000"),
            (from + chrono::TimeDelta::hours(1)).format("%d%m%Y%H0000"),
            Uuid::new_v4()
        );
        let row = format!("{header}{},Name,1,1,sms,c-1,SMS\n", id());
        exports.on_server("topic", &name, row.as_bytes());
    }
    exports.pull().await;
    let status = exports.must(&["status"]).await;
    let topics = status["exports"]
        .as_array()
        .unwrap()
        .iter()
        .find(|export| export["table"] == "topics");
    let counts = &topics.unwrap()["calendar"]["counts"];
    assert_eq!(
        (&counts["gaps"], &counts["late"]),
        (&json!(1), &json!(1)),
        "{status:#}"
    );
}

#[tokio::test]
async fn a_backfill_loads_landed_files_again_under_new_settings() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    let path = exports.on_server("tag", &name_of_hour(14), csv_of_tags(&[&id()]).as_bytes());
    exports.pull().await;
    exports
        .configure("[exports.tags.columns]\ntag_name = \"drop\"\n")
        .await;
    exports
        .must(&[
            "backfill",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-01",
            "--table",
            "tags",
        ])
        .await;
    let sql = format!("SELECT tag_name FROM tags WHERE export_file = '{path}'");
    assert_eq!(exports.query(&sql).await, [json!({"tag_name": null})]);
}
