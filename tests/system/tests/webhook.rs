//! The webhook's face: signatures, sizes, shapes, time stamps, duplicates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, message_event, started_event};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

const SCRIPT: &str = "[bot]\nkind = \"script\"\n";

fn fresh() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn at(offset: Duration) -> Value {
    (OffsetDateTime::now_utc() + offset)
        .format(&Rfc3339)
        .unwrap()
        .into()
}

#[tokio::test]
async fn the_vendors_sample_payloads_are_answered_in_the_response() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let webhook = world.webhook(&agent);
    let conversation = fresh();
    let (status, greeting) = webhook.send(&started_event(&fresh(), &conversation)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(greeting["sendMessage"]["text"].is_string(), "{greeting}");
    let question = message_event(&fresh(), &conversation, "What are your opening hours?");
    let (status, answer) = webhook.send(&question).await;
    assert_eq!(status, StatusCode::OK);
    assert!(answer["sendMessage"]["text"].is_string(), "{answer}");
    assert_ne!(answer, greeting);
    let (_, told) = world
        .api(&agent, Method::GET, &conversation, "", None)
        .await;
    let details = &told["channelDetails"];
    assert_eq!(details["channelId"], "0-01c6421333d-000-00000001");
    assert_eq!(details["contactProfile"]["primaryIdentifier"], "contact-1");
    assert_eq!(details["contactAttributes"][1]["value"], "en-GB");
}

#[tokio::test]
async fn a_request_that_is_not_sparkcentrals_gets_401_and_no_hint_why() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let webhook = world.webhook(&agent);
    let body = message_event(&fresh(), &fresh(), "hello")
        .to_string()
        .into_bytes();
    let good = webhook.signature(&body);
    let mut flipped = good.clone();
    flipped.replace_range(0..1, if good.starts_with('0') { "1" } else { "0" });
    let bad = [
        None,
        Some(String::new()),
        Some("not hexadecimal at all".to_owned()),
        Some(good[..62].to_owned()),
        Some(good[..63].to_owned()),
        Some(flipped),
    ];
    let mut answers = Vec::new();
    for signature in &bad {
        answers.push(webhook.send_raw(body.clone(), signature.as_deref()).await);
    }
    let mut spaced = body.clone();
    spaced.push(b' ');
    answers.push(webhook.send_raw(spaced, Some(&good)).await);
    for answer in &answers {
        assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
        assert_eq!(
            answer.1, answers[0].1,
            "the answers must not tell the reasons apart"
        );
    }
    assert_eq!(
        webhook.send_raw(body, Some(&good.to_uppercase())).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_body_over_the_limit_gets_413_and_one_below_it_is_taken() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let webhook = world.webhook(&agent);
    let long = "a".repeat(257 * 1024);
    let (status, _) = webhook
        .send(&message_event(&fresh(), &fresh(), &long))
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, _) = webhook
        .send(&message_event(&fresh(), &fresh(), &long[..100 * 1024]))
        .await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn broken_json_under_a_good_signature_gets_400_and_an_unknown_type_an_empty_200() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let webhook = world.webhook(&agent);
    assert_eq!(
        webhook.send_signed(b"{\"type\": ").await.0,
        StatusCode::BAD_REQUEST
    );
    let mut no_key = message_event(&fresh(), &fresh(), "hello");
    no_key.as_object_mut().unwrap().remove("idempotencyKey");
    assert_eq!(webhook.send(&no_key).await.0, StatusCode::BAD_REQUEST);
    let mut unknown = message_event(&fresh(), &fresh(), "hello");
    unknown["type"] = "CONVERSATION_SOMETHING".into();
    unknown["field"] = "of the future".into();
    assert_eq!(webhook.send(&unknown).await, (StatusCode::OK, json!({})));
}

#[tokio::test]
async fn an_agent_nobody_registered_gets_404() {
    let world = World::join();
    let mut agent = world.agent(SCRIPT).await;
    agent.webhook_url = world.stack.webhook_url_of("nobody");
    let event = message_event(&fresh(), &fresh(), "hello");
    assert_eq!(
        world.webhook(&agent).send(&event).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_timestamp_outside_the_window_is_refused_and_0_turns_the_window_off() {
    let world = World::join();
    let usual = world.agent(SCRIPT).await;
    let narrow = world
        .agent(&format!("timestamp_window_secs = 20\n{SCRIPT}"))
        .await;
    let off = world
        .agent(&format!("timestamp_window_secs = 0\n{SCRIPT}"))
        .await;
    let cases = [
        (&usual, Some(at(Duration::seconds(-200))), true),
        (&usual, Some(at(Duration::seconds(-400))), false),
        (&usual, Some(at(Duration::seconds(400))), false),
        (&usual, None, false),
        (&narrow, Some(at(Duration::seconds(-60))), false),
        (&off, Some(at(Duration::days(-400))), true),
        (&off, None, true),
    ];
    for (agent, timestamp, accepted) in cases {
        let mut event = message_event(&fresh(), &fresh(), "hello");
        match &timestamp {
            Some(timestamp) => event["timestamp"] = timestamp.clone(),
            None => drop(event.as_object_mut().unwrap().remove("timestamp")),
        }
        let (status, _) = world.webhook(agent).send(&event).await;
        let expected = if accepted {
            StatusCode::OK
        } else {
            StatusCode::UNAUTHORIZED
        };
        assert_eq!(status, expected, "{} {timestamp:?}", agent.name);
    }
}

/// Sends one event `times` times at once; what came back, and what the system made of it.
async fn at_once(settings: &str, times: usize) -> (Vec<(StatusCode, Value)>, usize, Value) {
    let world = World::join();
    let bot = TestBot::start(|_| Answer::text("only once").after(300)).await;
    let agent = world.agent_of(&bot, settings).await;
    let webhook = world.webhook(&agent);
    let conversation = fresh();
    let event = message_event(&fresh(), &conversation, "hello");
    let answers = join_all((0..times).map(|_| webhook.send_until_accepted(&event))).await;
    let told = world
        .until_api(&agent, &conversation, "the turn is over", |told| {
            told["queuedTurns"] == 0
        })
        .await;
    (answers, bot.turns().len(), told)
}

#[tokio::test]
async fn an_event_sent_once_twice_or_twenty_times_at_once_is_one_turn_with_one_answer() {
    for times in [1, 2, 20] {
        // As long as it may be: twenty functions start at once, on two busy cores.
        let (answers, turns, told) = at_once("inline_budget_ms = 9000", times).await;
        assert_eq!(turns, 1, "{times} deliveries");
        for answer in &answers {
            assert_eq!(answer.0, StatusCode::OK);
            assert_eq!(answer.1["sendMessage"]["text"], "only once");
        }
        let transcript = told["transcript"].as_array().unwrap();
        let from = |who| {
            transcript
                .iter()
                .filter(|entry| entry["from"] == who)
                .count()
        };
        assert_eq!((from("contact"), from("bot")), (1, 1), "{told:#}");
    }
}

#[tokio::test]
async fn queued_duplicates_are_one_turn_too() {
    for times in [2, 20] {
        let (answers, turns, told) = at_once("mode = \"queued\"", times).await;
        assert_eq!(turns, 1, "{times} deliveries");
        assert!(
            answers
                .iter()
                .all(|answer| *answer == (StatusCode::OK, json!({})))
        );
        let transcript = told["transcript"].as_array().unwrap();
        assert_eq!(transcript.len(), 2, "{told:#}");
    }
}

#[tokio::test]
async fn a_duplicate_that_comes_later_gets_the_stored_answer_even_with_a_new_timestamp() {
    let world = World::join();
    let bot = TestBot::start(|_| Answer::text("only once")).await;
    let agent = world.agent_of(&bot, "").await;
    let webhook = world.webhook(&agent);
    let mut event = message_event(&fresh(), &fresh(), "hello");
    let first = webhook.send(&event).await;
    event["timestamp"] = at(Duration::seconds(2));
    assert_eq!(webhook.send(&event).await, first);
    assert_eq!(bot.turns().len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let world = World::join();
    for mode in ["inline", "queued"] {
        let agent = world.agent(&format!("mode = \"{mode}\"\n{SCRIPT}")).await;
        let webhook = world.webhook(&agent);
        let (key, conversation) = (fresh(), fresh());
        assert_eq!(
            webhook
                .send(&message_event(&key, &conversation, "one"))
                .await
                .0,
            StatusCode::OK
        );
        let other = message_event(&key, &conversation, "another");
        assert_eq!(webhook.send(&other).await.0, StatusCode::CONFLICT, "{mode}");
        let (_, told) = world
            .api(&agent, Method::GET, &conversation, "", None)
            .await;
        assert!(!told.to_string().contains("another"), "{mode}");
    }
}

#[tokio::test]
async fn while_the_secret_is_rotated_signatures_of_both_versions_are_good() {
    let world = World::join();
    let old = world.agent(SCRIPT).await;
    let event = || message_event(&fresh(), &fresh(), "hello");
    assert_eq!(world.webhook(&old).send(&event()).await.0, StatusCode::OK);
    let new = world.rotate(&old, SCRIPT).await;
    assert_ne!(new.webhook_secret, old.webhook_secret);
    for agent in [&new, &old, &new] {
        assert_eq!(world.webhook(agent).send(&event()).await.0, StatusCode::OK);
    }
    let body = event().to_string().into_bytes();
    let (status, _) = world
        .webhook(&new)
        .send_raw(body, Some(&"0".repeat(64)))
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_operators_canary_is_answered_and_judged_like_any_webhook() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let webhook = world.webhook(&agent);
    let canary = |timestamp: Value| {
        json!({
            "type": "SPARKBRIDGE_CANARY", "idempotencyKey": fresh(), "timestamp": timestamp, "data": {},
        })
    };
    let now = canary(at(Duration::ZERO));
    for _ in 0..2 {
        assert_eq!(webhook.send(&now).await, (StatusCode::OK, json!({})));
    }
    let old = canary(at(Duration::hours(-1)));
    assert_eq!(webhook.send(&old).await.0, StatusCode::UNAUTHORIZED);
    let body = now.to_string().into_bytes();
    let (status, _) = webhook.send_raw(body, Some(&"0".repeat(64))).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
