//! What the person on call reads, fetched as they would: with the AWS command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;
use system_tests::{World, message_event};

const FUNCTIONS: [&str; 5] = [
    "webhook-intake",
    "bot-turn",
    "conversation-api",
    "reply-sender",
    "handover",
];

/// All lines a function has logged in this stack.
fn lines(world: &World, function: &str) -> Vec<String> {
    let aws = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/venv-aws/bin/aws");
    let group = format!("/aws/lambda/sparkbridge-{}-{function}", world.stack.stage);
    let output = Command::new(aws)
        .args([
            "logs",
            "filter-log-events",
            "--output",
            "json",
            "--log-group-name",
            &group,
        ])
        .envs(world.stack.aws.environment())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let events = told["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["message"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn wait_for(world: &World, function: &str, what: &str, found: impl Fn(&str) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !lines(world, function).iter().any(|line| found(line)) {
        assert!(Instant::now() < deadline, "{function} never logged {what}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[tokio::test]
async fn the_log_says_why_a_webhook_was_refused_though_its_sender_is_not_told() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let webhook = world.webhook(&agent);
    let body = message_event("key", "conversation", "hello")
        .to_string()
        .into_bytes();
    let good = webhook.signature(&body);
    let mut spaced = body.clone();
    spaced.push(b'\n');
    let cases = [
        (&body, None, "missing"),
        (&body, Some("zz".repeat(32)), "not_hex"),
        (&body, Some(good[..60].to_owned()), "wrong_length"),
        (&spaced, Some(good.clone()), "mismatch"),
    ];
    for (body, signature, _) in &cases {
        let (status, _) = webhook
            .send_raw((*body).clone(), signature.as_deref())
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    for (.., reason) in &cases {
        wait_for(&world, "webhook-intake", reason, |line| {
            line.contains(&agent.name)
                && line.contains("\"Outcome\":\"unverified\"")
                && line.contains(&format!("\"Reason\":\"{reason}\""))
        });
    }
}

#[tokio::test]
async fn no_log_holds_what_people_wrote_or_who_they_are_or_a_secret() {
    let world = World::join();
    let agent = world
        .agent("mode = \"queued\"\n[bot]\nkind = \"script\"\n")
        .await;
    let word = format!("secret-word-{}", uuid::Uuid::new_v4().simple());
    let id = world
        .begin(&agent, Some(&format!("{word} I want to talk to a human")))
        .await;
    let seen = world
        .until(&id, "the handover", |seen| seen["queue"] == "New")
        .await;
    let contact = seen["contact"]["primaryIdentifier"]
        .as_str()
        .unwrap()
        .to_owned();
    wait_for(&world, "reply-sender", "its record", |line| {
        line.contains(&id)
    });
    let forbidden = [
        word,
        contact,
        agent.webhook_secret.clone(),
        agent.api_tokens.supervisor.clone(),
        agent.simulator_credentials.client_secret.clone(),
    ];
    for function in FUNCTIONS {
        for line in lines(&world, function) {
            for text in &forbidden {
                assert!(
                    !line.contains(text.as_str()),
                    "{function} logged {text}: {line}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_canary_and_a_webhook_under_the_old_secret_are_told_from_all_others() {
    let world = World::join();
    let settings = "[bot]\nkind = \"script\"\n";
    let old = world.agent(settings).await;
    world.rotate(&old, settings).await;
    let canary = serde_json::json!({
        "type": "SPARKBRIDGE_CANARY",
        "idempotencyKey": uuid::Uuid::new_v4().to_string(),
        "timestamp": system_tests::now_rfc3339(),
        "data": {},
    });
    let (status, _) = world.webhook(&old).send(&canary).await;
    assert_eq!(status, StatusCode::OK);
    wait_for(&world, "webhook-intake", "the canary", |line| {
        line.contains(&old.name)
            && line.contains("\"Outcome\":\"canary\"")
            && line.contains("\"Secret\":\"previous\"")
            && line.contains("\"OldSecret\":1")
    });
}
