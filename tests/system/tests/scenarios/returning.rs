//! The bot is mute after a return; a reply to a resolved conversation.

use reqwest::{Method, StatusCode};
use serde_json::json;
use system_tests::{Answer, TestBot, World, deliveries, said_by_bot};

use crate::{AFTERMATH, echo, is_message, silence, text_of};

#[tokio::test]
async fn a_conversation_that_comes_back_is_spoken_to_first_and_answered_again() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["type"].as_str() {
        Some("delegated") => Answer::text("I am back."),
        _ => echo(turn),
    })
    .await;
    for mode in ["inline", "queued"] {
        let agent = world.agent_of(&bot, &format!("mode = \"{mode}\"")).await;
        let id = world.begin(&agent, Some("first")).await;
        world
            .until(&id, "the answer", |seen| said_by_bot(seen).len() == 1)
            .await;
        let mut expected = vec!["echo first".to_owned()];
        for round in ["second", "third"] {
            world.act(&id, "take", json!({})).await;
            world.act(&id, "reply", json!({"text": "a person"})).await;
            world.act(&id, "delegate", json!({})).await;
            expected.push("I am back.".to_owned());
            world
                .until(&id, "the first word", |seen| said_by_bot(seen) == expected)
                .await;
            world.write(&id, round).await;
            expected.push(format!("echo {round}"));
            world
                .until(&id, "the answer", |seen| said_by_bot(seen) == expected)
                .await;
        }
        let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
        assert_eq!(told["state"], "with_bot", "{mode}");
    }
}

#[tokio::test]
async fn where_the_bot_has_no_first_word_the_settings_have_one() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    let text = "{ en = \"How can I help you further?\", nl = \"Wat kan ik nog doen?\" }";
    for mode in ["inline", "queued"] {
        let settings = format!("mode = \"{mode}\"\n[turns]\ndelegated_text = {text}");
        let agent = world.agent_of(&bot, &settings).await;
        let id = world
            .begin_with(&agent, json!({"language": "nl", "text": "eerst"}))
            .await;
        world
            .until(&id, "the answer", |seen| said_by_bot(seen).len() == 1)
            .await;
        world.act(&id, "take", json!({})).await;
        world.act(&id, "delegate", json!({})).await;
        world
            .until(&id, "the first word", |seen| {
                said_by_bot(seen) == ["echo eerst", "Wat kan ik nog doen?"]
            })
            .await;
        world.write(&id, "dan").await;
        world
            .until(&id, "the answer", |seen| {
                said_by_bot(seen)
                    .last()
                    .is_some_and(|said| said == "echo dan")
            })
            .await;
    }
}

#[tokio::test]
async fn a_late_reply_to_a_resolved_conversation_is_recorded_and_not_sent_over_and_over() {
    let world = World::join();
    let bot = TestBot::start(|turn| match text_of(turn) {
        "wait" => Answer::status(202),
        _ => echo(turn),
    })
    .await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "wait").await;
    world
        .until_api(&agent, &id, "the turn is taken", |told| {
            told.to_string().contains("\"wait\"") && told["queuedTurns"] == 0
        })
        .await;
    world.act(&id, "take", json!({})).await;
    world.act(&id, "resolve", json!({})).await;

    let reply = json!({"id": "late", "text": "too late"});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", Some(reply))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    let told = world
        .until_api(&agent, &id, "the record", |told| {
            deliveries(told)
                .last()
                .is_some_and(|last| last["status"] == "dropped")
        })
        .await;
    assert_eq!(deliveries(&told).last().unwrap()["reason"], "not_assigned");
    let calls = world.seen(&id).await["rest"].as_array().unwrap().len();
    tokio::time::sleep(AFTERMATH).await;
    let seen = world.seen(&id).await;
    assert_eq!(seen["rest"].as_array().unwrap().len(), calls, "{seen:#}");
    assert!(said_by_bot(&seen).is_empty());
    assert_eq!(seen["queue"], "Resolved");

    // The contact writes again: a new episode, answered.
    world.write(&id, "one more thing").await;
    world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen) == ["echo one more thing"]
        })
        .await;
    let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
    assert_eq!(
        (&told["state"], &told["episode"]),
        (&json!("with_bot"), &json!(2))
    );
}

#[tokio::test]
async fn a_contact_who_writes_after_the_bot_resolved_is_answered_in_a_new_episode() {
    let world = World::join();
    let bot = TestBot::start(|turn| match (is_message(turn), text_of(turn)) {
        (true, "bye") => Answer::actions(json!([
            {"type": "reply", "text": "Goodbye."},
            {"type": "resolve"},
        ])),
        (true, _) => echo(turn),
        _ => silence(),
    })
    .await;
    for mode in ["inline", "queued"] {
        let agent = world.agent_of(&bot, &format!("mode = \"{mode}\"")).await;
        let id = world.begin(&agent, None).await;
        world.write(&id, "bye").await;
        world
            .until(&id, "the end", |seen| seen["queue"] == "Resolved")
            .await;
        world
            .until_api(&agent, &id, "the record", |told| {
                told["state"] == "resolved"
            })
            .await;
        world.write(&id, "wait").await;
        world
            .until(&id, "the answer", |seen| {
                said_by_bot(seen) == ["Goodbye.", "echo wait"]
            })
            .await;
        let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
        assert_eq!(told["episode"], 2, "{mode}: {told:#}");
    }
}
