//! `sparkbridge exports report`: a page whose figures are the tables' own.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use system_tests::{Exports, World};

/// A bot, a person and a score, so that every chart has something to draw.
async fn talk(world: &World) {
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let id = world
        .begin(&agent, Some("What are your opening hours?"))
        .await;
    world.write_and_wait(&id, "I want to talk to a human").await;
    world
        .until(&id, "people have it", |seen| seen["queue"] == "New")
        .await;
    world.act(&id, "take", json!({"agent": "agent-1"})).await;
    let reply = json!({"agent": "agent-1", "text": "Good day"});
    world.act(&id, "reply", reply).await;
    world.act(&id, "resolve", json!({})).await;
    world.act(&id, "csat", json!({"score": 5})).await;
}

/// As the page groups digits; these are fewer than a million.
fn grouped(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", number / 1_000, number % 1_000),
    }
}

#[tokio::test]
async fn the_report_is_one_page_that_shows_what_the_tables_have() {
    let world = World::join();
    let exports = Exports::take(&world).await;
    talk(&world).await;
    exports.order_all().await;
    exports.pull().await;

    let page = exports.scratch.join("report.html");
    let page = page.to_str().unwrap();
    let now = Utc::now();
    let day = |days| (now - TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let (from, to) = (day(1), day(0));
    let days = ["report", "--from", &from, "--to", &to, "--output", page];
    let told = exports.must(&days).await;
    let sections = told["sections"].as_array().unwrap();
    assert_eq!(sections.len(), 6);
    for section in sections {
        assert_ne!(section["rows"], 0, "nothing to draw: {section}");
    }

    let html = std::fs::read_to_string(page).unwrap();
    assert_eq!(told["bytes"], html.len());
    // What each picture shows can be asked for again, by the query that stands under it.
    let volume = exports.query(sections[0]["sql"].as_str().unwrap()).await;
    let count = |row: &Value| row["inbound"].as_u64().unwrap();
    let on = |row: &&Value| row["hour_utc"].as_str().unwrap().starts_with(&to);
    let today: u64 = volume.iter().filter(on).map(count).sum();
    let (label, today) = (now.format("%-d %b"), grouped(today));
    let column = format!("<title>{label}: from contacts {today}</title>");
    assert!(html.contains(&column), "{column}");
    assert!(html.contains("MANUALLY_BY_USER"), "the handover's reason");
    for foreign in ["<script", "http://", "https://", "@import"] {
        assert!(
            !html.contains(foreign),
            "the page needs nothing else: {foreign}"
        );
    }

    let ran = world.run(&[&["exports"][..], &days].concat()).await;
    assert!(ran.told().contains("report.html"), "{ran:?}");
}

#[tokio::test]
async fn days_in_the_wrong_order_are_refused_and_nothing_is_written() {
    let world = World::join();
    let page = std::env::temp_dir().join(format!("{}.html", uuid::Uuid::new_v4()));
    let (from, to) = ("2026-05-02", "2026-05-01");
    let zone = ["--timezone", "Europe/Brussels"];
    let days = [
        "exports",
        "report",
        "--from",
        from,
        "--to",
        to,
        "-o",
        page.to_str().unwrap(),
    ];
    let ran = world.run(&[&days[..], &zone].concat()).await;
    assert!(ran.refusal().contains("earlier day first"), "{ran:?}");
    assert!(!page.exists());
}
