//! Buttons a contact can tap, pictures contacts send, and very long texts.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::{Config, Shortcode};
use support::{Bot, Sim, quick, send};

async fn with_bot(config: Config, agent: Value) -> (Sim, Bot) {
    let (sim, bot) = (Sim::start(config).await, Bot::start().await);
    sim.agent(&bot.url, agent).await;
    (sim, bot)
}

async fn begin_on(sim: &Sim, medium: &str, more: Value) -> Value {
    let mut body = json!({"agent": "bot", "medium": medium, "channel": "Shop", "contact": "contact-1", "wait": true});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let (status, begun) = sim.post("/sim/conversations", body).await;
    assert_eq!(status, 201, "{begun}");
    begun
}

#[tokio::test]
async fn a_button_is_shown_and_can_be_tapped() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    let text =
        "Shall we?\n%[Yes](reply:YES_1) %[More](https://example.com)![](https://example.com/a.png)";
    sim.reply(&id, json!({"sendMessage": {"text": text}})).await;
    let message = sim.show(&id).await["messages"][1].clone();
    assert_eq!(message["text"], text);
    assert_eq!(
        message["rendered"],
        json!({
            "text": "Shall we?",
            "buttons": [
                {"label": "Yes", "payload": "YES_1"},
                {"label": "More", "url": "https://example.com"},
            ],
            "images": ["https://example.com/a.png"],
            "templates": [],
        })
    );
    assert_eq!(sim.show(&id).await["messages"][0]["rendered"], Value::Null);
    bot.received();
    let (status, tapped) = sim
        .act(&id, "tap", json!({"label": "Yes", "wait": true}))
        .await;
    assert_eq!(status, 200, "{tapped}");
    assert_eq!(
        bot.events()[0]["data"]["message"],
        json!({"text": "Yes", "payload": "YES_1"})
    );
    assert_eq!(sim.act(&id, "tap", json!({"label": "More"})).await.0, 409);
    assert_eq!(sim.act(&id, "tap", json!({"label": "No"})).await.0, 404);
    assert_eq!(sim.act(&id, "tap", json!({})).await.0, 422);
}

#[tokio::test]
async fn a_medium_without_rich_text_has_nothing_to_tap_unless_configured() {
    let shortcodes = BTreeMap::from([("sms".into(), vec![Shortcode::Reply])]);
    let configured = Config {
        shortcodes,
        ..quick()
    };
    for (config, buttons) in [
        (quick(), Value::Null),
        (configured, json!([{"label": "Yes", "payload": "Y"}])),
    ] {
        let (sim, _bot) = with_bot(config, json!({})).await;
        let begun = begin_on(&sim, "sms", json!({"text": "Hello"})).await;
        let id = begun["id"].as_str().unwrap();
        let text = "%[Yes](reply:Y)";
        sim.reply(id, json!({"sendMessage": {"text": text}})).await;
        assert_eq!(
            sim.show(id).await["messages"][1]["rendered"]["buttons"],
            buttons
        );
    }
}

#[tokio::test]
async fn a_picture_alone_is_told_without_text() {
    for dialect in ["sparkcentral", "inbox"] {
        let (sim, bot) = with_bot(quick(), json!({"dialect": dialect})).await;
        let begun = begin_on(&sim, "rtm", json!({"attachment": "cat.png"})).await;
        assert_eq!(begun["messages"][0]["attachment"], "cat.png");
        assert_eq!(begun["messages"][0]["text"], Value::Null);
        let message = bot.events()[1]["data"]["message"].clone();
        assert!(message.get("text").is_none(), "{message}");
        assert!(!message.to_string().contains("cat.png"));
        let id = begun["id"].as_str().unwrap();
        let both = json!({"text": "A dog", "attachment": "dog.png", "wait": true});
        let (_, written) = sim.act(id, "messages", both).await;
        assert_eq!(written["messages"][1]["attachment"], "dog.png");
        assert_eq!(bot.events()[0]["data"]["message"]["text"], "A dog");
        // What a contact sent is no upload of the agent's.
        assert!(written["attachments"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_text_of_a_hundred_kilobytes_arrives_whole() {
    let (sim, bot) = with_bot(quick(), json!({})).await;
    let text = "aé😀\n\"".repeat(12_000);
    assert!(text.len() > 100_000);
    let id = sim.begin(&text).await;
    assert_eq!(bot.events()[1]["data"]["message"]["text"], text);
    assert_eq!(sim.show(&id).await["messages"][0]["text"], text);
}

#[tokio::test]
async fn an_upload_is_shown_with_its_type_size_and_hash() {
    let (sim, _bot) = with_bot(quick(), json!({})).await;
    let id = sim.begin("Hello").await;
    let path = format!("/virtual-agent/conversations/{id}/attachments/Cat_1-a.png");
    for (method, expected) in [(Method::POST, 200), (Method::PUT, 400)] {
        let request = sim.request(method, &path).body("three bytes, or more");
        let request = request.header("content-type", "image/png");
        let (status, _) = send(request.bearer_auth(sim.token().await)).await;
        assert_eq!(status, expected);
    }
    let uploaded = sim.show(&id).await["attachments"][0].clone();
    assert_eq!(uploaded["name"], "Cat_1-a.png");
    assert_eq!(uploaded["content_type"], "image/png");
    assert_eq!(uploaded["size"], 20);
    let hash = hex::encode(Sha256::digest("three bytes, or more"));
    assert_eq!(uploaded["sha256"], hash);
}
