//! An agent goes, and may come back.

use serde_json::{Value, json};
use system_tests::{World, said_by_bot};

use super::{Files, InSparkcentral, words};

#[tokio::test]
async fn an_agent_is_removed_when_the_bot_has_no_conversation_and_can_be_added_again() {
    let world = World::join();
    let made = InSparkcentral::new(&world).await;
    let files = Files::new();
    let add = made.add(&world, &files, &[]);
    world.run(&words(&add)).await.told();
    let agent = made.registered(&world, "");
    let id = world.begin(&agent, None).await;
    let greeted = |seen: &Value| !said_by_bot(seen).is_empty();
    world.until(&id, "the greeting", greeted).await;

    let name = made.name.as_str();
    let unsure = world.run(&["agent", "remove", name]).await;
    assert!(
        unsure.refusal().contains("1 conversation is with the bot"),
        "{unsure:?}"
    );
    let busy = world.run(&["agent", "remove", name, "--yes"]).await;
    for expected in [
        "1 conversation is with the bot",
        "Sparkcentral",
        "agent pause",
        "--force",
    ] {
        assert!(busy.refusal().contains(expected), "{busy:?}");
    }
    let unsure = world.run(&["agent", "remove", name, "--force"]).await;
    assert!(unsure.refusal().contains("add --yes"), "{unsure:?}");
    let removed = world
        .run(&["agent", "remove", name, "--yes", "--force", "--json"])
        .await
        .json();
    assert_eq!(removed["conversations_with_bot"], 1);
    assert!(removed["secret_restorable_until"].is_string(), "{removed}");
    assert_eq!(removed["settings"]["region"], "us");
    let gone = world.run(&["agent", "remove", name, "--yes"]).await;
    assert!(gone.refusal().contains("no agent is called"), "{gone:?}");
    let unknown = world.run(&["agent", "show", name]).await;
    assert!(
        unknown.refusal().contains("no agent is called"),
        "{unknown:?}"
    );
    let listed = world.run(&["agent", "list", "--json"]).await.json();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["name"] != *name),
        "{listed}"
    );

    // The deleted secret is taken again, and nothing of what was in it stays good.
    world.run(&words(&add)).await.told();
    let shown = world.run(&["agent", "show", name, "--json"]).await.json();
    assert_eq!(shown["secret"]["rotation"], Value::Null);
    world.write(&id, "What are your opening hours?").await;
    world
        .until(&id, "an answer", |seen| said_by_bot(seen).len() > 1)
        .await;
    let removed = world
        .run(&["agent", "remove", name, "--yes", "--force"])
        .await;
    for expected in ["is removed", "restore-secret", "agent add"] {
        assert!(removed.told().contains(expected), "{removed:?}");
    }
}

#[tokio::test]
async fn of_an_agent_without_conversations_everything_goes_at_once() {
    let world = World::join();
    let made = InSparkcentral::new(&world).await;
    let files = Files::new();
    let add = made.add(&world, &files, &[]);
    world.run(&words(&add)).await.told();
    let removed = world
        .run(&["agent", "remove", &made.name, "--yes", "--json"])
        .await
        .json();
    assert_eq!(removed["conversations_with_bot"], json!(0));
}
