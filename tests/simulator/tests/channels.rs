//! Channels, teams, Twitter's page and the clock, over HTTP.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use reqwest::{Method, Response, redirect::Policy};
use serde_json::{Value, json};
use support::{Bot, Sim, quick, send};

async fn with_bot(agent: Value) -> (Sim, Bot) {
    let (sim, bot) = (Sim::start(quick()).await, Bot::start().await);
    sim.agent(&bot.url, agent).await;
    (sim, bot)
}

async fn put(sim: &Sim, path: &str, body: Value) -> (u16, Value) {
    send(sim.request(Method::PUT, path).json(&body)).await
}

async fn patch(sim: &Sim, path: &str, body: Value) -> (u16, Value) {
    send(sim.request(Method::PATCH, path).json(&body)).await
}

/// Asks for a Twitter channel: its id and the page's address.
async fn ask(sim: &Sim) -> (String, String) {
    let (status, asked) = sim.post("/sim/channels", json!({"medium": "twit"})).await;
    assert_eq!(status, 202, "{asked}");
    assert_eq!(asked["state"], "waiting_for_authorization");
    let text = |field: &str| asked[field].as_str().unwrap().to_owned();
    (text("id"), text("authorize_url"))
}

/// Sends the page's form, without following where it leads.
async fn decide(page: &str, form: &'static str) -> Response {
    let http = reqwest::Client::builder().redirect(Policy::none());
    let http = http.no_proxy().build().unwrap();
    let (address, token) = page.split_once('?').unwrap();
    let form = format!("{token}&{form}");
    let request = http.post(address).body(form);
    let type_of_forms = "application/x-www-form-urlencoded";
    let request = request.header("content-type", type_of_forms);
    request.send().await.unwrap()
}

async fn error(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    (status, body["error"].as_str().unwrap().into())
}

fn on(channel: &str, medium: &str) -> Value {
    json!({"agent": "bot", "medium": medium, "channel": channel, "contact": "contact-1", "text": "Hello", "wait": true})
}

#[tokio::test]
async fn a_twitter_channel_comes_into_being_when_its_owner_says_so() {
    let (sim, bot) = with_bot(json!({})).await;
    let (id, page) = ask(&sim).await;
    assert_eq!(sim.get("/sim/channels").await, json!([]));
    let (status, refused) = sim.post("/sim/conversations", on(&id, "twit")).await;
    assert_eq!(status, 409, "{refused}");

    let shown = sim.http.get(format!("{page}&handle=Shop_1"));
    let shown = shown.send().await.unwrap();
    assert_eq!(shown.status(), 200);
    let html = shown.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(html.starts_with("text/html"), "{html}");
    let text = shown.text().await.unwrap();
    assert!(text.contains("@Shop_1") && text.contains("Authorize app"));

    let answer = decide(&page, "handle=%40Shop_1&decision=authorize").await;
    assert_eq!(answer.status(), 303);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(location, format!("/sim/channels/{id}"));
    let channel = sim.get(&location).await;
    assert_eq!(channel["medium"], "twit");
    assert_eq!(channel["name"], "Shop_1");
    assert_eq!(channel["url"], "https://twitter.com/Shop_1");
    assert_eq!(channel["auto_ownership"], true);
    assert_eq!(
        channel["auto_resolve"],
        json!({"new_seconds": 2_592_000.0, "pending_seconds": 2_592_000.0})
    );

    bot.received();
    let (status, begun) = sim.post("/sim/conversations", on("Shop_1", "twit")).await;
    assert_eq!(status, 201, "{begun}");
    assert_eq!(begun["channel"], json!({"id": id, "name": "Shop_1"}));
    assert_eq!(bot.events()[0]["data"]["channel"], begun["channel"]);
    let (status, _) = sim.post("/sim/conversations", on("Shop_1", "rtm")).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn an_authorisation_is_used_once_and_a_handle_is_added_once() {
    let (sim, _bot) = with_bot(json!({})).await;
    let (_, page) = ask(&sim).await;
    assert_eq!(decide(&page, "handle=Shop").await.status(), 303);
    let (status, text) = error(decide(&page, "handle=Other").await).await;
    assert_eq!(status, 409);
    assert!(text.contains("used"), "{text}");

    let (_, page) = ask(&sim).await;
    let (status, text) = error(decide(&page, "handle=SHOP").await).await;
    assert_eq!(status, 409);
    assert!(text.contains("added"), "{text}");
    // Whoever was logged in to the wrong account can log in to another one.
    assert_eq!(decide(&page, "handle=Other").await.status(), 303);
    assert_eq!(sim.get("/sim/channels").await.as_array().unwrap().len(), 2);

    let base = page.split_once('?').unwrap().0;
    let made_up = format!("{base}?oauth_token=made-up");
    assert_eq!(error(decide(&made_up, "handle=Shop").await).await.0, 404);
    let (_, page) = ask(&sim).await;
    for (form, expected) in [("handle=a%20b", 422), ("", 422), ("decision=maybe", 422)] {
        assert_eq!(error(decide(&page, form).await).await.0, expected, "{form}");
    }
}

#[tokio::test]
async fn a_cancelled_or_expired_authorisation_brings_no_channel() {
    let (sim, _bot) = with_bot(json!({})).await;
    let (id, page) = ask(&sim).await;
    let answer = decide(&page, "decision=cancel").await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/sim/channels");
    assert_eq!(error(decide(&page, "handle=Shop").await).await.0, 409);
    let path = format!("/sim/channels/{id}");
    assert_eq!(sim.get(&path).await["state"], "cancelled");

    let (id, page) = ask(&sim).await;
    sim.post("/sim/clock", json!({"advance_seconds": 600}))
        .await;
    let (status, text) = error(decide(&page, "handle=Shop").await).await;
    assert_eq!(status, 409);
    assert!(text.contains("expired"), "{text}");
    let path = format!("/sim/channels/{id}");
    assert_eq!(sim.get(&path).await["state"], "expired");
    assert_eq!(sim.get("/sim/channels").await, json!([]));
}

#[tokio::test]
async fn a_channel_is_edited_and_bad_settings_are_refused_whole() {
    let (sim, _bot) = with_bot(json!({})).await;
    let body = json!({"medium": "rtm", "name": "Shop", "access": {"all_users": "viewer"}});
    let (status, added) = sim.post("/sim/channels", body.clone()).await;
    assert_eq!((status, &added["id"]), (201, &"channel-shop".into()));
    assert_eq!(sim.post("/sim/channels", body).await.0, 409);
    let path = "/sim/channels/channel-shop";
    let edit = json!({"display_name": "The shop", "auto_ownership": false, "auto_resolve": {"new_seconds": 60}});
    let (status, edited) = patch(&sim, path, edit).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(edited["display_name"], "The shop");
    assert_eq!(edited["name"], "Shop");
    assert_eq!(edited["auto_resolve"]["new_seconds"], 60.0);
    assert_eq!(edited["auto_resolve"]["pending_seconds"], 2_592_000.0);

    for bad in [
        json!({"display_name": "x".repeat(256)}),
        json!({"name": "Other"}),
        json!({"auto_ownership": true, "auto_resolve": {"new_seconds": 0}}),
        json!({"access": {"teams": {"no-team": "viewer"}}}),
        json!({"access": {"all_users": "king"}}),
    ] {
        let (status, answer) = patch(&sim, path, bad.clone()).await;
        assert_eq!(status, 422, "{bad} {answer}");
    }
    assert_eq!(sim.get(path).await, edited);
    assert_eq!(patch(&sim, "/sim/channels/none", json!({})).await.0, 404);
    for bad in [
        json!({"medium": "rtm"}),
        json!({"medium": "twit", "name": "Shop"}),
        json!({"name": "Shop"}),
    ] {
        assert_eq!(sim.post("/sim/channels", bad.clone()).await.0, 422, "{bad}");
    }
}

#[tokio::test]
async fn a_channel_used_without_being_added_is_there_for_everybody() {
    let (sim, _bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    let channels = sim.get("/sim/channels").await;
    assert_eq!(channels[0]["id"], "channel-shop");
    assert_eq!(channels[0]["implicit"], true);
    assert_eq!(channels[0]["access"]["all_users"], "contributor");
    let (status, replied) = sim
        .act(&id, "reply", json!({"text": "Hi", "agent": "agent-1"}))
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        replied["owner"],
        json!({"kind": "human", "name": "agent-1"})
    );
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);
}

#[tokio::test]
async fn a_viewer_of_a_team_resolves_and_does_not_reply() {
    let (sim, _bot) = with_bot(json!({})).await;
    let teams = json!({"teams": [{"name": "team-1", "users": ["agent-1"]}]});
    let (status, shown) = put(&sim, "/sim/teams", teams.clone()).await;
    assert_eq!((status, &shown), (200, &teams));
    let (status, _) = put(&sim, "/sim/teams/team-2", json!({"users": ["agent-1"]})).await;
    assert_eq!(status, 422);
    let (status, shown) = put(&sim, "/sim/teams/team-2", json!({"users": ["agent-2"]})).await;
    assert_eq!((status, shown["teams"].as_array().unwrap().len()), (200, 2));

    let id = sim.begin("Hello").await;
    let access = json!({"access": {"all_users": null, "teams": {"team-1": "viewer"}}});
    patch(&sim, "/sim/channels/channel-shop", access).await;
    let reply = |agent: &str| json!({"text": "Hi", "agent": agent});
    let (status, refused) = sim.act(&id, "reply", reply("agent-1")).await;
    assert_eq!(status, 403);
    assert!(refused["error"].as_str().unwrap().contains("viewer"));
    let (status, _) = sim.act(&id, "take", json!({"agent": "agent-2"})).await;
    assert_eq!(status, 403);
    let (status, resolved) = sim.act(&id, "resolve", json!({"agent": "agent-1"})).await;
    assert_eq!((status, &resolved["queue"]), (200, &"Resolved".into()));
}

#[tokio::test]
async fn putting_the_clock_forward_meets_every_deadline_at_once() {
    let (sim, bot) = with_bot(json!({})).await;
    let before = sim.get("/sim/clock").await;
    assert_eq!(before["ahead_seconds"], 0.0);
    let id = sim.begin("Hello").await;
    let (status, after) = sim
        .post("/sim/clock", json!({"advance_seconds": 300}))
        .await;
    assert_eq!((status, &after["ahead_seconds"]), (200, &300.0.into()));
    assert!(after["now"].as_str() > before["now"].as_str());
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["queue"], "New");
    assert_eq!(conversation["history"][2]["reason"], "no_reply");
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);

    sim.post("/sim/clock", json!({"advance_seconds": 2_592_000}))
        .await;
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["queue"], "Resolved");
    assert_eq!(conversation["history"][3]["reason"], "auto_resolved");
    assert_eq!(conversation["history"][3]["resolution"]["how"], "auto");

    // A webhook states the machine's time all the same, and a token doesn't grow old.
    let token = sim.token().await;
    sim.post("/sim/clock", json!({"advance_seconds": 7200}))
        .await;
    bot.received();
    let id = sim.begin("Hello again").await;
    let stated = bot.events()[0]["timestamp"].as_str().unwrap().to_owned();
    assert!(stated.as_str() < after["now"].as_str().unwrap());
    let begun = sim.show(&id).await["history"][0]["at"].clone();
    assert!(begun.as_str() > after["now"].as_str());
    let path = format!("/virtual-agent/conversations/{id}");
    let call = sim.request(Method::POST, &path).json(&json!({}));
    assert_eq!(send(call.bearer_auth(token)).await.0, 200);

    for bad in [
        json!({}),
        json!({"advance_seconds": -1}),
        json!({"advance_seconds": 1e12}),
    ] {
        assert_eq!(sim.post("/sim/clock", bad.clone()).await.0, 422, "{bad}");
    }
}

#[tokio::test]
async fn an_auto_resolved_conversation_answers_404_to_its_agent() {
    let (sim, bot) = with_bot(json!({})).await;
    let id = sim.begin("Hello").await;
    let quickly = json!({"auto_resolve": {"pending_seconds": 0.05}});
    patch(&sim, "/sim/channels/channel-shop", quickly).await;
    bot.received();
    sim.until(&id, |c| c["queue"] == "Resolved").await;
    assert!(bot.received().is_empty());
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);
}
