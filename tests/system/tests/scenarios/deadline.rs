//! A bot that took the turn and never answers, and one that takes too long.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, handed_over, said_by_bot, topics};

use crate::{AFTERMATH, echo, is_message, silence, text_of};

const HOLDING: &str = "One moment, please.";

/// `[turns]` with a deadline after ten seconds, and a word to the contact before.
fn deadline() -> String {
    format!(
        "[turns]\nanswer_within_secs = 10\ndelegated_within_secs = 10\nholding_lead_secs = 4\n\
         holding_text = \"{HOLDING}\""
    )
}

/// The handover tells people why they have the conversation.
fn assert_missed_its_deadline(seen: &Value) {
    let topics = topics(seen);
    assert!(topics.contains(&"deadline".to_owned()), "{topics:?}");
}

#[tokio::test]
async fn a_bot_that_never_answers_is_excused_then_replaced_and_its_late_answer_recorded() {
    let world = World::join();
    let bot = TestBot::start(|turn| match is_message(turn) {
        true => Answer::status(202),
        false => silence(),
    })
    .await;
    let agent = world.agent_of(&bot, &deadline()).await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "hello").await;
    let seen = world.until(&id, "the handover", handed_over).await;
    assert_eq!(said_by_bot(&seen), [HOLDING]);
    assert_missed_its_deadline(&seen);
    let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
    assert_eq!(told["handover"]["reason"], "deadline");

    let reply = json!({"id": "late-1", "text": "sorry for the wait"});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", Some(reply))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    let (status, told) = world
        .api(&agent, Method::GET, &id, "/replies/late-1", None)
        .await;
    assert_eq!(
        (status, &told["status"]),
        (StatusCode::OK, &json!("dropped"))
    );
    tokio::time::sleep(AFTERMATH).await;
    assert_eq!(said_by_bot(&world.seen(&id).await), [HOLDING]);
}

#[tokio::test]
async fn a_bot_that_hangs_is_replaced_at_the_deadline() {
    let world = World::join();
    let bot = TestBot::start(|turn| match is_message(turn) {
        true => Answer::text("far too late").after(40_000),
        false => silence(),
    })
    .await;
    for mode in ["inline", "queued"] {
        let settings = format!("mode = \"{mode}\"\n{}", deadline());
        let agent = world.agent_of(&bot, &settings).await;
        let id = world.begin(&agent, None).await;
        world.write(&id, "hello").await;
        let seen = world.until(&id, "the handover", handed_over).await;
        assert_eq!(said_by_bot(&seen), [HOLDING], "{mode}");
        assert_missed_its_deadline(&seen);
    }
}

#[tokio::test]
async fn an_answer_in_time_needs_no_excuse_and_no_people() {
    let world = World::join();
    let bot = TestBot::start(|turn| match text_of(turn) {
        "later" => Answer::status(202),
        _ => echo(turn),
    })
    .await;
    let agent = world.agent_of(&bot, &deadline()).await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "now").await;
    world
        .until(&id, "the answer", |seen| said_by_bot(seen) == ["echo now"])
        .await;
    world.write(&id, "later").await;
    bot.heard(&id, "later").await;
    world
        .until_api(&agent, &id, "the turn is taken", |told| {
            told["queuedTurns"] == 0
        })
        .await;
    let reply = json!({"id": "in-time", "text": "as promised"});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", Some(reply))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    tokio::time::sleep(Duration::from_secs(10) + AFTERMATH).await;
    let seen = world.seen(&id).await;
    assert!(!handed_over(&seen), "{seen:#}");
    let said = said_by_bot(&seen);
    let answers: Vec<_> = said.iter().filter(|text| *text != HOLDING).collect();
    assert_eq!(answers, ["echo now", "as promised"]);
}

/// A bot that promises an answer, and takes its time to promise a second one.
async fn slow_to_promise() -> TestBot {
    TestBot::start(|turn| match text_of(turn) {
        "second" => Answer::status(202).after(2_500),
        "first" => Answer::status(202),
        _ => silence(),
    })
    .await
}

#[tokio::test]
async fn an_answer_to_one_turn_while_the_bot_is_asked_the_next_leaves_that_one_its_deadline() {
    let world = World::join();
    for mode in ["inline", "queued"] {
        let bot = slow_to_promise().await;
        let settings = format!("mode = \"{mode}\"\n{}", deadline());
        let agent = world.agent_of(&bot, &settings).await;
        let id = world.begin(&agent, None).await;
        world.write(&id, "first").await;
        let first = bot.heard(&id, "first").await["turnId"].clone();
        world
            .until_api(&agent, &id, "the first turn is taken", |told| {
                told["awaiting"].as_array().unwrap().contains(&first)
            })
            .await;
        world.write(&id, "second").await;
        bot.heard(&id, "second").await;
        let reply = json!({"id": "first", "text": "to the first", "inReplyTo": first});
        let (status, told) = world
            .api(&agent, Method::POST, &id, "/replies", Some(reply))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        let seen = world.until(&id, "the handover", handed_over).await;
        let said = said_by_bot(&seen);
        assert!(
            said.contains(&"to the first".to_owned()),
            "{mode}: {said:?}"
        );
        assert_missed_its_deadline(&seen);
    }
}

#[tokio::test]
async fn an_answer_that_is_faster_than_its_promise_counts_and_so_does_silence() {
    let world = World::join();
    let mut answered = Vec::new();
    for mode in ["inline", "queued"] {
        let replies = [
            json!({"id": "fast", "text": "here it is", "inReplyTo": true}),
            json!({"id": "fast", "text": "here it is"}),
            json!({"id": "fast", "inReplyTo": true}),
        ];
        for mut reply in replies {
            let bot = slow_to_promise().await;
            let settings = format!("mode = \"{mode}\"\n{}", deadline());
            let agent = world.agent_of(&bot, &settings).await;
            let id = world.begin(&agent, None).await;
            world.write(&id, "second").await;
            let turn = bot.heard(&id, "second").await["turnId"].clone();
            if reply["inReplyTo"] == true {
                reply["inReplyTo"] = turn;
            }
            let post = world.api(&agent, Method::POST, &id, "/replies", Some(reply.clone()));
            let (status, told) = post.await;
            assert_eq!(status, StatusCode::ACCEPTED, "{mode} {reply}: {told}");
            answered.push((mode, id, reply, bot));
        }
    }
    tokio::time::sleep(Duration::from_secs(12) + AFTERMATH).await;
    for (mode, id, reply, _bot) in &answered {
        let seen = world.seen(id).await;
        assert!(!handed_over(&seen), "{mode} {reply}: {seen:#}");
        let said: Vec<_> = reply["text"].as_str().into_iter().collect();
        assert_eq!(said_by_bot(&seen), said, "{mode} {reply}");
    }
}

#[tokio::test]
async fn a_conversation_given_to_a_bot_that_never_speaks_goes_back_to_people() {
    let world = World::join();
    let bot = TestBot::start(|turn: &Value| match turn["trigger"]["type"].as_str() {
        Some("delegated") => Answer::status(202),
        _ => echo(turn),
    })
    .await;
    let agent = world.agent_of(&bot, &deadline()).await;
    let id = world.begin(&agent, Some("hello")).await;
    world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen) == ["echo hello"]
        })
        .await;
    world.act(&id, "take", json!({})).await;
    world.act(&id, "delegate", json!({})).await;
    let seen = world.until(&id, "the handover", handed_over).await;
    assert_eq!(said_by_bot(&seen), ["echo hello", HOLDING]);
    assert_missed_its_deadline(&seen);
}
