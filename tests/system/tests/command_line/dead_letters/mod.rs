//! `sparkbridge dead-letters`: what it says of messages.

mod redrive;
mod stage;

use serde_json::{Value, json};

use stage::{Stage, TURNS, bodies, body};

#[tokio::test]
async fn dead_letters_are_counted_and_shown_and_stay_where_they_are() {
    let stage = Stage::new(&TURNS).await;
    assert_eq!(
        stage.run(&["list"]).await.told(),
        format!("no dead letters in stage {}\n", stage.name)
    );
    let empty = stage.run(&["show", "turns"]).await;
    assert!(
        empty.told().starts_with("no dead letters in sparkbridge-"),
        "{empty:?}"
    );

    let first = stage
        .put("turns-dead.fifo", "g-1", "d-1", &body("c-1", 1))
        .await;
    let other = stage
        .put("turns-dead.fifo", "g-2", "d-2", &body("c-2", 1))
        .await;
    // Twice: a look changes nothing.
    for _ in 0..2 {
        let listed = stage.run(&["list", "--json"]).await.json();
        assert_eq!(listed.as_array().unwrap().len(), 1, "{listed:#}");
        let turns = &listed[0];
        assert_eq!(
            (&turns["queue"], &turns["messages"]),
            (&json!("turns"), &json!(2))
        );
        assert_eq!(turns["agents"], json!(["demo"]));
        assert_eq!(turns["conversations"], json!(["c-1", "c-2"]));
        assert!(turns["oldest_secs"].as_i64().unwrap() < 3_600, "{turns}");
    }
    let text = stage.run(&["list"]).await;
    let line = text
        .told()
        .lines()
        .find(|line| line.starts_with("turns "))
        .unwrap();
    assert!(line.contains("demo") && line.contains("c-1, c-2"), "{line}");
    assert!(
        text.told()
            .contains("sparkbridge dead-letters redrive turns --all"),
        "{text:?}"
    );

    let shown = stage.run(&["show", "turns", "--json"]).await.json();
    let ids: Vec<&Value> = shown["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["id"])
        .collect();
    assert_eq!(ids, [first.as_str(), other.as_str()]);
    let one = stage.run(&["show", "turns", &other, "--json"]).await.json();
    let one = &one["messages"][0];
    assert_eq!(one["body"], body("c-2", 1));
    assert_eq!(one["message_group_id"], "g-2");
    assert_eq!(one["message_deduplication_id"], "d-2");
    assert_eq!(
        one["attributes"]["kind"],
        json!({"type": "String", "value": "kept"})
    );
    let text = stage.run(&["show", "turns", &other]).await;
    assert!(text.told().contains(&body("c-2", 1)), "{text:?}");
    assert!(!text.told().contains("c-1"), "{text:?}");

    let gone = stage.run(&["show", "turns", "nothing"]).await;
    assert!(
        gone.refusal().contains("no message \"nothing\""),
        "{gone:?}"
    );
    assert_eq!(
        bodies(&stage.take("turns-dead.fifo").await),
        [body("c-1", 1), body("c-2", 1)]
    );
}

#[tokio::test]
async fn a_stage_without_the_queue_is_told_what_to_deploy() {
    let stage = Stage::new(&TURNS).await;
    let ran = stage.run(&["show", "landed"]).await;
    assert!(
        ran.refusal()
            .contains(&format!("make deploy STAGE={}", stage.name)),
        "{ran:?}"
    );
    let ran = stage
        .world
        .run(&["--stage", "nowhere", "dead-letters", "list"])
        .await;
    assert!(
        ran.refusal().contains("stage nowhere is not deployed"),
        "{ran:?}"
    );
}
