//! The steps, for any bot that has the mind of `system_tests::bots`.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use system_tests::bots::{AGAIN, ANSWER, BotService, GREETING, PERSON, THANKS, TOPIC};
use system_tests::{RegisteredAgent, World, handed_over, last_reason, said_by_bot, topics, ways};

/// Milliseconds for an answer in the webhook's response.
const INLINE_BUDGET_MS: u64 = 2_500;

/// All steps, one after the other, with one agent.
pub(crate) async fn whole(service: BotService) {
    let world = World::join();
    let settings = format!("inline_budget_ms = {INLINE_BUDGET_MS}");
    let agent = service.agent(&world, &settings).await;
    question_and_handover(&world, &agent, service.handover_reason).await;
    resolve(&world, &agent).await;
    delegation(&world, &agent).await;
    long_message(&world, &agent).await;
    throttled(&world, &agent, &service).await;
    slow(&world, &agent, &service).await;
    down(&world, &agent, &service).await;
    let complaints = service.complaints();
    assert!(complaints.is_empty(), "{}: {complaints:?}", service.kind);
}

/// Begins a conversation and waits for the greeting.
async fn greeted(world: &World, agent: &RegisteredAgent) -> String {
    let id = world.begin(agent, None).await;
    world
        .until(&id, "the greeting", |seen| said_by_bot(seen) == [GREETING])
        .await;
    id
}

pub(crate) async fn question_and_handover(world: &World, agent: &RegisteredAgent, reason: &str) {
    let id = greeted(world, agent).await;
    world.write(&id, "I have a question").await;
    world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen) == [GREETING, ANSWER] && topics(seen).contains(&TOPIC.to_owned())
        })
        .await;
    world.write(&id, "I want a person").await;
    let seen = world.until(&id, "the handover", handed_over).await;
    assert_eq!(said_by_bot(&seen), [GREETING, ANSWER, PERSON]);
    let topic = reason.replace('_', "-");
    assert!(topics(&seen).contains(&topic), "{:?}", topics(&seen));
    let (_, told) = world.api(agent, Method::GET, &id, "", None).await;
    assert_eq!(told["handover"]["reason"], reason);
}

pub(crate) async fn resolve(world: &World, agent: &RegisteredAgent) {
    let id = greeted(world, agent).await;
    world.write(&id, "thanks").await;
    let seen = world
        .until(&id, "the end", |seen| seen["queue"] == "Resolved")
        .await;
    assert_eq!(said_by_bot(&seen), [GREETING, THANKS]);
    assert_eq!(last_reason(&seen), "resolved_by_agent");
}

/// A person takes the conversation and gives it back: the bot speaks first.
pub(crate) async fn delegation(world: &World, agent: &RegisteredAgent) {
    let id = greeted(world, agent).await;
    world.act(&id, "take", json!({})).await;
    world.act(&id, "delegate", json!({})).await;
    world
        .until(&id, "the first word", |seen| {
            said_by_bot(seen) == [GREETING, AGAIN]
        })
        .await;
    world.write(&id, "another question").await;
    world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen) == [GREETING, AGAIN, ANSWER]
        })
        .await;
}

/// Services have limits of their own: a message over all of them is answered all the same.
pub(crate) async fn long_message(world: &World, agent: &RegisteredAgent) {
    let id = greeted(world, agent).await;
    let text = format!("A long question: {}", "why? ".repeat(1_000));
    world.write(&id, &text).await;
    world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen) == [GREETING, ANSWER]
        })
        .await;
}

/// A service that asks to be called less often is asked again, and answers in the end.
async fn throttled(world: &World, agent: &RegisteredAgent, service: &BotService) {
    let id = greeted(world, agent).await;
    service.throttle(2);
    let before = service.requests().len();
    world.write(&id, "a question in the rush hour").await;
    world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen) == [GREETING, ANSWER]
        })
        .await;
    let requests = service.requests().len() - before;
    assert!(requests > 2, "{requests} requests, two of them refused");
}

/// An answer that is too late for the webhook's response comes over REST, once.
async fn slow(world: &World, agent: &RegisteredAgent, service: &BotService) {
    let id = greeted(world, agent).await;
    service.slow_down(INLINE_BUDGET_MS + 1_500);
    world.write(&id, "a slow question").await;
    world
        .until(&id, "the answer", |seen| said_by_bot(seen).len() > 1)
        .await;
    // A second answer would come as late as the first.
    tokio::time::sleep(Duration::from_millis(INLINE_BUDGET_MS + 3_500)).await;
    let seen = world.seen(&id).await;
    assert_eq!(said_by_bot(&seen), [GREETING, ANSWER]);
    assert_eq!(ways(&seen).last(), Some(&"rest"));
    service.recover();
}

/// A service that is down is asked again, and then people are asked.
async fn down(world: &World, agent: &RegisteredAgent, service: &BotService) {
    let id = greeted(world, agent).await;
    service.break_down();
    let before = service.requests().len();
    world.write(&id, "a question in vain").await;
    let seen = world.until(&id, "the handover", handed_over).await;
    assert_eq!(said_by_bot(&seen), [GREETING]);
    assert!(topics(&seen).contains(&"bot-failed".to_owned()));
    let requests = service.requests().len() - before;
    assert!(requests > 1, "asked {requests} times");
    let (_, told) = world.api(agent, Method::GET, &id, "", None).await;
    assert_eq!(told["handover"]["reason"], "bot_failed");
    service.recover();
}
