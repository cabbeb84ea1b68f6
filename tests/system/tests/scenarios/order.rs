//! Two messages in one second; handover text and a final reply both.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, handed_over, said_by_bot, spoken};

use crate::{AFTERMATH, echo, is_message, silence};

/// What the contact writes, within one second.
const WORDS: [&str; 3] = ["one", "two", "three"];

/// Contact's lines that were answered, in order, whether the bot got them one by one or together.
fn answered(seen: &Value) -> Vec<String> {
    let said = said_by_bot(seen).join("\n");
    let lines = said.lines();
    lines
        .map(|line| line.strip_prefix("echo ").unwrap_or(line).to_owned())
        .collect()
}

async fn write_quickly(world: &World, id: &str) {
    for word in WORDS {
        world.write(id, word).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test]
async fn messages_within_one_second_are_answered_once_each_and_in_order() {
    let world = World::join();
    let bot =
        TestBot::start(|turn| echo(turn).after(if is_message(turn) { 1_500 } else { 0 })).await;
    for settings in [
        "inline_budget_ms = 9000",
        "inline_budget_ms = 9000\n[turns]\nwhile_busy = \"queue\"",
        "inline_budget_ms = 1000",
        "mode = \"queued\"",
        "mode = \"queued\"\n[turns]\nwhile_busy = \"queue\"",
    ] {
        let agent = world.agent_of(&bot, settings).await;
        let id = world.begin(&agent, None).await;
        write_quickly(&world, &id).await;
        world
            .until(&id, "all answers", |seen| {
                answered(seen).len() >= WORDS.len()
            })
            .await;
        tokio::time::sleep(AFTERMATH).await;
        let seen = world.seen(&id).await;
        assert_eq!(answered(&seen), WORDS, "{settings}");
        if settings.contains("while_busy") {
            assert_eq!(said_by_bot(&seen).len(), WORDS.len(), "{settings}");
        }
    }
}

/// Webhooks that don't wait for each other arrive in any order; each message is answered all the same.
#[tokio::test]
async fn messages_whose_webhooks_overtake_each_other_are_answered_once_each() {
    let world = World::join();
    let bot =
        TestBot::start(|turn| echo(turn).after(if is_message(turn) { 1_500 } else { 0 })).await;
    for settings in [
        "inline_budget_ms = 9000",
        "inline_budget_ms = 1000",
        "mode = \"queued\"",
    ] {
        let agent = world.agent_of(&bot, settings).await;
        let id = world.begin(&agent, None).await;
        let outside_the_line = json!({
            "fault": "reorder_webhooks", "count": 3, "delay_ms": 10, "conversation": id,
        });
        world.fault(outside_the_line).await;
        write_quickly(&world, &id).await;
        world
            .until(&id, "all answers", |seen| {
                answered(seen).len() >= WORDS.len()
            })
            .await;
        tokio::time::sleep(AFTERMATH).await;
        let mut answered = answered(&world.seen(&id).await);
        answered.sort();
        assert_eq!(answered, ["one", "three", "two"], "{settings}");
    }
}

#[tokio::test]
async fn a_debounce_makes_one_turn_of_what_is_written_in_one_go() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    let agent = world.agent_of(&bot, "[turns]\ndebounce_ms = 3000").await;
    let id = world.begin(&agent, None).await;
    write_quickly(&world, &id).await;
    world
        .until(&id, "the answer", |seen| !said_by_bot(seen).is_empty())
        .await;
    tokio::time::sleep(AFTERMATH).await;
    let seen = world.seen(&id).await;
    assert_eq!(said_by_bot(&seen), ["echo one\ntwo\nthree"]);
    let messages = bot.turns().into_iter().filter(is_message).count();
    assert_eq!(messages, 1);
}

#[tokio::test]
async fn final_reply_and_handover_text_both_arrive_in_order_before_the_handover() {
    let world = World::join();
    let bot = TestBot::start(|turn| match is_message(turn) {
        true => Answer::actions(json!([
            {"type": "reply", "text": "Here is what I know."},
            {"type": "reply", "text": "That is all."},
            {"type": "handover", "reason": "contact_asked", "summary": "Asks for a refund."},
        ])),
        false => silence(),
    })
    .await;
    for mode in ["inline", "queued"] {
        let settings = format!(
            "mode = \"{mode}\"\n[handover]\ntext_on_handover = \"A person takes over now.\""
        );
        let agent = world.agent_of(&bot, &settings).await;
        let id = world.begin(&agent, None).await;
        // What is sent again must not be overtaken.
        world
            .fault(json!({"fault": "rate_limited", "count": 2, "conversation": id}))
            .await;
        world.write(&id, "I want my money back").await;
        world.until(&id, "the handover", handed_over).await;
        tokio::time::sleep(AFTERMATH).await;
        let seen = world.seen(&id).await;
        let expected = [
            "Here is what I know.",
            "That is all.",
            "A person takes over now.",
        ];
        assert_eq!(said_by_bot(&seen), expected, "{mode}");
        let last_said = spoken(&seen).last().unwrap()["at"].as_str().unwrap();
        let handed = seen["history"].as_array().unwrap().last().unwrap()["at"].as_str();
        assert!(last_said <= handed.unwrap(), "{mode}: {seen:#}");
        let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
        assert_eq!(told["state"], "with_agent", "{mode}");
    }
}
