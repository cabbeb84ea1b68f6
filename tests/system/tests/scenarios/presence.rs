//! Nobody there: the gate asks Sparkcentral, where the dialect can tell.

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{Answer, RegisteredAgent, TestBot, World, handed_over, said_by_bot};

use crate::{is_message, silence};

const NOBODY: &str = "Nobody is here just now; I stay with you.";
const BUSY: &str = "The line is long; I stay with you.";
const COMING: &str = "A person takes over.";

fn settings() -> String {
    format!(
        "dialect = \"inbox\"\norganization_id = \"1000\"\n\
         [handover]\nmax_wait_secs = 600\ntext_on_handover = \"{COMING}\"\n\
         [handover.nobody]\naction = \"keep_bot\"\ntext = \"{NOBODY}\"\n\
         [handover.busy]\naction = \"keep_bot\"\ntext = \"{BUSY}\"\n"
    )
}

async fn agent_that_hands_over(world: &World) -> (TestBot, RegisteredAgent) {
    let bot = TestBot::start(|turn| match is_message(turn) {
        true => Answer::actions(json!([{"type": "handover", "reason": "contact_asked"}])),
        false => silence(),
    })
    .await;
    let settings = format!("{}\n{}", settings(), bot.settings());
    let agent = world
        .register(&settings, json!({"dialect": "inbox"}), bot.secrets())
        .await;
    (bot, agent)
}

async fn put(world: &World, path: &str, body: Value) {
    world.simulate(Method::PUT, path, Some(body)).await;
}

async fn ask_for_a_person(world: &World, agent: &RegisteredAgent) -> String {
    let id = world.begin(agent, None).await;
    world.write(&id, "a person, please").await;
    id
}

/// What the bot says to a contact who asks for a person, where these people are there and contacts wait
/// for so many seconds. An agent of its own: who is there is remembered for a moment.
async fn told(world: &World, people: Value, waiting_secs: u32, expected: &str) -> Value {
    let (_bot, agent) = agent_that_hands_over(world).await;
    let name = agent.name.as_str();
    put(
        world,
        "/sim/presence",
        json!({"agent": name, "agents": people}),
    )
    .await;
    put(
        world,
        "/sim/waiting",
        json!({"agent": name, "seconds": waiting_secs}),
    )
    .await;
    let id = ask_for_a_person(world, &agent).await;
    world
        .until(&id, expected, |seen| said_by_bot(seen) == [expected])
        .await;
    world
        .until_api(&agent, &id, "it is settled", |told| {
            told["state"] != "handing_over"
        })
        .await;
    world.seen(&id).await
}

#[tokio::test]
async fn with_nobody_online_the_policy_decides_and_with_somebody_people_take_over() {
    let world = World::join();
    let away = json!([{"id": "agent-1", "presence": "AWAY"}]);
    let there = json!([{"id": "agent-1", "presence": "AVAILABLE"}]);
    for (people, waiting_secs, expected, people_take_over) in [
        (json!([]), 30, NOBODY, false),
        (away, 30, NOBODY, false),
        (there.clone(), 30, COMING, true),
        (there, 1_800, BUSY, false),
    ] {
        let seen = told(&world, people, waiting_secs, expected).await;
        assert_eq!(handed_over(&seen), people_take_over, "{expected}");
    }
}

#[tokio::test]
async fn where_nobody_can_tell_who_is_there_people_get_the_conversation() {
    let world = World::join();
    for fault in ["server_error", "unauthorized", "rate_limited", "slow"] {
        let (_bot, agent) = agent_that_hands_over(&world).await;
        let name = agent.name.as_str();
        put(
            &world,
            "/sim/presence",
            json!({"agent": name, "agents": []}),
        )
        .await;
        let mut order = json!({"fault": fault, "on": "presence", "agent": name, "count": 50});
        if fault == "slow" {
            order["delay_ms"] = 20_000.into();
        }
        world.fault(order).await;
        let id = ask_for_a_person(&world, &agent).await;
        let seen = world.until(&id, "the handover", handed_over).await;
        assert_eq!(said_by_bot(&seen), [COMING], "{fault}");
    }
}
