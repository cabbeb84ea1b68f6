//! The inbox dialect's presence and queue endpoints.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use support::{Bot, Sim, quick, send};

const ONLINE: &str = "/inbox/v1/user-presence/online-agents";
const AVAILABILITY: &str = "/inbox/v1/user-presence/metrics/agent-availability";
const LONGEST: &str = "/inbox/v1/queue/metrics/longest-wait-time";
const CONTACTS: &str = "/inbox/v1/queue/metrics/contacts-waiting";

/// "bot" and "other", each with an OAuth client of its own name.
async fn start() -> (Sim, Bot) {
    let (sim, bot) = (Sim::start(quick()).await, Bot::start().await);
    for id in ["bot", "other"] {
        let own = json!({"id": id, "dialect": "inbox", "client_id": id, "client_secret": "s"});
        sim.agent(&bot.url, own).await;
    }
    (sim, bot)
}

async fn token(sim: &Sim, client: &str) -> String {
    let request = sim
        .request(Method::POST, "/oauth2/token")
        .basic_auth(client, Some("s"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=organization_app&organization_id=o");
    let (status, answer) = send(request).await;
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().into()
}

async fn online(sim: &Sim, client: &str) -> (u16, Value) {
    let request = sim.request(Method::GET, ONLINE);
    send(request.bearer_auth(token(sim, client).await)).await
}

async fn ask(sim: &Sim, client: &str, path: &str, body: Value) -> (u16, Value) {
    let request = sim.request(Method::POST, path).json(&body);
    send(request.bearer_auth(token(sim, client).await)).await
}

async fn put(sim: &Sim, path: &str, body: Value) -> Value {
    let (status, answer) = send(sim.request(Method::PUT, path).json(&body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn each_agent_is_told_who_is_online_for_it_or_for_everybody() {
    let (sim, _bot) = start().await;
    assert_eq!(online(&sim, "bot").await, (200, json!({"agents": []})));
    let agents =
        json!([{"id": "agent-1", "presence": "AVAILABLE"}, {"id": "agent-2", "presence": "AWAY"}]);
    put(&sim, "/sim/presence", json!({ "agents": agents })).await;
    let mine = json!([{"id": "agent-3", "presence": "AWAY", "away_state_id": "lunch"}]);
    let shown = put(
        &sim,
        "/sim/presence",
        json!({"agent": "bot", "agents": mine}),
    )
    .await;
    assert_eq!(shown["agents"][0]["presence"], "AWAY");

    let (_, answer) = online(&sim, "bot").await;
    assert_eq!(answer["agents"].as_array().unwrap().len(), 1);
    let agent = &answer["agents"][0];
    assert_eq!(
        (&agent["id"], &agent["userPresence"], &agent["awayStateId"]),
        (&"agent-3".into(), &"AWAY".into(), &"lunch".into())
    );
    assert!(agent["statusChangedAt"].as_str().unwrap().ends_with('Z'));
    for (body, expected) in [
        (json!({}), 2),
        (json!({"userPresenceStatus": "AVAILABLE"}), 1),
        (json!({"teamIds": ["team-1"]}), 0),
    ] {
        let answer = ask(&sim, "other", AVAILABILITY, body.clone()).await;
        assert_eq!(answer, (200, json!({ "value": expected })), "{body}");
    }
    put(
        &sim,
        "/sim/teams",
        json!({"teams": [{"name": "team-1", "users": ["agent-2"]}]}),
    )
    .await;
    let in_team = json!({"teamIds": ["team-1"]});
    let (_, answer) = ask(&sim, "other", AVAILABILITY, in_team).await;
    assert_eq!(answer["value"], 1);

    put(&sim, "/sim/presence?agent=bot", json!({"agents": null})).await;
    let (_, answer) = online(&sim, "bot").await;
    assert_eq!(answer["agents"].as_array().unwrap().len(), 2);
    let calls = sim.get("/sim/presence?agent=bot").await["calls"].clone();
    assert_eq!(calls.as_array().unwrap().len(), 3);
    assert_eq!(
        (&calls[0]["path"], &calls[0]["status"]),
        (&ONLINE.into(), &200.into())
    );
}

#[tokio::test]
async fn waiting_time_is_counted_from_the_queue_unless_it_is_told() {
    let (sim, _bot) = start().await;
    let begin = json!({"agent": "bot", "medium": "rtm", "channel": "Shop", "contact": "contact-1", "text": "Hello", "wait": true});
    let (_, begun) = sim.post("/sim/conversations", begin).await;
    let id = begun["id"].as_str().unwrap().to_owned();
    let path = format!("/inbox/v1/virtual-agent/conversations/{id}");
    let goodbye = json!({"sendMessage": {"text": "Wait"}, "complete": "HANDOVER"});
    assert_eq!(ask(&sim, "bot", &path, goodbye).await.0, 200);
    sim.post("/sim/clock", json!({"advance_seconds": 90})).await;

    let new = json!({"status": "NEW", "channelIds": ["channel-shop"], "mediumId": "rtm"});
    let (status, answer) = ask(&sim, "bot", LONGEST, new.clone()).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["value"].as_u64().unwrap() >= 90, "{answer}");
    assert_eq!(ask(&sim, "bot", CONTACTS, new.clone()).await.1["value"], 1);
    let elsewhere = json!({"status": "NEW", "channelIds": ["channel-desk"]});
    assert_eq!(ask(&sim, "bot", LONGEST, elsewhere).await.1["value"], 0);
    let grouped = json!({"status": "NEW", "groupBy": "CHANNEL"});
    let (_, answer) = ask(&sim, "bot", CONTACTS, grouped).await;
    assert_eq!(answer, json!({"value": {"channel-shop": {"value": 1}}}));

    let told = put(&sim, "/sim/waiting", json!({"agent": "bot", "seconds": 7})).await;
    assert_eq!(told, json!({"seconds": 7, "contacts": null}));
    assert_eq!(ask(&sim, "bot", LONGEST, new.clone()).await.1["value"], 7);
    let others = ask(&sim, "other", LONGEST, new.clone()).await.1["value"].clone();
    assert!(others.as_u64().unwrap() >= 90);
    put(
        &sim,
        "/sim/waiting",
        json!({"agent": "bot", "seconds": null}),
    )
    .await;
    let own = ask(&sim, "bot", LONGEST, new).await.1["value"].clone();
    assert!(own.as_u64().unwrap() >= 90);
}

#[tokio::test]
async fn requests_against_the_contract_are_refused() {
    let (sim, _bot) = start().await;
    for body in [
        json!({}),
        json!({"status": "RESOLVED"}),
        json!({"status": "NEW", "groupBy": "TOPIC"}),
        json!({"status": "NEW", "channelIds": "channel-shop"}),
        json!(7),
    ] {
        let (status, answer) = ask(&sim, "bot", LONGEST, body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"].is_string());
    }
    let broken = sim.request(Method::POST, LONGEST).body("{");
    let broken = broken.header("content-type", "application/json");
    assert_eq!(
        send(broken.bearer_auth(token(&sim, "bot").await)).await.0,
        400
    );
    assert_eq!(send(sim.request(Method::GET, ONLINE)).await.0, 401);
    // Sparkcentral has none of it, under either name.
    let request = sim.request(Method::GET, ONLINE);
    assert_eq!(send(request.bearer_auth(sim.token().await)).await.0, 404);
    let request = sim.request(Method::GET, "/user-presence/online-agents");
    assert_eq!(send(request.bearer_auth(sim.token().await)).await.0, 404);
    let (status, _) = send(sim.request(Method::GET, "/sim/presence?agent=nobody")).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_fault_for_one_agents_presence_leaves_the_others_alone() {
    let (sim, _bot) = start().await;
    for (fault, expected) in [
        (json!({"fault": "server_error", "status": 503}), 503),
        (json!({"fault": "rate_limited"}), 429),
        (json!({"fault": "unauthorized"}), 401),
    ] {
        let mut fault = fault;
        fault["on"] = "presence".into();
        fault["agent"] = "bot".into();
        sim.fault(fault).await;
        assert_eq!(online(&sim, "other").await.0, 200);
        assert_eq!(online(&sim, "bot").await.0, expected);
        assert_eq!(online(&sim, "bot").await.0, 200);
    }
    sim.fault(json!({"fault": "slow", "delay_ms": 150, "on": "presence", "agent": "bot"}))
        .await;
    let begun = Instant::now();
    let (status, _) = ask(&sim, "bot", CONTACTS, json!({"status": "NEW"})).await;
    assert_eq!(status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(150));
    let calls = sim.get("/sim/presence?agent=bot").await["calls"].clone();
    assert_eq!(calls[0]["faults"], json!(["server_error"]));
    assert_eq!(calls[0]["status"], 503);
}

#[tokio::test]
async fn faults_of_conversations_and_tokens_can_be_for_one_agent_too() {
    let (sim, _bot) = start().await;
    sim.fault(json!({"fault": "server_error", "on": "token", "agent": "bot"}))
        .await;
    token(&sim, "other").await;
    let request = sim
        .request(Method::POST, "/oauth2/token")
        .basic_auth("bot", Some("s"));
    assert_eq!(send(request).await.0, 500);

    let begin = async |agent: &str| {
        let body = json!({"agent": agent, "medium": "rtm", "channel": "Shop", "contact": "contact-1", "wait": true});
        let (_, begun) = sim.post("/sim/conversations", body).await;
        let id = begun["id"].as_str().unwrap();
        format!("/inbox/v1/virtual-agent/conversations/{id}")
    };
    let (mine, others) = (begin("bot").await, begin("other").await);
    sim.fault(json!({"fault": "rate_limited", "agent": "bot"}))
        .await;
    assert_eq!(ask(&sim, "other", &others, json!({})).await.0, 200);
    assert_eq!(ask(&sim, "bot", &mine, json!({})).await.0, 429);
    assert_eq!(ask(&sim, "bot", &mine, json!({})).await.0, 200);
}
