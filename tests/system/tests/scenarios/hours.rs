//! Silence out of hours.

use serde_json::{Value, json};
use system_tests::{Answer, RegisteredAgent, TestBot, World, handed_over, said_by_bot, topics};

use crate::{AFTERMATH, echo, text_of};

const CLOSED: &str = "We are closed. We answer from nine.";
const GOODBYE: &str = "One moment.";

/// Hands over on `person`, else echoes.
fn mind(turn: &Value) -> Answer {
    match text_of(turn) {
        "person" => Answer::actions(json!([
            {"type": "reply", "text": GOODBYE},
            {"type": "handover", "reason": "contact_asked"},
        ])),
        _ => echo(turn),
    }
}

/// `[handover]` with a policy and hours that never come: there is one open minute of the year 2001.
fn never_open(action: &str) -> String {
    format!(
        "[handover.closed]\naction = \"{action}\"\ntext = \"{CLOSED}\"\n\
         [handover.hours]\ntime_zone = \"Europe/Brussels\"\nmonday = []\n\
         holidays = {{ \"2001-01-01\" = [\"09:00-09:01\"] }}\n"
    )
}

async fn asked_for_a_person(
    world: &World,
    bot: &TestBot,
    settings: &str,
) -> (RegisteredAgent, String) {
    let agent = world.agent_of(bot, settings).await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "person").await;
    (agent, id)
}

#[tokio::test]
async fn outside_hours_the_contact_is_told_and_people_get_the_conversation_all_the_same() {
    let world = World::join();
    let bot = TestBot::start(mind).await;
    for mode in ["inline", "queued"] {
        let settings = format!("mode = \"{mode}\"\n{}", never_open("hand_over"));
        let (_, id) = asked_for_a_person(&world, &bot, &settings).await;
        let seen = world.until(&id, "the handover", handed_over).await;
        assert_eq!(said_by_bot(&seen), [GOODBYE, CLOSED], "{mode}");
        assert!(
            topics(&seen).contains(&"contact-asked".to_owned()),
            "{mode}"
        );
    }
}

#[tokio::test]
async fn outside_hours_the_bot_can_keep_the_conversation_and_goes_on_answering() {
    let world = World::join();
    let bot = TestBot::start(mind).await;
    for mode in ["inline", "queued"] {
        let settings = format!("mode = \"{mode}\"\n{}", never_open("keep_bot"));
        let (agent, id) = asked_for_a_person(&world, &bot, &settings).await;
        world
            .until(&id, "the text", |seen| {
                said_by_bot(seen) == [GOODBYE, CLOSED]
            })
            .await;
        world
            .until_api(&agent, &id, "the bot has it", |told| {
                told["state"] == "with_bot"
            })
            .await;
        world.write(&id, "then tell me").await;
        world
            .until(&id, "the answer", |seen| {
                said_by_bot(seen) == [GOODBYE, CLOSED, "echo then tell me"]
            })
            .await;
        assert_eq!(
            world.seen(&id).await["owner"]["kind"],
            "virtual_agent",
            "{mode}"
        );
        // Whoever asks again is told again.
        world.write(&id, "person").await;
        world
            .until(&id, "the text again", |seen| {
                said_by_bot(seen).ends_with(&[GOODBYE.to_owned(), CLOSED.to_owned()])
                    && said_by_bot(seen).len() == 5
            })
            .await;
    }
}

#[tokio::test]
async fn outside_hours_the_conversation_can_be_resolved_with_a_text() {
    let world = World::join();
    let bot = TestBot::start(mind).await;
    for mode in ["inline", "queued"] {
        let settings = format!("mode = \"{mode}\"\n{}", never_open("resolve"));
        let (agent, id) = asked_for_a_person(&world, &bot, &settings).await;
        let seen = world
            .until(&id, "the end", |seen| seen["queue"] == "Resolved")
            .await;
        assert_eq!(said_by_bot(&seen), [GOODBYE, CLOSED], "{mode}");
        world
            .until_api(&agent, &id, "the record", |told| {
                told["state"] == "resolved"
            })
            .await;
        // Tomorrow.
        world.write(&id, "hello again").await;
        world
            .until(&id, "the answer", |seen| {
                said_by_bot(seen)
                    .last()
                    .is_some_and(|said| said == "echo hello again")
            })
            .await;
    }
}

#[tokio::test]
async fn a_bot_that_fails_outside_hours_leaves_nobody_without_a_word() {
    let world = World::join();
    let bot = TestBot::start(|_| Answer::status(400)).await;
    for (action, queue) in [("hand_over", "New"), ("resolve", "Resolved")] {
        let agent = world.agent_of(&bot, &never_open(action)).await;
        let id = world.begin(&agent, Some("hello")).await;
        let seen = world
            .until(&id, "the end of it", |seen| seen["queue"] == queue)
            .await;
        assert_eq!(said_by_bot(&seen), [CLOSED], "{action}");
    }
    let agent = world.agent_of(&bot, &never_open("keep_bot")).await;
    let id = world.begin(&agent, Some("hello")).await;
    world
        .until(&id, "the text", |seen| {
            said_by_bot(seen).contains(&CLOSED.to_owned())
        })
        .await;
    tokio::time::sleep(AFTERMATH).await;
    assert_eq!(world.seen(&id).await["owner"]["kind"], "virtual_agent");
}

#[tokio::test]
async fn hours_of_a_channel_replace_those_of_the_agent() {
    let world = World::join();
    let bot = TestBot::start(mind).await;
    let settings = format!(
        "{}[handover.channels.channel-web.hours]\ntime_zone = \"UTC\"\n",
        never_open("keep_bot")
    );
    let agent = world.agent_of(&bot, &settings).await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "person").await;
    let seen = world.until(&id, "the handover", handed_over).await;
    assert_eq!(said_by_bot(&seen), [GOODBYE]);
    let id = world.begin_on("whatsapp", &agent, None).await;
    world.write(&id, "person").await;
    world
        .until(&id, "the text", |seen| {
            said_by_bot(seen) == [GOODBYE, CLOSED]
        })
        .await;
}
