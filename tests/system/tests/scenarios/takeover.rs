//! The bot speaks after a takeover.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, deliveries, said_by_bot};

use crate::{AFTERMATH, echo, is_message, silence, text_of};

#[tokio::test]
async fn what_the_bot_says_after_a_takeover_never_reaches_the_contact() {
    let world = World::join();
    let bot =
        TestBot::start(|turn| echo(turn).after(if is_message(turn) { 2_500 } else { 0 })).await;
    // In the webhook's response, after it, and always over REST.
    for settings in [
        "inline_budget_ms = 9000",
        "inline_budget_ms = 1000",
        "mode = \"queued\"",
    ] {
        let agent = world.agent_of(&bot, settings).await;
        let id = world.begin(&agent, None).await;
        world.write(&id, "hello").await;
        bot.heard(&id, "hello").await;
        // A person replies while the bot is thinking: Sparkcentral tells nobody.
        world.act(&id, "take", json!({})).await;
        world
            .act(&id, "reply", json!({"text": "I am a person"}))
            .await;
        world
            .until_api(&agent, &id, "the turn is over", |told| {
                told["queuedTurns"] == 0 && told["transcript"].as_array().unwrap().len() > 1
            })
            .await;
        tokio::time::sleep(AFTERMATH).await;
        let seen = world.seen(&id).await;
        assert!(said_by_bot(&seen).is_empty(), "{settings}: {seen:#}");
        assert_eq!(seen["owner"]["kind"], "human", "{settings}");
    }
}

#[tokio::test]
async fn a_late_answer_after_a_takeover_is_dropped_once_and_the_next_one_refused() {
    let world = World::join();
    let bot = TestBot::start(|turn| match text_of(turn) {
        "" => silence(),
        _ => Answer::status(202),
    })
    .await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, Some("hello")).await;
    bot.heard(&id, "hello").await;
    world.act(&id, "take", json!({})).await;

    let reply = |id: &str| Some(json!({"id": id, "text": "too late"}));
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", reply("late-1"))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    let told = world
        .until_api(&agent, &id, "the takeover is noticed", |told| {
            told["state"] == "with_agent"
        })
        .await;
    let late = deliveries(&told).last().copied().cloned();
    assert_eq!(late.unwrap()["status"], "dropped", "{told:#}");
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", reply("late-2"))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");

    tokio::time::sleep(AFTERMATH).await;
    let seen = world.seen(&id).await;
    assert!(said_by_bot(&seen).is_empty());
    assert_eq!(posts(&seen), 2, "the second 404 is believed");
}

/// Messages somebody tried to POST.
fn posts(seen: &Value) -> usize {
    let calls = seen["rest"].as_array().unwrap().iter();
    calls.filter(|call| call["method"] == "POST").count()
}
