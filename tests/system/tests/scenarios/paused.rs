//! The bot must not speak for a while.

use std::time::Duration;

use serde_json::Value;
use system_tests::{TestBot, World, handed_over, said_by_bot, topics};

use crate::{echo, is_message, text_of};

/// By then a pause is in force everywhere: the settings are read anew every 30 s.
const IN_FORCE: Duration = Duration::from_secs(31);

fn by_pause(seen: &Value) -> bool {
    handed_over(seen) && topics(seen).contains(&"agent-paused".to_owned())
}

async fn answered(world: &World, id: &str, said: &[&str]) {
    world
        .until(id, "the bot's answer", |seen| said_by_bot(seen) == said)
        .await;
}

#[tokio::test]
async fn people_get_what_is_said_while_the_agent_is_paused_and_the_bot_what_is_said_after() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    let (inline, queued) = tokio::join!(
        world.agent_of(&bot, "mode = \"inline\""),
        world.agent_of(&bot, "mode = \"queued\"")
    );
    let mut before = Vec::new();
    for agent in [&inline, &queued] {
        let id = world.begin(agent, Some("before")).await;
        answered(&world, &id, &["echo before"]).await;
        before.push(id);
        world.run(&["agent", "pause", &agent.name]).await.told();
    }
    tokio::time::sleep(IN_FORCE).await;
    for (agent, begun) in [&inline, &queued].into_iter().zip(&before) {
        world.write(begun, "while paused").await;
        let new = world.begin(agent, Some("while paused")).await;
        for id in [begun, &new] {
            world.until(id, "the handover", by_pause).await;
        }
        assert_eq!(said_by_bot(&world.seen(begun).await), ["echo before"]);
        assert!(said_by_bot(&world.seen(&new).await).is_empty());
        world.run(&["agent", "resume", &agent.name]).await.told();
    }
    let asked = |turn: &Value| text_of(turn).contains("while paused");
    assert!(!bot.turns().iter().any(asked), "the bot was asked");

    tokio::time::sleep(IN_FORCE).await;
    for (agent, begun) in [&inline, &queued].into_iter().zip(&before) {
        let id = world.begin(agent, Some("after")).await;
        answered(&world, &id, &["echo after"]).await;
        assert!(
            by_pause(&world.seen(begun).await),
            "people keep what they got"
        );
    }
}

#[tokio::test]
async fn what_waits_in_line_goes_to_people_behind_the_answer_that_was_under_way() {
    let world = World::join();
    // Longer than settings are remembered: the next turn's function reads them anew.
    let bot = TestBot::start(|turn| {
        let busy = if is_message(turn) { 35_000 } else { 0 };
        echo(turn).after(busy)
    })
    .await;
    let settings = bot.settings();
    let settings = format!("mode = \"queued\"\n{settings}timeout_ms = 45000\n");
    let agent = world
        .register(&settings, serde_json::json!({}), bot.secrets())
        .await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "first").await;
    bot.heard(&id, "first").await;
    world.write_and_wait(&id, "second").await;
    world.run(&["agent", "pause", &agent.name]).await.told();
    let seen = world.until(&id, "the handover", by_pause).await;
    assert_eq!(said_by_bot(&seen), ["echo first"]);
    let turns = bot.turns();
    let asked = turns.iter().filter(|turn| is_message(turn));
    assert_eq!(asked.count(), 1);
}
