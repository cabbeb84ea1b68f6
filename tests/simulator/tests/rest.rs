//! The vendor's REST face over real HTTP.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulator::Config;
use support::{Bot, SECRET, Sim, quick, send};

const TOKEN: &str = "/virtual-agent/oauth2/token";

fn form(request: RequestBuilder, body: &'static str) -> RequestBuilder {
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}

async fn with_conversation(config: Config) -> (Sim, Bot, String) {
    let (sim, bot) = (Sim::start(config).await, Bot::start().await);
    sim.agent(&bot.url, json!({})).await;
    let id = sim.begin("Hello").await;
    (sim, bot, id)
}

#[tokio::test]
async fn a_token_is_given_for_basic_credentials() {
    let sim = Sim::start(quick()).await;
    let request = sim
        .request(Method::POST, TOKEN)
        .basic_auth("simulator-client", Some("simulator-secret"));
    let (status, answer) = send(form(
        request,
        "grant_type=client_credentials&scope=client-read",
    ))
    .await;
    assert_eq!(status, 200);
    assert_eq!(answer["expires_in"], 3599);
    assert_eq!(answer["token_type"], "bearer");
    assert!(!answer["access_token"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn credentials_in_the_body_and_wrong_ones_are_refused() {
    let sim = Sim::start(quick()).await;
    let in_body = "grant_type=client_credentials&scope=client-read&client_id=simulator-client&client_secret=simulator-secret";
    let (status, answer) = send(form(sim.request(Method::POST, TOKEN), in_body)).await;
    assert_eq!(
        (status, &answer["error"]),
        (401, &Value::from("invalid_client"))
    );

    let wrong = sim
        .request(Method::POST, TOKEN)
        .basic_auth("simulator-client", Some("other"));
    let (status, _) = send(form(
        wrong,
        "grant_type=client_credentials&scope=client-read",
    ))
    .await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn the_inbox_dialect_has_its_own_paths_grant_and_tokens() {
    let (sim, bot) = (Sim::start(quick()).await, Bot::start().await);
    sim.agent(&bot.url, json!({"dialect": "inbox"})).await;
    let id = sim.begin("Hello").await;
    let request = sim
        .request(Method::POST, "/oauth2/token")
        .basic_auth("simulator-client", Some("simulator-secret"));
    let (status, answer) = send(form(
        request,
        "grant_type=organization_app&organization_id=900",
    ))
    .await;
    assert_eq!((status, &answer["token_Type"]), (200, &"bearer".into()));

    let token = answer["access_token"].as_str().unwrap();
    let path = format!("/inbox/v1/virtual-agent/conversations/{id}");
    let body = json!({
        "indicateTyping": "START",
        "sendMessages": [{"text": "one"}, {"text": "two"}],
        "applyConversationNotes": [{"text": "for humans"}],
    });
    let request = sim.request(Method::POST, &path).json(&body);
    assert_eq!(send(request.bearer_auth(token)).await, (200, json!({})));
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"].as_array().unwrap().len(), 3);
    assert_eq!(conversation["notes"][0]["text"], "for humans");

    // The other dialect's path knows neither the token nor, with one of its own, the conversation.
    let other = format!("/virtual-agent/conversations/{id}");
    let request = sim.request(Method::POST, &other).json(&json!({}));
    assert_eq!(send(request.bearer_auth(token)).await.0, 401);
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);
}

#[tokio::test]
async fn a_reply_with_nulls_is_accepted_and_shown() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    let body = json!({"sendMessage": {"text": "Hi", "attachment": null}, "applyTopics": null, "complete": null});
    assert_eq!(sim.reply(&id, body).await, (200, json!({})));
    let conversation = sim.show(&id).await;
    let message = &conversation["messages"][1];
    assert_eq!(message["direction"], "outbound");
    assert_eq!(message["author"], "virtual_agent");
    assert_eq!(message["text"], "Hi");
    assert_eq!(message["via"], "rest");
    assert_eq!(conversation["rest"][0]["status"], 200);
}

#[tokio::test]
async fn malformed_bodies_are_400_with_a_reason_and_change_nothing() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    for body in [
        json!({"complete": "CLOSED"}),
        json!({"sendMessage": "Hi"}),
        json!({"sendMessage": {}}),
        json!({"sendMessage": {"attachment": "never-uploaded.png"}}),
        json!({"sendMessage": {"text": "Hi"}, "setContactAttributes": {"a b": "c"}}),
        json!([]),
    ] {
        let (status, answer) = sim.reply(&id, body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(!answer["error"].as_str().unwrap().is_empty());
    }
    let path = format!("/virtual-agent/conversations/{id}");
    let broken = sim.request(Method::POST, &path).body("{");
    let broken = broken.header("content-type", "application/json");
    assert_eq!(send(broken.bearer_auth(sim.token().await)).await.0, 400);
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"].as_array().unwrap().len(), 1);
    assert_eq!(conversation["rest"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn a_missing_unknown_or_expired_token_is_401() {
    let (sim, _bot, id) = with_conversation(Config {
        token_lifetime: Duration::from_secs(1),
        ..quick()
    })
    .await;
    let path = format!("/virtual-agent/conversations/{id}");
    let call = || sim.request(Method::POST, &path).json(&json!({}));
    assert_eq!(send(call()).await.0, 401);
    assert_eq!(send(call().bearer_auth("made-up")).await.0, 401);
    let token = sim.token().await;
    assert_eq!(send(call().bearer_auth(&token)).await.0, 200);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(send(call().bearer_auth(&token)).await.0, 401);
}

#[tokio::test]
async fn a_conversation_not_with_the_agent_is_404() {
    let (sim, bot, id) = with_conversation(quick()).await;
    assert_eq!(sim.reply("0-0-0-0", json!({})).await.0, 404);
    sim.act(&id, "take", json!({"agent": "agent-1"})).await;
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);
    sim.act(&id, "resolve", json!({})).await;
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);

    // An agent with a client of its own is out of the common client's reach.
    let own =
        json!({"id": "own", "client_id": "own", "client_secret": "s", "channels": ["Private"]});
    sim.agent(&bot.url, own).await;
    let body =
        json!({"agent": "own", "medium": "rtm", "channel": "Private", "contact": "contact-1"});
    let (_, begun) = sim.post("/sim/conversations", body).await;
    assert_eq!(begun["owner"]["id"], "own");
    let id = begun["id"].as_str().unwrap();
    assert_eq!(sim.reply(id, json!({})).await.0, 404);
}

#[tokio::test]
async fn topics_are_matched_in_any_case_and_unknown_ones_are_only_noted() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    let body = json!({"applyTopics": ["REFUND", "refund", "No such topic"]});
    assert_eq!(sim.reply(&id, body).await.0, 200);
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["topics"], json!(["Refund"]));
    assert_eq!(conversation["ignored_topics"], json!(["No such topic"]));
}

#[tokio::test]
async fn inbox_fields_have_no_effect_in_the_sparkcentral_dialect_unless_enabled() {
    let (sim, bot, id) = with_conversation(quick()).await;
    let body = json!({"indicateTyping": "START", "sendMessages": [{"text": "one"}]});
    assert_eq!(sim.reply(&id, body.clone()).await.0, 200);
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"].as_array().unwrap().len(), 1);
    assert_eq!(
        conversation["rest"][0]["ignored"].as_array().unwrap().len(),
        2
    );

    sim.agent(&bot.url, json!({"inbox_fields": true})).await;
    sim.reply(&id, body).await;
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"][1]["text"], "one");
}

#[tokio::test]
async fn contact_attributes_are_set_once_and_never_overwritten() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    sim.reply(&id, json!({"setContactAttributes": {"order": "1"}}))
        .await;
    sim.reply(
        &id,
        json!({"setContactAttributes": {"order": "2", "size": "L"}}),
    )
    .await;
    let attributes = sim.show(&id).await["attributes"].clone();
    assert_eq!(
        attributes,
        json!([
            {"attribute": "order", "value": "1", "source": "AGENT"},
            {"attribute": "size", "value": "L", "source": "AGENT"},
        ])
    );
}

#[tokio::test]
async fn handover_and_resolved_end_the_agents_part() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    sim.reply(&id, json!({"complete": "HANDOVER"})).await;
    let conversation = sim.show(&id).await;
    assert_eq!(
        (&conversation["queue"], &conversation["owner"]),
        (&"New".into(), &Value::Null)
    );
    assert_eq!(sim.reply(&id, json!({})).await.0, 404);

    let id = sim.begin("Again").await;
    sim.reply(
        &id,
        json!({"sendMessage": {"text": "Bye"}, "complete": "RESOLVED"}),
    )
    .await;
    assert_eq!(sim.show(&id).await["queue"], "Resolved");
}

#[tokio::test]
async fn an_uploaded_attachment_can_be_sent() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    for (method, name) in [(Method::PUT, "cat.gif"), (Method::POST, "dog.gif")] {
        let path = format!("/virtual-agent/conversations/{id}/attachments/{name}");
        let request = sim.request(method, &path).body("GIF89a");
        let request = request.header("content-type", "image/gif");
        assert_eq!(
            send(request.bearer_auth(sim.token().await)).await,
            (200, json!({}))
        );
    }
    let body = json!({"sendMessage": {"attachment": "cat.gif"}});
    assert_eq!(sim.reply(&id, body).await.0, 200);
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"][1]["attachment"], "cat.gif");
    assert_eq!(conversation["attachments"][0]["size"], 6);
    assert_eq!(conversation["attachments"][1]["content_type"], "image/gif");
}

#[tokio::test]
async fn uploads_against_the_rules_are_refused() {
    let (sim, _bot, id) = with_conversation(Config {
        attachment_limit: 1000,
        ..quick()
    })
    .await;
    let token = sim.token().await;
    let upload = |name: &str| {
        let path = format!("/virtual-agent/conversations/{id}/attachments/{name}");
        sim.request(Method::PUT, &path).bearer_auth(&token)
    };
    let typed = |request: RequestBuilder| request.header("content-type", "image/png");
    let stream = || {
        let chunks = [Ok::<_, std::io::Error>("abc")];
        reqwest::Body::wrap_stream(futures::stream::iter(chunks))
    };

    assert_eq!(send(typed(upload("a%20b.png")).body("x")).await.0, 400);
    assert_eq!(send(upload("a.png").body("x")).await.0, 400);
    assert_eq!(send(typed(upload("a.png")).body(stream())).await.0, 400);
    let big = vec![0_u8; 1000];
    assert_eq!(send(typed(upload("a.png")).body(big)).await.0, 413);
    assert_eq!(send(typed(upload("a.png")).body("x")).await.0, 200);
    assert_eq!(send(typed(upload("a.png")).body("x")).await.0, 400);

    let body = json!({"agent": "bot", "medium": "twit", "channel": "T", "contact": "contact-1", "wait": true});
    let (_, begun) = sim.post("/sim/conversations", body).await;
    let id = begun["id"].as_str().unwrap();
    let path = format!("/virtual-agent/conversations/{id}/attachments/a.pdf");
    let request = sim.request(Method::PUT, &path).bearer_auth(&token);
    let request = request.header("content-type", "application/pdf").body("x");
    assert_eq!(send(request).await.0, 400);
}

#[tokio::test]
async fn faults_strike_as_often_as_ordered_and_are_written_down() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    sim.fault(json!({"fault": "rate_limited", "count": 2}))
        .await;
    sim.fault(json!({"fault": "server_error", "status": 503, "conversation": id}))
        .await;
    sim.fault(json!({"fault": "not_found", "conversation": "another"}))
        .await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(sim.reply(&id, json!({})).await.0);
    }
    assert_eq!(statuses, [429, 429, 503, 200]);
    assert_eq!(
        sim.show(&id).await["rest"][0]["faults"],
        json!(["rate_limited"])
    );
    let faults = sim.get("/sim/faults").await;
    assert_eq!(faults[0]["hits"], 2);
    send(sim.request(Method::DELETE, "/sim/faults")).await;
    assert_eq!(sim.get("/sim/faults").await, json!([]));
}

#[tokio::test]
async fn an_expired_token_stays_expired_but_a_new_one_is_good() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    sim.fault(json!({"fault": "token_expired"})).await;
    let token = sim.token().await;
    let path = format!("/virtual-agent/conversations/{id}");
    let call = || sim.request(Method::POST, &path).json(&json!({}));
    assert_eq!(send(call().bearer_auth(&token)).await.0, 401);
    assert_eq!(send(call().bearer_auth(&token)).await.0, 401);
    assert_eq!(sim.reply(&id, json!({})).await.0, 200);
}

#[tokio::test]
async fn a_dropped_request_was_accepted_all_the_same() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    sim.fault(json!({"fault": "drop_after_accept"})).await;
    let path = format!("/virtual-agent/conversations/{id}");
    let request = sim
        .request(Method::POST, &path)
        .json(&json!({"sendMessage": {"text": "Hi"}}))
        .bearer_auth(sim.token().await);
    assert!(request.send().await.is_err());
    let conversation = sim.show(&id).await;
    assert_eq!(conversation["messages"][1]["text"], "Hi");
    assert_eq!(conversation["rest"][0]["status"], 200);
    assert_eq!(
        conversation["rest"][0]["faults"],
        json!(["drop_after_accept"])
    );
    assert_eq!(sim.reply(&id, json!({})).await.0, 200);
}

#[tokio::test]
async fn a_slow_answer_takes_as_long_as_ordered() {
    let (sim, _bot, id) = with_conversation(quick()).await;
    sim.fault(json!({"fault": "slow", "delay_ms": 150})).await;
    let begun = Instant::now();
    assert_eq!(sim.reply(&id, json!({})).await.0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn the_token_endpoint_can_fail_too() {
    let sim = Sim::start(quick()).await;
    sim.fault(json!({"fault": "server_error", "on": "token"}))
        .await;
    let request = || {
        let request = sim.request(Method::POST, TOKEN);
        form(
            request.basic_auth("simulator-client", Some("simulator-secret")),
            "grant_type=client_credentials&scope=client-read",
        )
    };
    assert_eq!(send(request()).await.0, 500);
    assert_eq!(send(request()).await.0, 200);
}

#[tokio::test]
async fn an_agent_is_shown_without_its_secrets() {
    let (sim, _bot, _id) = with_conversation(quick()).await;
    let agents = sim.get("/sim/agents").await;
    assert_eq!(agents[0]["id"], "bot");
    assert!(!agents.to_string().contains(SECRET));
}
