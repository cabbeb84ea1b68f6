//! `sparkbridge conversation`: what an operator sees of conversations.

mod act;
mod tail;

use serde_json::{Value, json};
use system_tests::{Answer, RegisteredAgent, TestBot, World};

/// A conversation in which the bot took the turn to answer later, so that an operator has a say.
async fn owed_an_answer(world: &World) -> (RegisteredAgent, String, TestBot) {
    let bot = TestBot::start(|_| Answer::status(202)).await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, Some("hello")).await;
    let is_owed = |told: &Value| {
        let entries = told["transcript"].as_array().unwrap();
        entries.len() == 2 && entries.iter().all(|entry| entry["outcome"] == "turned")
    };
    world
        .until_api(&agent, &id, "the bot took both turns", is_owed)
        .await;
    (agent, id, bot)
}

#[tokio::test]
async fn a_conversation_is_found_in_the_list_and_shown_with_everything() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let name = agent.name.as_str();
    let list = async |filter: &[&str]| {
        let line = [&["conversation", "list", "--agent", name], filter].concat();
        world.run(&line).await
    };
    let listed = list(&[]).await;
    let row = listed.told().lines().nth(1).unwrap_or_default();
    for cell in [name, &id, "with_bot", "smooch-rtm/channel-web"] {
        assert!(row.contains(cell), "{cell}: {listed:?}");
    }
    let listed = list(&["--json", "--state", "with_bot", "--since", "1h"])
        .await
        .json();
    assert_eq!(
        (&listed["found"], &listed["unreadable"]),
        (&json!(1), &json!(0))
    );
    let row = &listed["conversations"][0];
    assert_eq!(
        (
            &row["agent"],
            &row["conversation_id"],
            &row["medium"],
            &row["turns_waiting"]
        ),
        (&json!(name), &json!(id), &json!("smooch-rtm"), &json!(0))
    );
    let resolved = list(&["--state", "resolved"]).await;
    assert_eq!(resolved.told(), "no conversations\n");

    let show = async |more: &[&str]| {
        let line = [&["conversation", "show", name, &id], more].concat();
        world.run(&line).await
    };
    let shown = show(&[]).await;
    for words in [
        "the bot (with_bot, since ",
        "Web chat (smooch-rtm, channel-web)",
        "started the conversation",
        "the bot took it, to answer later  [",
        "]\n                        hello\n",
    ] {
        assert!(shown.told().contains(words), "{words}: {shown:?}");
    }
    let hidden = show(&["--no-text"]).await;
    assert!(!hidden.told().contains("hello"), "{hidden:?}");
    let told = show(&["--json"]).await.json();
    let (_, over_http) = world.api(&agent, reqwest::Method::GET, &id, "", None).await;
    assert_eq!(told, over_http, "an operator is told what a supervisor is");
    let hidden = show(&["--json", "--no-text"]).await;
    assert!(!hidden.told().contains("hello"), "{hidden:?}");
    assert_eq!(hidden.json()["transcript"][1]["outcome"], "turned");
}

#[tokio::test]
async fn an_agent_or_conversation_that_is_not_there_is_said_so_in_one_line() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let name = agent.name.as_str();
    for rest in [
        &["show"][..],
        &["tail"],
        &["reply", "--text", "hello"],
        &["handover"],
        &["resolve"],
    ] {
        let (verb, options) = rest.split_first().unwrap();
        let line = |agent| [&["conversation", verb, agent, "c-9"], options].concat();
        let ran = world.run(&line("nobody")).await;
        assert!(
            ran.refusal().contains("no agent is called \"nobody\""),
            "{ran:?}"
        );
        let ran = world.run(&line(name)).await;
        let refusal = ran.refusal();
        assert!(
            refusal.contains(&format!("agent {name} has no conversation \"c-9\"")),
            "{refusal}"
        );
    }
    for line in [
        &["conversation", "list", "--agent", "nobody"][..],
        &["conversation", "tail", "nobody"],
    ] {
        let ran = world.run(line).await;
        assert!(
            ran.refusal().contains("no agent is called \"nobody\""),
            "{ran:?}"
        );
    }
    let ran = world.run(&["conversation", "list", "--agent", name]).await;
    assert_eq!(ran.told(), "no conversations\n");
}
