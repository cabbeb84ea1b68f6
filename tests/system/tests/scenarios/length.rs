//! Long answers on short media, and messages of unusual size and kind.

use serde_json::json;
use system_tests::{Answer, TestBot, World, said_by_bot};

use crate::{AFTERMATH, echo, is_message, silence};

/// 12,000 characters in sentences that tell their place.
fn twelve_thousand_characters() -> String {
    let sentences = (1..).map(|n| format!("This is sentence {n:04}, and it has more to say. "));
    let text: String = sentences.take(300).collect();
    text.chars().take(12_000).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[tokio::test]
async fn an_answer_of_12000_characters_arrives_on_sms_whole_and_in_order() {
    let world = World::join();
    let bot = TestBot::start(|turn| match is_message(turn) {
        true => Answer::text(&twelve_thousand_characters()),
        false => silence(),
    })
    .await;
    let text = twelve_thousand_characters();
    assert_eq!(text.chars().count(), 12_000);
    for mode in ["inline", "queued"] {
        let agent = world.agent_of(&bot, &format!("mode = \"{mode}\"")).await;
        let id = world.begin_on("sms", &agent, None).await;
        // Parts that are sent again must not change places.
        world
            .fault(json!({"fault": "server_error", "count": 2, "conversation": id}))
            .await;
        world.write(&id, "tell me everything").await;
        world
            .until(&id, "all parts", |seen| {
                words(&said_by_bot(seen).join(" ")).len() >= words(&text).len()
            })
            .await;
        tokio::time::sleep(AFTERMATH).await;
        let parts = said_by_bot(&world.seen(&id).await);
        assert_eq!(words(&parts.join(" ")), words(&text), "{mode}");
        for part in &parts {
            let characters = part.chars().count();
            assert!((1..=1_600).contains(&characters), "{mode}: {characters}");
        }
        assert!(parts.len() <= 9, "{mode}: {} parts", parts.len());
    }
}

#[tokio::test]
async fn a_message_of_emoji_alone_is_answered_and_none_is_torn_apart() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["text"].as_str() {
        Some(text) => Answer::text(&text.repeat(400)),
        None => silence(),
    })
    .await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin_on("sms", &agent, None).await;
    // Several code points each: a family, a flag, a skin tone.
    let emoji = "👨‍👩‍👧‍👦🇧🇪👍🏽";
    world.write(&id, emoji).await;
    let all = emoji.repeat(400);
    let seen = world
        .until(&id, "all parts", |seen| {
            said_by_bot(seen).concat().len() >= all.len()
        })
        .await;
    let parts = said_by_bot(&seen);
    assert_eq!(parts.concat(), all);
    for part in &parts {
        assert!(part.chars().count() <= 1_600);
        for torn in ['\u{200d}', '\u{1f3fd}'] {
            assert!(
                !part.starts_with(torn) && !part.ends_with('\u{200d}'),
                "{part:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_message_with_a_picture_and_no_words_is_answered() {
    let world = World::join();
    let bot = TestBot::start(
        |turn| match (is_message(turn), turn["trigger"]["text"].as_str()) {
            (true, Some("") | None) => Answer::text("Thank you for the picture."),
            (true, Some(_)) => echo(turn),
            (false, _) => silence(),
        },
    )
    .await;
    for mode in ["inline", "queued"] {
        let agent = world.agent_of(&bot, &format!("mode = \"{mode}\"")).await;
        let id = world.begin(&agent, None).await;
        world
            .act(&id, "messages", json!({"attachment": "picture.jpg"}))
            .await;
        world
            .until(&id, "the answer", |seen| {
                said_by_bot(seen) == ["Thank you for the picture."]
            })
            .await;
        world.write(&id, "and words").await;
        world
            .until(&id, "the answer", |seen| said_by_bot(seen).len() == 2)
            .await;
    }
}

#[tokio::test]
async fn a_message_of_100_kilobytes_reaches_the_bot_whole_and_is_answered() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["text"].as_str() {
        Some(text) => Answer::text(&format!("{} bytes", text.len())),
        None => silence(),
    })
    .await;
    let text = "Straße ".repeat(100 * 1024 / 8);
    let expected = format!("{} bytes", text.len());
    for mode in ["inline", "queued"] {
        let agent = world.agent_of(&bot, &format!("mode = \"{mode}\"")).await;
        let id = world.begin(&agent, None).await;
        world.write(&id, &text).await;
        let seen = world
            .until(&id, "the answer", |seen| !said_by_bot(seen).is_empty())
            .await;
        assert_eq!(said_by_bot(&seen), [expected.as_str()], "{mode}");
    }
}
