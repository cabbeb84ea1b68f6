//! Conversations in the table.

use serde_json::json;

use crate::stage::{Stage, state};

#[tokio::test]
async fn every_agents_conversations_of_the_contact_go_and_no_other() {
    let stage = Stage::new().await;
    for (pk, contact) in [
        ("one#c-1", "0-1"),
        ("two#c-1", "0-1"),
        ("one#c-2", "0-1"),
        ("one#c-3", "0-2"),
    ] {
        stage
            .put(
                pk,
                "STATE",
                &state(contact, &format!("{contact}@example.com")),
            )
            .await;
        for n in 0..30 {
            stage
                .put(pk, &format!("EVENT#{n}"), &json!({"text": "hello"}))
                .await;
        }
    }
    // Without a state: it has expired.
    stage.put("three#c-2", "REPLY#r-1", &json!({})).await;
    stage
        .put("AGENT", "one", &json!({"contactProfile": {"id": "0-1"}}))
        .await;
    let plan = stage.call(&["erase", "0-1@EXAMPLE.com", "--dry-run"]).await;
    assert_eq!(plan.json["table_items"], 94, "{plan:#?}");
    let removed = stage.erase("0-1@EXAMPLE.com").await;
    assert_eq!(removed["table_items"], 94);
    let keys = stage.keys().await;
    assert_eq!(keys.len(), 32);
    assert!(
        keys.iter().all(|(pk, _)| pk == "one#c-3" || pk == "AGENT"),
        "{keys:?}"
    );
    assert_eq!(stage.erase("m-0-1").await["table_items"], 0);
    let receipts = stage.call(&["receipts"]).await.json;
    assert_eq!(receipts.as_array().unwrap().len(), 2);
    let text = receipts.to_string();
    assert!(!text.contains("0-1") && !text.contains("c-1"), "{text}");
}

#[tokio::test]
async fn what_is_written_while_the_contact_is_erased_goes_too() {
    let stage = Stage::new().await;
    stage
        .put("one#c-1", "STATE", &state("0-1", "a@example.com"))
        .await;
    let writes = async {
        for n in 0..60 {
            stage
                .put("one#c-1", &format!("REPLY#{n}"), &json!({}))
                .await;
        }
    };
    tokio::join!(stage.erase("0-1"), writes);
    // By the conversation alone nobody knows whose it is: its contact writes again.
    stage
        .put("one#c-1", "STATE", &state("0-1", "a@example.com"))
        .await;
    stage.erase("0-1").await;
    assert_eq!(stage.keys().await, []);
}

#[tokio::test]
async fn an_identifier_of_two_contacts_erases_neither_unless_both_are_meant() {
    let stage = Stage::new().await;
    stage.put("one#c-1", "STATE", &state("0-1", "+1")).await;
    stage.put("one#c-2", "STATE", &state("0-2", "+1")).await;
    let told = stage.call(&["erase", "+1", "--yes"]).await;
    assert!(!told.ok && told.error.contains("2 contacts"), "{told:#?}");
    assert!(!told.error.contains("+1"), "{told:#?}");
    let told = stage.call(&["erase", "0-1"]).await;
    assert!(!told.ok && told.error.contains("--yes"), "{told:#?}");
    assert_eq!(stage.keys().await.len(), 2);
    assert_eq!(stage.erase("0-1").await["table_items"], 1);
    let both = stage
        .call(&["erase", "+1", "--yes", "--every-contact"])
        .await;
    assert!(both.ok, "{both:#?}");
    assert_eq!(stage.keys().await, []);
}
