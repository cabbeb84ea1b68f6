//! Answers to tap: buttons where the medium has them, numbers elsewhere.

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, said_by_bot, spoken};

use crate::{is_message, text_of};

/// Asks for a size, and tells what it was given.
fn tailor(turn: &Value) -> Answer {
    if !is_message(turn) {
        return Answer::actions(json!([]));
    }
    match turn["trigger"]["payload"].as_str() {
        Some(payload) => Answer::text(&format!("payload {payload}")),
        None if text_of(turn) == "shirt" => Answer::actions(json!([{
            "type": "reply",
            "text": "Which size?",
            "quickReplies": [
                {"label": "Small", "payload": "SIZE_S"},
                {"label": "Large", "payload": "SIZE_L"},
                {"label": "No idea"},
            ],
            "links": [{"label": "Size table", "url": "https://shop.example.com/sizes"}],
        }])),
        None => Answer::text(&format!("text {}", text_of(turn))),
    }
}

async fn asked(world: &World, medium: &str, bot: &TestBot, mode: &str) -> (String, Value) {
    let agent = world.agent_of(bot, &format!("mode = \"{mode}\"")).await;
    let id = world.begin_on(medium, &agent, None).await;
    world.write(&id, "shirt").await;
    let seen = world
        .until(&id, "the question", |seen| !said_by_bot(seen).is_empty())
        .await;
    let question = spoken(&seen).last().unwrap().clone();
    (id, question)
}

async fn said_next(world: &World, id: &str, expected: &str) {
    let what = format!("{expected:?}");
    world
        .until(id, &what, |seen| {
            said_by_bot(seen)
                .last()
                .is_some_and(|said| said == expected)
        })
        .await;
}

#[tokio::test]
async fn a_tap_on_a_button_brings_its_payload_to_the_bot() {
    let world = World::join();
    let bot = TestBot::start(tailor).await;
    for mode in ["inline", "queued"] {
        let (id, question) = asked(&world, "smooch-rtm", &bot, mode).await;
        let rendered = &question["rendered"];
        assert_eq!(rendered["text"], "Which size?", "{mode}");
        let buttons = rendered["buttons"].as_array().unwrap();
        assert!(
            buttons.contains(&json!({"label": "Small", "payload": "SIZE_S"})),
            "{buttons:?}"
        );
        let table = json!({"label": "Size table", "url": "https://shop.example.com/sizes"});
        assert!(buttons.contains(&table), "{buttons:?}");
        world.act(&id, "tap", json!({"label": "Large"})).await;
        said_next(&world, &id, "payload SIZE_L").await;
        let missing = json!({"label": "Huge"});
        let path = format!("/sim/conversations/{id}/tap");
        let (status, _) = world.try_simulate(Method::POST, &path, Some(missing)).await;
        assert_eq!(status, 404);
    }
}

#[tokio::test]
async fn on_sms_the_answers_are_numbered_and_a_number_brings_the_payload() {
    let world = World::join();
    let bot = TestBot::start(tailor).await;
    for mode in ["inline", "queued"] {
        let (id, question) = asked(&world, "sms", &bot, mode).await;
        let text = question["text"].as_str().unwrap();
        assert!(!text.contains("%["), "{text}");
        for part in [
            "Which size?",
            "1",
            "Small",
            "2",
            "Large",
            "3",
            "No idea",
            "https://shop.example.com/sizes",
        ] {
            assert!(text.contains(part), "{part} is not in {text:?}");
        }
        world.write(&id, "2").await;
        said_next(&world, &id, "payload SIZE_L").await;
        // The offer is used up: the same number is only a number.
        world.write(&id, "2").await;
        said_next(&world, &id, "text 2").await;
    }
}

#[tokio::test]
async fn a_number_that_was_not_offered_is_what_the_contact_wrote() {
    let world = World::join();
    let bot = TestBot::start(tailor).await;
    let (id, _) = asked(&world, "sms", &bot, "inline").await;
    world.write(&id, "12345").await;
    said_next(&world, &id, "text 12345").await;
}

#[tokio::test]
async fn an_answer_without_a_payload_of_its_own_brings_its_label() {
    let world = World::join();
    let bot = TestBot::start(tailor).await;
    let (id, _) = asked(&world, "sms", &bot, "inline").await;
    world.write(&id, "3").await;
    said_next(&world, &id, "payload No idea").await;
}
