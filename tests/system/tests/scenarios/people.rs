//! What people get with a conversation, and when they get it though nobody asked for them.

use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, handed_over, said_by_bot, topics};

use crate::{echo, is_message, silence, text_of};

const ADDRESS: &str = "contact-1@example.com";

/// Asks one question, and then for people, with what it learned.
fn asks_and_hands_over(turn: &Value) -> Answer {
    match text_of(turn) {
        "" => silence(),
        "help" => Answer::text("What is your e-mail address?"),
        _ => Answer::actions(json!([
            {"type": "topics", "topics": ["returns"]},
            {"type": "attributes", "attributes": {"order_number": "4711"}},
            {"type": "handover", "reason": "not_understood", "profile": "named",
                "summary": "Wants to send a parcel back."},
        ])),
    }
}

/// The values of an attribute, as people see them.
fn attribute(seen: &Value, name: &str) -> Vec<String> {
    let all = seen["attributes"].as_array().unwrap().iter();
    all.filter(|attribute| attribute["attribute"] == name)
        .map(|attribute| attribute["value"].as_str().unwrap().to_owned())
        .collect()
}

/// Asked for help, and handed over with the address given.
async fn handed_over_with_an_address(world: &World, id: &str) -> Value {
    world.write(id, "help").await;
    world
        .until(id, "the question", |seen| said_by_bot(seen).len() == 1)
        .await;
    world.write(id, ADDRESS).await;
    world.until(id, "the handover", handed_over).await
}

#[tokio::test]
async fn people_read_a_note_of_what_the_bot_asked_and_learned_without_the_contacts_address() {
    let world = World::join();
    let bot = TestBot::start(asks_and_hands_over).await;
    let settings = format!(
        "dialect = \"inbox\"\norganization_id = \"1000\"\n{}",
        bot.settings()
    );
    let agent = world
        .register(&settings, json!({"dialect": "inbox"}), bot.secrets())
        .await;
    let id = world.begin(&agent, None).await;
    let seen = handed_over_with_an_address(&world, &id).await;
    let notes = seen["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    let note = notes[0]["text"].as_str().unwrap();
    for part in [
        "Wants to send a parcel back.",
        "What is your e-mail address?",
        "[email]",
        "order_number = 4711",
        "returns",
    ] {
        assert!(note.contains(part), "{part} is not in: {note}");
    }
    assert!(!note.contains(ADDRESS), "{note}");
}

#[tokio::test]
async fn where_there_are_no_notes_topics_and_attributes_tell_and_route() {
    let world = World::join();
    let bot = TestBot::start(asks_and_hands_over).await;
    let settings = "[handover]\ncontext_attribute = \"bot_summary\"\n\
        [[handover.routing]]\nname = \"english\"\nwhen = { language = [\"en\"] }\n\
        topics = [\"opening-hours\"]\nattributes = { skill = \"english\" }\n\
        [[handover.routing]]\nname = \"french\"\nwhen = { language = [\"fr\"] }\n\
        attributes = { skill = \"french\" }\n\
        [[handover.routing]]\nname = \"named\"\nattributes = { desk = \"returns\" }\n";
    let agent = world.agent_of(&bot, settings).await;
    let id = world.begin(&agent, None).await;
    let seen = handed_over_with_an_address(&world, &id).await;
    let topics = topics(&seen);
    for topic in ["not-understood", "returns", "opening-hours"] {
        assert!(topics.contains(&topic.to_owned()), "{topic}: {topics:?}");
    }
    assert_eq!(attribute(&seen, "skill"), ["english"]);
    assert_eq!(attribute(&seen, "desk"), ["returns"]);
    assert_eq!(attribute(&seen, "order_number"), ["4711"]);
    let told = attribute(&seen, "bot_summary").concat();
    assert!(told.contains("Wants to send a parcel back."), "{told}");
    assert!(!told.contains(ADDRESS), "{told}");
}

#[tokio::test]
async fn a_vip_goes_to_people_at_once_where_the_settings_say_so() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    for mode in ["inline", "queued"] {
        let settings = format!("mode = \"{mode}\"\n[handover.policy]\nvip = true\n");
        let agent = world.agent_of(&bot, &settings).await;
        let contact = |vip| {
            let name = uuid::Uuid::new_v4().simple().to_string();
            json!({"contact": {"primaryIdentifier": name, "mediumContactProfileId": name, "vip": vip}})
        };
        let id = world.begin_with(&agent, contact(true)).await;
        let seen = world.until(&id, "the handover", handed_over).await;
        assert!(topics(&seen).contains(&"policy".to_owned()), "{mode}");
        let about = |turn: &Value| turn["conversationId"] == id.as_str();
        assert!(!bot.turns().iter().any(about), "{mode}: the bot was asked");

        let id = world.begin_with(&agent, contact(false)).await;
        world.write(&id, "hello").await;
        world
            .until(&id, "the bot's answer", |seen| {
                said_by_bot(seen) == ["echo hello"]
            })
            .await;
    }
}

#[tokio::test]
async fn a_bot_that_goes_on_for_too_long_gives_way_to_people() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    // The start of the conversation is a turn too.
    let settings = "[handover.policy]\nmax_turns = 3\n";
    let agent = world.agent_of(&bot, settings).await;
    let id = world.begin(&agent, None).await;
    for n in 1..=2 {
        world.write_and_wait(&id, &n.to_string()).await;
        world
            .until(&id, "the answer", |seen| said_by_bot(seen).len() == n)
            .await;
    }
    world.write(&id, "3").await;
    let seen = world.until(&id, "the handover", handed_over).await;
    assert!(topics(&seen).contains(&"policy".to_owned()));
    assert_eq!(said_by_bot(&seen), ["echo 1", "echo 2"]);
    let turns = bot.turns();
    let asked = turns.iter().filter(|turn| is_message(turn));
    assert_eq!(asked.count(), 2);
}
