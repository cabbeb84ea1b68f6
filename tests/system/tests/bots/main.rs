//! One journey for every kind of bot: greeting, question, handover, resolve, and a service that is down,
//! throttled or slow.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod journey;

use system_tests::World;
use system_tests::bots::{AGAIN, ANSWER, BotService, GREETING, PERSON, THANKS, TOPIC};

#[tokio::test]
async fn an_http_bot_serves_whole_conversations_and_its_failures_reach_people() {
    journey::whole(BotService::http().await).await;
}

#[tokio::test]
async fn a_webhook_platform_serves_whole_conversations_and_its_failures_reach_people() {
    journey::whole(BotService::webhook().await).await;
}

#[tokio::test]
async fn a_lex_bot_serves_whole_conversations_and_its_failures_reach_people() {
    journey::whole(BotService::lex().await).await;
}

#[tokio::test]
async fn a_bedrock_model_serves_whole_conversations_and_its_failures_reach_people() {
    journey::whole(BotService::bedrock().await).await;
}

#[tokio::test]
async fn a_rasa_server_serves_whole_conversations_and_its_failures_reach_people() {
    journey::whole(BotService::rasa().await).await;
}

#[tokio::test]
async fn a_dialogflow_agent_serves_whole_conversations_and_its_failures_reach_people() {
    journey::whole(BotService::dialogflow().await).await;
}

/// Rules have no service to fail: the rest is the same.
#[tokio::test]
async fn a_script_bot_serves_whole_conversations() {
    let world = World::join();
    let rules = format!(
        r#"
default_language = "en"
[greeting.started]
en = "{GREETING}"
[greeting.delegated]
en = "{AGAIN}"
[no_text]
en = "I can only read text."
[fallback]
handover_after = 3
[fallback.text]
en = "I did not understand that."
[fallback.handover_text]
en = "A person takes over."
[[rules]]
name = "question"
patterns.en = ['question']
text.en = "{ANSWER}"
topics = ["{TOPIC}"]
[[rules]]
name = "person"
patterns.en = ['person']
text.en = "{PERSON}"
handover = "contact_asked"
[[rules]]
name = "thanks"
patterns.en = ['thanks']
text.en = "{THANKS}"
resolve = true
"#
    );
    let settings = format!("[bot]\nkind = \"script\"\nrules = '''{rules}'''\n");
    let agent = world.agent(&settings).await;
    journey::question_and_handover(&world, &agent, "contact_asked").await;
    journey::resolve(&world, &agent).await;
    journey::delegation(&world, &agent).await;
    journey::long_message(&world, &agent).await;
}
