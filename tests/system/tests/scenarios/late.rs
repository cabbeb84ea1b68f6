//! Double answers after a slow bot.

use std::time::Duration;

use serde_json::json;
use system_tests::{Answer, TestBot, World, deliveries, said_by_bot, ways};

use crate::{AFTERMATH, echo, is_message};

#[tokio::test]
async fn a_slow_bot_answers_once_although_it_is_asked_again_and_the_webhook_comes_twice() {
    let world = World::join();
    let bot =
        TestBot::start(|turn| echo(turn).after(if is_message(turn) { 3_000 } else { 0 })).await;
    let agent = world.agent_of(&bot, "inline_budget_ms = 1500").await;
    let id = world.begin(&agent, None).await;
    for text in ["first", "second"] {
        world
            .fault(json!({"fault": "duplicate_webhook", "copies": 2, "conversation": id}))
            .await;
        world.write_and_wait(&id, text).await;
        let answer = format!("echo {text}");
        world
            .until(&id, "the answer", |seen| {
                said_by_bot(seen).contains(&answer)
            })
            .await;
    }
    tokio::time::sleep(Duration::from_secs(3) + AFTERMATH).await;
    let seen = world.seen(&id).await;
    assert_eq!(said_by_bot(&seen), ["echo first", "echo second"]);
    assert_eq!(ways(&seen), ["rest", "rest"]);
    for attempt in seen["webhooks"].as_array().unwrap() {
        assert_eq!(attempt["status"], 200, "{attempt}");
    }
}

#[tokio::test]
async fn a_bot_that_answers_late_through_the_api_and_repeats_itself_is_heard_once() {
    let world = World::join();
    let bot = TestBot::start(|turn| match is_message(turn) {
        true => Answer::status(202),
        false => echo(turn),
    })
    .await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "hello").await;
    let turn = bot.heard(&id, "hello").await;
    world
        .until_api(&agent, &id, "the turn is taken", |told| {
            told.to_string().contains("\"hello\"") && told["queuedTurns"] == 0
        })
        .await;
    // A platform that is not sure says it again.
    for _ in 0..3 {
        let reply = json!({"id": turn["turnId"], "text": "here it is"});
        let (status, told) = world
            .api(&agent, reqwest::Method::POST, &id, "/replies", Some(reply))
            .await;
        assert!(status.is_success(), "{told}");
    }
    world
        .until(&id, "the answer", |seen| !said_by_bot(seen).is_empty())
        .await;
    tokio::time::sleep(AFTERMATH).await;
    assert_eq!(said_by_bot(&world.seen(&id).await), ["here it is"]);
    let told = world
        .until_api(&agent, &id, "the record", |told| {
            deliveries(told)
                .last()
                .is_some_and(|last| last["status"] == "sent")
        })
        .await;
    assert_eq!(deliveries(&told).len(), 1, "{told:#}");
}
