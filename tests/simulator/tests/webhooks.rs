//! The webhooks a bot gets, and what its answers do.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::Config;
use support::{Bot, SECRET, Sim, quick};

async fn with_bot(config: Config, agent: Value) -> (Sim, Bot) {
    let (sim, bot) = (Sim::start(config).await, Bot::start().await);
    sim.agent(&bot.url, agent).await;
    (sim, bot)
}

/// HMAC-SHA256 from its definition (RFC 2104), so as not to check a library against itself.
fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner);
    hex::encode(outer.finalize())
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn every_webhook_is_signed_over_its_exact_bytes_in_the_dialects_header() {
    for (dialect, header) in [
        ("sparkcentral", "x-sparkcentral-signature"),
        ("inbox", "x-hootsuite-signature"),
    ] {
        let (sim, bot) = with_bot(quick(), json!({"dialect": dialect})).await;
        sim.begin("Héllo  wörld").await;
        let received = bot.received();
        assert_eq!(received.len(), 2);
        for request in received {
            let expected = hmac_sha256(&hex::decode(SECRET).unwrap(), &request.body);
            assert_eq!(request.headers[header], expected);
            assert_eq!(request.headers["content-type"], "application/json");
        }
    }
}

#[tokio::test]
async fn a_new_conversation_is_told_as_started_and_then_its_message() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    let events = bot.events();
    assert_eq!(
        types(&events),
        ["CONVERSATION_STARTED", "INBOUND_MESSAGE_RECEIVED"]
    );
    let [started, inbound] = &events[..] else {
        panic!()
    };
    assert_eq!(started["version"], 1);
    assert_eq!(started["data"]["conversationId"], id);
    assert_eq!(started["data"]["medium"], json!({"id": "rtm"}));
    assert_eq!(started["data"]["channel"]["name"], "Shop");
    assert_eq!(
        started["data"]["contactProfile"]["primaryIdentifier"],
        "contact-1"
    );
    assert_eq!(started["data"]["contactAttributes"], json!([]));
    assert_ne!(started["idempotencyKey"], inbound["idempotencyKey"]);
    let timestamp = started["timestamp"].as_str().unwrap();
    assert!(timestamp.ends_with('Z') && timestamp.len() == "2019-02-20T10:28:57.229144Z".len());
    // Sparkcentral's own sample shows no more than this.
    assert_eq!(
        inbound["data"],
        json!({"conversationId": id, "message": {"text": "Hello"}})
    );
}

#[tokio::test]
async fn inbox_tells_more_about_a_message() {
    let (sim, bot) = with_bot(quick(), json!({"dialect": "inbox"})).await;
    bot.script(200, json!({"applyTopics": ["refund"]}));
    let id = sim.begin("Hello").await;
    let data = &bot.events()[1]["data"];
    let conversation = sim.show(&id).await;
    assert_eq!(
        data["message"]["messageId"],
        conversation["messages"][0]["id"]
    );
    assert_eq!(data["conversationTopics"], json!(["Refund"]));
    assert_eq!(data["medium"]["id"], "rtm");
    assert_eq!(data["contactProfile"]["primaryIdentifier"], "contact-1");
    assert_eq!(data["channel"]["name"], "Shop");
}

#[tokio::test]
async fn a_quick_reply_carries_its_payload() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    bot.received();
    let body = json!({"text": "Yes", "payload": "YES_1", "wait": true});
    assert_eq!(sim.act(&id, "messages", body).await.0, 200);
    assert_eq!(
        bot.events()[0]["data"]["message"],
        json!({"text": "Yes", "payload": "YES_1"})
    );
}

#[tokio::test]
async fn the_answer_of_a_webhook_is_applied() {
    let (sim, bot) = with_bot(quick(), json!({"dialect": "inbox"})).await;
    bot.script(200, "{}").script(
        200,
        json!({"sendMessage": {"text": "Hi!"}, "applyTags": ["happy", "No such tag"], "complete": "HANDOVER"}),
    );
    let id = sim.begin("Hello").await;
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"][1]["text"], "Hi!");
    assert_eq!(conversation["messages"][1]["via"], "webhook_answer");
    assert_eq!(conversation["tags"][0]["tag"], "Happy");
    assert_eq!(
        conversation["tags"][0]["messageId"],
        conversation["messages"][0]["id"]
    );
    assert_eq!(conversation["queue"], "New");
    assert_eq!(conversation["webhooks"][1]["answer"]["applied"], true);
}

#[tokio::test]
async fn a_bad_answer_is_written_down_and_not_applied() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    bot.script(200, "").script(200, "<html>");
    let id = sim.begin("Hello").await;
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["queue"], "Pending");
    assert_eq!(conversation["webhooks"][0]["answer"]["applied"], true);
    assert_eq!(conversation["webhooks"][1]["answer"]["applied"], false);
    assert_eq!(conversation["webhooks"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_failing_webhook_is_retried_with_one_key_and_then_goes_to_new() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    bot.script(500, "").script(401, "");
    bot.script_slow(200, "{}", Duration::from_millis(1500));
    bot.script(202, "{}");
    let id = sim.begin("Hello").await;
    let events = bot.events();
    assert_eq!(types(&events), ["CONVERSATION_STARTED"; 4]);
    assert!(
        events
            .iter()
            .all(|event| event["idempotencyKey"] == events[0]["idempotencyKey"])
    );
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["queue"], "New");
    assert_eq!(conversation["history"][2]["reason"], "webhook_failed");
    let attempts = conversation["webhooks"].as_array().unwrap();
    let seen: Vec<_> = attempts
        .iter()
        .map(|a| (a["attempt"].as_u64().unwrap(), a["status"].as_u64()))
        .collect();
    // The fifth is the first message, which nobody is there to be told of any more.
    assert_eq!(
        seen,
        [
            (1, Some(500)),
            (2, Some(401)),
            (3, None),
            (4, Some(202)),
            (0, None)
        ]
    );
    assert_eq!(attempts[2]["error"], "no answer within 1000 ms");
}

#[tokio::test]
async fn a_bot_that_cannot_be_reached_loses_the_conversation() {
    let sim = Sim::start(quick()).await;
    sim.agent("http://127.0.0.1:1/hook", json!({})).await;
    let id = sim.begin("Hello").await;
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["queue"], "New");
    assert_eq!(conversation["webhooks"][0]["error"], "can't connect");
}

#[tokio::test]
async fn one_success_among_the_retries_is_enough() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    bot.script(500, "").script(503, "").script(200, "{}");
    let id = sim.begin("Hello").await;
    assert_eq!(sim.show(&id).await["queue"], "Pending");
    assert_eq!(bot.events().len(), 4);
}

#[tokio::test]
async fn an_answer_after_a_human_took_over_is_ignored() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    bot.script_slow(
        200,
        json!({"sendMessage": {"text": "late"}}),
        Duration::from_millis(500),
    );
    bot.received();
    let (status, _) = sim.act(&id, "messages", json!({"text": "Help"})).await;
    assert_eq!(status, 202);
    bot.has(1).await;
    sim.act(&id, "take", json!({"agent": "agent-1"})).await;
    let conversation = sim.until(&id, |c| c["undelivered_webhooks"] == 0).await;
    assert_eq!(conversation["messages"].as_array().unwrap().len(), 2);
    assert_eq!(conversation["webhooks"][2]["answer"]["applied"], false);
}

#[tokio::test]
async fn a_conversations_webhooks_wait_for_each_other() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    bot.received();
    bot.script_slow(200, "{}", Duration::from_millis(500));
    sim.act(&id, "messages", json!({"text": "one"})).await;
    sim.act(&id, "messages", json!({"text": "two"})).await;
    bot.has(1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(bot.events().len(), 1);
    sim.until(&id, |c| c["undelivered_webhooks"] == 0).await;
    assert_eq!(bot.events()[0]["data"]["message"]["text"], "two");
}

#[tokio::test]
async fn a_reordered_webhook_is_overtaken() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    bot.received();
    sim.fault(json!({"fault": "reorder_webhooks", "delay_ms": 400}))
        .await;
    sim.act(&id, "messages", json!({"text": "one"})).await;
    sim.act(&id, "messages", json!({"text": "two", "wait": true}))
        .await;
    let texts: Vec<_> = bot
        .events()
        .iter()
        .map(|event| event["data"]["message"]["text"].clone())
        .collect();
    assert_eq!(texts, ["two", "one"]);
}

#[tokio::test]
async fn duplicates_share_a_key_and_only_one_answer_counts() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    bot.received();
    sim.fault(json!({"fault": "duplicate_webhook", "copies": 2}))
        .await;
    for _ in 0..3 {
        bot.script(200, json!({"sendMessage": {"text": "Hi"}}));
    }
    sim.act(&id, "messages", json!({"text": "one", "wait": true}))
        .await;
    let events = bot.events();
    assert_eq!(events.len(), 3);
    assert!(
        events
            .iter()
            .all(|event| event["idempotencyKey"] == events[0]["idempotencyKey"])
    );
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_silent_agent_loses_the_conversation() {
    let config = Config {
        reply_limit: Duration::from_secs(1),
        ..quick()
    };
    let (sim, _bot) = with_bot(config, json!({})).await;
    let silent = sim.begin("Hello").await;
    let talking = sim.begin("Hello").await;
    sim.reply(&talking, json!({"sendMessage": {"text": "Hi"}}))
        .await;
    let conversation = sim.until(&silent, |c| c["queue"] == "New").await;
    assert_eq!(conversation["history"][2]["reason"], "no_reply");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(sim.show(&talking).await["queue"], "Pending");
}

#[tokio::test]
async fn a_retry_states_its_own_time_or_the_first_ones_as_configured() {
    for renewed in [true, false] {
        let config = Config {
            retries_renew_timestamp: renewed,
            ..quick()
        };
        let (sim, bot) = with_bot(config, json!({})).await;
        bot.script(500, "");
        sim.begin("Hello").await;
        let events = bot.events();
        assert_eq!(events[0]["idempotencyKey"], events[1]["idempotencyKey"]);
        assert_eq!(events[0]["timestamp"] != events[1]["timestamp"], renewed);
        assert_eq!(events[0]["data"], events[1]["data"]);
    }
}

#[tokio::test]
async fn without_order_no_webhook_waits_for_another() {
    let config = Config {
        ordered_webhooks: false,
        webhook_timeout: Duration::from_secs(30),
        ..quick()
    };
    let (sim, bot) = with_bot(config, json!({})).await;
    bot.script_slow(200, "{}", Duration::from_secs(20));
    bot.script_slow(200, "{}", Duration::from_secs(20));
    let body = json!({"agent": "bot", "medium": "rtm", "channel": "Shop", "contact": "contact-1", "text": "Hello"});
    assert_eq!(sim.post("/sim/conversations", body).await.0, 201);
    bot.has(2).await;
}
