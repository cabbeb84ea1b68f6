//! Agents' settings in the table, against a real DynamoDB API: see `tests/store.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod table;

use conversation::AgentSettings;

fn settings(retention_days: u32) -> AgentSettings {
    let json = serde_json::json!({
        "region": "us", "retention_days": retention_days, "bot": {"kind": "script"},
    });
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn of_two_who_change_an_agent_at_once_one_is_told() {
    let store = table::store().await;
    assert_eq!(store.saved_settings("shop").await.unwrap(), None);
    assert!(
        store
            .save_settings("shop", None, &settings(1))
            .await
            .unwrap()
    );
    let taken = store
        .save_settings("shop", None, &settings(2))
        .await
        .unwrap();
    assert!(!taken, "there is one of that name");

    let read = store.saved_settings("shop").await.unwrap().unwrap();
    assert_eq!(read.settings, settings(1));
    let first = store.save_settings("shop", Some(&read), &settings(3)).await;
    assert!(first.unwrap());
    let second = store.save_settings("shop", Some(&read), &settings(4)).await;
    assert!(!second.unwrap());
    // A repeat of what was saved is no conflict: its answer may have got lost.
    let again = store.save_settings("shop", Some(&read), &settings(3)).await;
    assert!(again.unwrap());
    assert_eq!(store.settings("shop").await.unwrap(), Some(settings(3)));
}

#[tokio::test]
async fn whoever_saves_without_looking_is_seen_by_those_who_look() {
    let store = table::store().await;
    store.put_settings("shop", &settings(1)).await.unwrap();
    let read = store.saved_settings("shop").await.unwrap().unwrap();
    store.put_settings("shop", &settings(2)).await.unwrap();
    let saved = store.save_settings("shop", Some(&read), &settings(3)).await;
    assert!(!saved.unwrap());
}

#[tokio::test]
async fn only_the_settings_that_were_read_are_removed() {
    let store = table::store().await;
    store.put_settings("shop", &settings(1)).await.unwrap();
    let read = store.saved_settings("shop").await.unwrap().unwrap();
    store.put_settings("shop", &settings(2)).await.unwrap();
    assert!(!store.remove_settings("shop", &read).await.unwrap());
    let read = store.saved_settings("shop").await.unwrap().unwrap();
    assert!(store.remove_settings("shop", &read).await.unwrap());
    assert_eq!(store.settings("shop").await.unwrap(), None);
    let again = store.remove_settings("shop", &read).await.unwrap();
    assert!(again, "gone already is as good");
    let late = store.save_settings("shop", Some(&read), &settings(3)).await;
    assert!(
        !late.unwrap(),
        "a removed agent does not come back by an edit"
    );
}

#[tokio::test]
async fn all_agents_are_listed_by_name_and_nothing_else() {
    let store = table::store().await;
    assert!(store.agents().await.unwrap().is_empty());
    for (name, days) in [("shop", 1), ("desk", 2)] {
        store.put_settings(name, &settings(days)).await.unwrap();
    }
    let receipt = serde_json::json!({});
    store.put_receipt("one", &receipt).await.unwrap();
    assert_eq!(
        store.agents().await.unwrap(),
        [
            ("desk".to_owned(), settings(2)),
            ("shop".to_owned(), settings(1))
        ]
    );
}
