//! Secrets change while contacts write.

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{RegisteredAgent, TestBot, World, said_by_bot};

use crate::echo;

/// Sparkcentral takes these client credentials for the agent from now on, and no others.
async fn activate(world: &World, agent: &RegisteredAgent, credentials: &RegisteredAgent) {
    let taken = &credentials.simulator_credentials;
    let agent = json!({
        "id": agent.name,
        "name": agent.name,
        "webhook_url": agent.webhook_url,
        "secret": agent.webhook_secret,
        "client_id": taken.client_id,
        "client_secret": taken.client_secret,
    });
    world
        .simulate(Method::POST, "/sim/agents", Some(agent))
        .await;
}

async fn is_answered(world: &World, agent: &RegisteredAgent, text: &str) {
    let id = world.begin(agent, Some(text)).await;
    let answer = format!("echo {text}");
    world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen) == [answer.as_str()]
        })
        .await;
}

/// When the old client secret was last used, as operators are told; null where it never was.
async fn old_last_used(world: &World, agent: &RegisteredAgent) -> Value {
    let shown = world.run(&["--json", "agent", "show", &agent.name]).await;
    let shown = shown.json();
    let parts = shown["secret"]["rotation"]["secrets"].as_array().unwrap();
    let part = parts
        .iter()
        .find(|part| part["secret"]["kind"] == "client_secret");
    part.unwrap()["old_last_used"].clone()
}

#[tokio::test]
async fn replies_arrive_whichever_client_credentials_sparkcentral_takes_during_a_rotation() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    let settings = format!("mode = \"queued\"\n{}", bot.settings());
    let old = world.register(&settings, json!({}), bot.secrets()).await;
    is_answered(&world, &old, "before").await;

    let new = world.rotate_with(&old, &settings, bot.secrets()).await;
    activate(&world, &new, &old).await;
    is_answered(&world, &new, "here only").await;
    activate(&world, &new, &new).await;
    is_answered(&world, &new, "here and there").await;
}

#[tokio::test]
async fn operators_are_told_that_the_old_client_credentials_are_still_what_works() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    let settings = format!("mode = \"queued\"\n{}", bot.settings());
    let old = world.register(&settings, json!({}), bot.secrets()).await;
    let new = world.rotate_with(&old, &settings, bot.secrets()).await;
    assert_eq!(old_last_used(&world, &new).await, Value::Null);
    activate(&world, &new, &old).await;
    is_answered(&world, &new, "hello").await;
    assert!(old_last_used(&world, &new).await.is_string());
}
