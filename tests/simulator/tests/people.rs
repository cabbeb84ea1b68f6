//! What contacts and humans do through the control face.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{Bot, SECRET, Sim, quick, send};

async fn with_bot(agent: Value) -> (Sim, Bot) {
    let (sim, bot) = (Sim::start(quick()).await, Bot::start().await);
    sim.agent(&bot.url, agent).await;
    (sim, bot)
}

fn human(name: &str) -> Value {
    json!({"kind": "human", "name": name})
}

#[tokio::test]
async fn taking_a_conversation_is_silent_and_the_next_call_is_404() {
    let (sim, bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    bot.received();
    let (status, taken) = sim.act(&id, "take", json!({"agent": "agent-1"})).await;
    assert_eq!((status, &taken["owner"]), (200, &human("agent-1")));
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);
    sim.act(&id, "messages", json!({"text": "Hi agent-1", "wait": true}))
        .await;
    assert!(bot.received().is_empty());

    let (status, replied) = sim.act(&id, "reply", json!({"text": "Hi contact-1"})).await;
    assert_eq!(status, 200);
    assert_eq!(replied["messages"][2]["author"], "human");
    assert_eq!(replied["messages"][2]["via"], "human");
}

#[tokio::test]
async fn a_human_replies_only_in_a_conversation_of_a_human() {
    let (sim, _bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    let (status, _) = sim.act(&id, "reply", json!({"text": "Hi"})).await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn a_delegated_conversation_is_told_and_can_go_back_to_the_human() {
    let agent = json!({"kind": "delegation", "handoff_rule": "previous_agent"});
    let (sim, bot) = with_bot(agent).await;
    let id = sim.begin("Hello").await;
    assert!(bot.received().is_empty());
    assert_eq!(sim.show(&id).await["queue"], "New");

    sim.act(&id, "take", json!({"agent": "agent-1"})).await;
    bot.script(200, json!({"sendMessage": {"text": "Your order number?"}}));
    let (status, delegated) = sim.act(&id, "delegate", json!({"wait": true})).await;
    assert_eq!(status, 200);
    assert_eq!(
        delegated["owner"],
        json!({"kind": "virtual_agent", "id": "bot"})
    );
    assert_eq!(delegated["messages"][1]["text"], "Your order number?");
    let events = bot.events();
    assert_eq!(events[0]["type"], "CONVERSATION_DELEGATED");
    assert!(events[0]["data"]["contactAttributes"].is_array());

    sim.act(&id, "messages", json!({"text": "42", "wait": true}))
        .await;
    assert_eq!(bot.events()[0]["type"], "INBOUND_MESSAGE_RECEIVED");
    sim.reply(&id, json!({"complete": "HANDOVER"})).await;
    assert_eq!(sim.show(&id).await["owner"], human("agent-1"));
}

#[tokio::test]
async fn a_delegated_agent_that_says_nothing_is_relieved_by_its_handoff_rule() {
    let agent =
        json!({"kind": "delegation", "handoff_rule": "previous_agent", "reply_limit_seconds": 0.1});
    let (sim, _bot) = with_bot(agent).await;
    let id = sim.begin("Hello").await;
    sim.act(&id, "take", json!({"agent": "agent-1"})).await;
    sim.act(&id, "delegate", json!({})).await;
    sim.until(&id, |c| c["owner"] == human("agent-1")).await;
}

#[tokio::test]
async fn a_waiting_conversation_can_be_given_back_or_to_another_agent() {
    let (sim, bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    assert_eq!(sim.act(&id, "delegate", json!({})).await.0, 409);
    sim.act(&id, "take", json!({})).await;
    assert_eq!(
        sim.act(&id, "delegate", json!({"agent": "nobody"})).await.0,
        404
    );
    sim.agent(&bot.url, json!({"id": "helper", "kind": "delegation"}))
        .await;
    let (status, delegated) = sim.act(&id, "delegate", json!({})).await;
    assert_eq!((status, &delegated["owner"]["id"]), (202, &"bot".into()));
    sim.act(&id, "take", json!({})).await;
    let to_helper = json!({"agent": "helper"});
    let (status, delegated) = sim.act(&id, "delegate", to_helper).await;
    assert_eq!((status, &delegated["owner"]["id"]), (202, &"helper".into()));
}

#[tokio::test]
async fn writing_after_the_end_starts_the_agent_again() {
    let (sim, bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    sim.act(&id, "resolve", json!({})).await;
    let resolved = sim.show(&id).await;
    assert_eq!(
        (&resolved["queue"], &resolved["status"]),
        (&"Resolved".into(), &"Resolved".into())
    );
    bot.received();
    sim.act(&id, "messages", json!({"text": "One more", "wait": true}))
        .await;
    let events = bot.events();
    assert_eq!(events[0]["type"], "CONVERSATION_STARTED");
    assert_eq!(events[1]["type"], "INBOUND_MESSAGE_RECEIVED");
    assert_eq!(events[0]["data"]["conversationId"], id);
    let conversation = sim.show(&id).await;
    let reasons: Vec<_> = conversation["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        reasons,
        [
            "created",
            "picked_up",
            "resolved_by_human",
            "written_again",
            "picked_up"
        ]
    );
}

#[tokio::test]
async fn a_channel_decides_which_agent_picks_up() {
    let (sim, bot) = with_bot(json!({"channels": ["Shop"]})).await;
    let begin = |channel: Value| {
        let body = json!({"medium": "rtm", "channel": channel, "contact": "contact-1"});
        sim.post("/sim/conversations", body)
    };
    assert_eq!(begin(json!("Shop")).await.1["owner"]["id"], "bot");
    assert_eq!(begin(json!("Elsewhere")).await.1["queue"], "New");
    sim.agent(&bot.url, json!({"id": "second", "channels": ["0-1"]}))
        .await;
    let by_id = begin(json!({"id": "0-1", "name": "Desk"})).await.1;
    assert_eq!(by_id["owner"]["id"], "second");
}

#[tokio::test]
async fn a_contact_is_known_from_one_conversation_to_the_next() {
    let (sim, _bot) = with_bot(json!({})).await;
    let begin = |contact: Value| {
        let body = json!({"agent": "bot", "medium": "rtm", "channel": "Shop", "contact": contact});
        sim.post("/sim/conversations", body)
    };
    let attribute = json!({"attribute": "company", "value": "Analytical"});
    let first = begin(json!({"primaryIdentifier": "contact-1", "attributes": [attribute]})).await;
    let second = begin(json!("contact-1")).await;
    assert_eq!(first.1["contact"], second.1["contact"]);
    assert_eq!(second.1["attributes"][0]["source"], "MEDIUM");
    assert_ne!(first.1["id"], second.1["id"]);
}

#[tokio::test]
async fn conversations_are_listed_by_queue_and_forgotten_on_demand() {
    let (sim, _bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    sim.begin("Hello").await;
    sim.act(&id, "resolve", json!({})).await;
    let count = async |path: &str| sim.get(path).await.as_array().unwrap().len();
    assert_eq!(count("/sim/conversations").await, 2);
    assert_eq!(count("/sim/conversations?queue=Resolved").await, 1);
    assert_eq!(count("/sim/conversations?queue=New").await, 0);
    let (status, _) = send(sim.request(Method::DELETE, "/sim/conversations")).await;
    assert_eq!(status, 204);
    assert_eq!(count("/sim/conversations").await, 0);
    assert_eq!(sim.act(&id, "take", json!({})).await.0, 404);
}

#[tokio::test]
async fn topics_can_be_looked_up_and_replaced() {
    let (sim, _bot) = with_bot(json!({})).await;
    let request = sim.request(Method::PUT, "/sim/topics");
    let (status, _) = send(request.json(&json!({"topics": ["Bot failed"]}))).await;
    assert_eq!(status, 200);
    assert_eq!(
        sim.get("/sim/topics").await,
        json!({"topics": ["Bot failed"]})
    );
}

#[tokio::test]
async fn bad_input_is_refused_in_json_with_a_reason() {
    let (sim, bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    let agent = |key: &str, value: &str| {
        let mut spec = json!({"name": "B", "webhook_url": bot.url, "secret": SECRET});
        spec[key] = value.into();
        spec
    };
    let on_conversation = |act: &str| format!("/sim/conversations/{id}/{act}");
    for (path, body, expected) in [
        ("/sim/agents".into(), agent("secret", "no hex"), 422),
        ("/sim/agents".into(), agent("webhook_url", "ftp://x"), 422),
        ("/sim/agents".into(), agent("colour", "blue"), 422),
        ("/sim/agents".into(), agent("client_id", "alone"), 422),
        ("/sim/conversations".into(), json!({}), 422),
        (
            "/sim/conversations".into(),
            json!({"agent": "nobody", "medium": "rtm", "channel": "Shop", "contact": "contact-1"}),
            404,
        ),
        (on_conversation("messages"), json!({"txt": "Hi"}), 422),
        (on_conversation("messages?wait=perhaps"), json!({}), 422),
        (on_conversation("messages?when=now"), json!({}), 422),
        (on_conversation("reply"), json!({}), 422),
        (on_conversation("resolve"), json!({"why": "done"}), 422),
        (on_conversation("sell"), json!({}), 404),
        (
            "/sim/conversations/none/messages".into(),
            json!({"text": "Hi"}),
            404,
        ),
        ("/sim/faults".into(), json!({"fault": "earthquake"}), 422),
        ("/sim/health".into(), json!({}), 405),
    ] {
        let (status, answer) = sim.post(&path, body.clone()).await;
        assert_eq!(status, expected, "{path} {body}");
        assert!(answer["error"].is_string(), "{path} {body}");
    }
    let broken = sim.request(Method::POST, "/sim/faults").body("{");
    assert_eq!(send(broken).await.0, 400);
}

#[tokio::test]
async fn a_stopped_simulator_no_longer_answers() {
    let sim = Sim::start(quick()).await;
    let health = sim.request(Method::GET, "/sim/health");
    assert_eq!(send(health).await, (200, json!({"status": "ok"})));
    let url = sim.running.url().to_owned();
    sim.running.stop().await;
    assert!(
        sim.http
            .get(format!("{url}/sim/health"))
            .send()
            .await
            .is_err()
    );
}
