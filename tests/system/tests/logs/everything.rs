//! A run in which everything is done, and the search of every line for what people wrote, who they are,
//! and secrets.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use system_tests::bots::BotService;
use system_tests::{RegisteredAgent, World};

use crate::lines::{Line, every_line, lines_of, wait_for};
use crate::marks::Marks;
use crate::{acts, calls, exported, webhooks};

/// What the contact writes to a bot that does something in answer to its first word.
const DEEDS: [&str; 11] = [
    "full",
    "data",
    "url",
    "s3",
    "later",
    "slow",
    "invalid",
    "breaking",
    "shapeless",
    "error",
    "refuse",
];

/// One conversation for each deed of the bot, ended by asking for a person.
async fn conversations(world: &World, marks: &Marks, agent: &RegisteredAgent) -> Vec<String> {
    let one = async |deed: &str| {
        let fields = json!({"text": null, "contact": acts::contact(marks)});
        let id = world.begin_with(agent, fields).await;
        for first in [deed, "person"] {
            let text = format!("{first} {}", marks.word("a contact's text"));
            world.write(&id, &text).await;
        }
        id
    };
    futures::future::join_all(DEEDS.map(one)).await
}

/// Sparkcentral refuses, loses and takes away.
async fn faults(world: &World, marks: &Marks, agent: &RegisteredAgent) -> Vec<String> {
    let mut ids = Vec::new();
    for fault in [
        json!({"fault": "server_error", "count": 2}),
        json!({"fault": "server_error", "status": 503, "count": 12}),
        json!({"fault": "rate_limited", "count": 2}),
        json!({"fault": "token_expired"}),
        json!({"fault": "not_found", "count": 3}),
        json!({"fault": "drop_after_accept", "count": 2}),
        json!({"fault": "duplicate_webhook", "copies": 2}),
    ] {
        let fields = json!({"text": null, "contact": acts::contact(marks)});
        let id = world.begin_with(agent, fields).await;
        let mut fault = fault;
        fault["conversation"] = id.clone().into();
        world.fault(fault).await;
        world
            .write(&id, &format!("full {}", marks.word("a contact's text")))
            .await;
        ids.push(id);
    }
    let fields = json!({"text": null, "contact": acts::contact(marks)});
    let id = world.begin_with(agent, fields).await;
    world.act(&id, "take", json!({})).await;
    let human = json!({"text": marks.word("a human's text")});
    world.act(&id, "reply", human).await;
    world.act(&id, "delegate", json!({})).await;
    world
        .write(&id, &format!("full {}", marks.word("a contact's text")))
        .await;
    ids.push(id);
    ids
}

/// Whether the line is one JSON object, or the platform's own.
fn is_whole(line: &str) -> bool {
    let platforms = ["START ", "END ", "REPORT ", "INIT_START ", "INIT_REPORT "];
    line.trim().is_empty()
        || platforms.iter().any(|word| line.starts_with(word))
        || serde_json::from_str::<Value>(line).is_ok_and(|value| value.is_object())
}

/// Waits until nothing is logged any more, or for two minutes: retries may take longer than that.
async fn until_quiet(world: &World) {
    let written = || {
        let functions = ["bot-turn", "handover", "reply-sender"];
        functions.map(|function| lines_of(world, function).len())
    };
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut before = written();
    while Instant::now() < deadline {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let now = written();
        if now == before {
            return;
        }
        before = now;
    }
}

fn outcomes(lines: &[Line]) -> BTreeSet<(String, String)> {
    let parsed = lines.iter().filter_map(|line| {
        let value: Value = serde_json::from_str(&line.text).ok()?;
        let outcome = value["Outcome"].as_str()?.to_owned();
        Some((line.function.clone(), outcome))
    });
    parsed.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_of_a_run_in_which_everything_is_done_tells_on_anybody() {
    let world = World::join();
    let marks = Marks::new();
    let bot = acts::bot(&marks).await;
    let signing_key = bot.secrets()["bot_signing_key"]
        .as_str()
        .unwrap()
        .to_owned();
    marks.keep("the bot's key", &signing_key);

    let inline = world.agent_of(&bot, "inline_budget_ms = 2000").await;
    let queued = world.agent_of(&bot, "mode = \"queued\"").await;
    let broken = world.agent_of(&bot, "mode = \"queued\"").await;
    let mut ids = Vec::new();
    for agent in [&inline, &queued] {
        acts::keep_secrets(&marks, agent);
        ids.extend(conversations(&world, &marks, agent).await);
    }
    acts::keep_secrets(&marks, &broken);
    ids.extend(faults(&world, &marks, &broken).await);
    // Services that speak for themselves, and then fall silent.
    let services = [
        BotService::http().await,
        BotService::webhook().await,
        BotService::lex().await,
        BotService::bedrock().await,
        BotService::rasa().await,
        BotService::dialogflow().await,
    ];
    for service in &services {
        let agent = service.agent(&world, "inline_budget_ms = 2500").await;
        acts::keep_secrets(&marks, &agent);
        let fields = json!({"text": null, "contact": acts::contact(&marks)});
        let id = world.begin_with(&agent, fields).await;
        world
            .write(&id, &format!("question {}", marks.word("a contact's text")))
            .await;
        wait_for(&world, "webhook-intake", "the question", |line| {
            line.contains(&id)
        });
        service.break_down();
        world
            .write(&id, &format!("question {}", marks.word("a contact's text")))
            .await;
        ids.push(id);
    }
    webhooks::hostile(&world, &marks, &inline).await;

    let id = world
        .begin_with(
            &inline,
            json!({"text": "full", "contact": acts::contact(&marks)}),
        )
        .await;
    world
        .until_api(&inline, &id, "the conversation", |told| {
            told["channel"].is_object()
        })
        .await;
    calls::all(&world, &marks, &inline, &id).await;
    ids.push(id);

    // Both secrets, and a token that is gone.
    let settings = format!("inline_budget_ms = 2000\n{}", bot.settings());
    let rotated = world.rotate_with(&inline, &settings, bot.secrets()).await;
    acts::keep_secrets(&marks, &rotated);
    for agent in [&inline, &rotated] {
        let event = system_tests::message_event(
            &uuid::Uuid::new_v4().to_string(),
            "rotated",
            &format!("full {}", marks.word("a text under either secret")),
        );
        // A mismatch reads the secret again at most every ten seconds, and the hostile webhooks had theirs.
        let until = Instant::now() + Duration::from_secs(20);
        let mut status = world.webhook(agent).send(&event).await.0;
        while !status.is_success() && Instant::now() < until {
            tokio::time::sleep(Duration::from_secs(1)).await;
            status = world.webhook(agent).send(&event).await.0;
        }
        assert!(status.is_success(), "{status}");
        world
            .api(agent, reqwest::Method::GET, "rotated", "", None)
            .await;
    }
    exported::loaded(&world, &marks).await;

    until_quiet(&world).await;

    let lines = every_line(&world);
    for id in &ids {
        let named = lines.iter().any(|line| line.text.contains(id));
        assert!(named, "nothing was done in {id}");
    }
    let found = marks.found_in(&lines);
    assert!(
        found.is_empty(),
        "{} lines leak:\n{}",
        found.len(),
        found.join("\n")
    );
    let broken: Vec<_> = lines.iter().filter(|line| !is_whole(&line.text)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let forged = lines
        .iter()
        .find(|line| line.text.starts_with("{\"Function\":\"forged\""));
    assert!(forged.is_none(), "{forged:?}");

    // A run in which little happened has shown little.
    let outcomes = outcomes(&lines);
    eprintln!("{} lines, outcomes: {outcomes:#?}", lines.len());
    for function in [
        "bot-turn",
        "conversation-api",
        "export-load",
        "export-sync",
        "handover",
        "reply-sender",
        "webhook-intake",
    ] {
        assert!(
            outcomes.iter().any(|(of, _)| of == function),
            "{function}: {outcomes:#?}"
        );
    }
    for outcome in ["unverified", "malformed", "unknown_agent"] {
        let told = ("webhook-intake".to_owned(), outcome.to_owned());
        assert!(outcomes.contains(&told), "{outcome}: {outcomes:#?}");
    }
    for outcome in [
        "ok",
        "unauthorized",
        "invalid",
        "unknown_conversation",
        "unknown_channel",
    ] {
        let told = ("conversation-api".to_owned(), outcome.to_owned());
        assert!(outcomes.contains(&told), "{outcome}: {outcomes:#?}");
    }
}
