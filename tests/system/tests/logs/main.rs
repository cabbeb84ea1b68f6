//! What the person on call reads, fetched as they would: with the AWS command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod acts;
mod calls;
mod everything;
mod exported;
mod lines;
mod marks;
mod webhooks;

use reqwest::StatusCode;
use system_tests::{World, message_event};

use lines::{every_line, wait_for};

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
    for line in every_line(&world) {
        for text in &forbidden {
            assert!(
                !line.text.contains(text.as_str()),
                "logged {text}: {line:?}"
            );
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
