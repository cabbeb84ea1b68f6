//! Tokens that are none, or not for this: refused alike, with nothing changed.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use system_tests::{RegisteredAgent, World, said_by_bot};
use uuid::Uuid;

use crate::{is_problem, waiting_conversation};

/// Everything that can be asked for, and that would change something.
fn requests(http: &reqwest::Client, base: &str, id: &str) -> [RequestBuilder; 7] {
    let conversation = format!("{base}/conversations/{id}");
    let channel = format!("{base}/channels/channel-web");
    let reply = json!({"id": "hostile", "text": "hostile"});
    [
        http.post(format!("{conversation}/replies")).json(&reply),
        http.post(format!("{conversation}/handover"))
            .json(&json!({})),
        http.post(format!("{conversation}/resolve"))
            .json(&json!({})),
        http.patch(&channel)
            .json(&json!({"displayName": "hostile"})),
        http.get(&conversation),
        http.get(&channel),
        http.get(format!("{conversation}/replies/none")),
    ]
}

/// What an operator sees of a conversation and its channel, here and in Sparkcentral.
async fn seen(world: &World, agent: &RegisteredAgent, id: &str) -> Value {
    let (_, told) = world.api(agent, Method::GET, id, "", None).await;
    let token = Some(agent.api_tokens.supervisor.as_str());
    let (_, channel) = world
        .call(
            token,
            &agent.name,
            Method::GET,
            "/channels/channel-web",
            None,
        )
        .await;
    let seen = world.seen(id).await;
    json!([told, channel, seen["queue"], said_by_bot(&seen)])
}

#[tokio::test]
async fn whatever_is_no_token_of_the_agent_is_refused_alike_and_changes_nothing() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let other = world.agent("[bot]\nkind = \"script\"\n").await;
    let before = seen(&world, &agent, &id).await;
    let token = &agent.api_tokens.supervisor;
    let unsigned = "eyJhbGciOiJub25lIn0.eyJyb2xlIjoic3VwZXJ2aXNvciJ9.";
    let mut values: Vec<Vec<u8>> = [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        token.clone(),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer {token}x"),
        format!("Bearer x{token}"),
        format!("Bearer {}", &token[..token.len() - 1]),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},{token}"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer {token}%00"),
        format!("Bearer %0d%0aAuthorization: Bearer {token}"),
        format!("Bearer {}", hex::encode(Sha256::digest(token.as_bytes()))),
        format!("Bearer {}", agent.webhook_secret),
        format!("Bearer {}", agent.simulator_credentials.client_secret),
        format!("Bearer {}", other.api_tokens.supervisor),
        format!("Bearer {unsigned}"),
        "Bearer null".into(),
        "Bearer *".into(),
        "Bearer ' OR ''='".into(),
        "Bearer {\"role\": \"supervisor\"}".into(),
        format!("Bearer {}", "a".repeat(7_000)),
        format!("Bearer {}", token.repeat(100)),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    values.push([b"Bearer \xff\xfe", token.as_bytes()].concat());
    values.push([b"Bearer ", token.as_bytes(), "\u{a0}".as_bytes()].concat());
    let http = reqwest::Client::new();
    let base = format!("{}/v1/agents/{}", world.stack.api_url, agent.name);
    let nobodys = format!(
        "{}/v1/agents/nobody-{}",
        world.stack.api_url,
        Uuid::new_v4().simple()
    );
    let mut refusals: Vec<(String, Value)> = Vec::new();
    let mut ask = async |request: RequestBuilder, what: String| {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer", "{what}");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        refusals.push((what, response.json().await.unwrap()));
    };
    for value in &values {
        let header = HeaderValue::from_bytes(value).unwrap();
        // Each value on one of the requests: which one is refused makes no difference.
        let number = value.len() % 7;
        let request = requests(&http, &base, &id).into_iter().nth(number).unwrap();
        let what = String::from_utf8_lossy(&value[..value.len().min(40)]).into_owned();
        ask(request.header(AUTHORIZATION, header), what).await;
    }
    for (number, request) in requests(&http, &base, &id).into_iter().enumerate() {
        ask(request, format!("none, request {number}")).await;
    }
    for request in requests(&http, &nobodys, &id) {
        ask(
            request.bearer_auth(token),
            "an agent that does not exist".into(),
        )
        .await;
    }
    for request in requests(&http, &base, "no-such-conversation") {
        let request = request.bearer_auth("wrong");
        ask(request, "a conversation that does not exist".into()).await;
    }
    let (_, first) = &refusals[0];
    is_problem(first, StatusCode::UNAUTHORIZED);
    for (what, refusal) in &refusals {
        assert_eq!(refusal, first, "{what}: nobody learns why");
    }
    assert_eq!(seen(&world, &agent, &id).await, before);
}

#[tokio::test]
async fn a_token_for_other_channels_or_of_nobody_there_does_nothing() {
    let world = World::join();
    let bot = system_tests::TestBot::start(|_| system_tests::Answer::status(202)).await;
    let random = || format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let (elsewhere, nowhere, user, team) = (random(), random(), random(), random());
    let mut secrets = bot.secrets();
    secrets["api_tokens"] = json!([
        {"name": "elsewhere", "role": "supervisor", "channels": ["channel-sms"], "token": elsewhere},
        {"name": "nowhere", "role": "supervisor", "channels": [], "token": nowhere},
        {"name": "user", "user": "agent-1", "token": user},
        {"name": "team", "team": "team-1", "token": team},
    ]);
    let agent = world.register(&bot.settings(), json!({}), secrets).await;
    let id = world.begin(&agent, Some("hello")).await;
    world
        .until_api(&agent, &id, "the channel is learned", |told| {
            told["channel"].is_object()
        })
        .await;
    let waits = |told: &Value| {
        told["awaiting"]
            .as_array()
            .is_some_and(|turns| turns.len() == 2)
    };
    world
        .until_api(&agent, &id, "both turns are in", waits)
        .await;
    let before = seen(&world, &agent, &id).await;
    let http = reqwest::Client::new();
    let base = format!("{}/v1/agents/{}", world.stack.api_url, agent.name);
    for (name, token) in [
        ("elsewhere", &elsewhere),
        ("nowhere", &nowhere),
        ("user", &user),
        ("team", &team),
    ] {
        for (number, request) in requests(&http, &base, &id).into_iter().enumerate() {
            let response = request.bearer_auth(token).send().await.unwrap();
            // A channel that is not the caller's is none.
            let is_channel = number == 3 || number == 5;
            let expected = if is_channel {
                StatusCode::NOT_FOUND
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(response.status(), expected, "{name}, request {number}");
            let told: Value = response.json().await.unwrap();
            is_problem(&told, expected);
            assert!(!told.to_string().contains("hostile"), "{told}");
        }
        let (status, told) = world
            .call(Some(token), &agent.name, Method::GET, "/channels", None)
            .await;
        assert_eq!(
            (status, told),
            (StatusCode::OK, json!({"channels": []})),
            "{name}"
        );
    }
    assert_eq!(seen(&world, &agent, &id).await, before);
}

#[tokio::test]
async fn an_id_that_names_nothing_is_not_found_however_long_or_odd() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let token = agent.api_tokens.supervisor.as_str();
    let http = reqwest::Client::new();
    let base = format!("{}/v1/agents/{}", world.stack.api_url, agent.name);
    let odd = [
        "x".repeat(600),
        "x".repeat(601),
        "x".repeat(3_000),
        "%0D%0Aforged".to_owned(),
        "%00".to_owned(),
        "%E2%80%A8".to_owned(),
        format!("{id}%23STATE"),
        format!("{id}%20"),
        "%22%7D%7B".to_owned(),
    ];
    for odd in odd {
        for (path, code) in [
            (format!("/conversations/{odd}"), "unknown_conversation"),
            (
                format!("/conversations/{odd}/replies/r"),
                "unknown_conversation",
            ),
            (
                format!("/conversations/{id}/replies/{odd}"),
                "unknown_reply",
            ),
            (format!("/channels/{odd}"), "unknown_channel"),
        ] {
            let request = http.get(format!("{base}{path}")).bearer_auth(token);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            let told: Value = response.json().await.unwrap();
            assert_eq!(told["code"], code, "{path}");
        }
    }
    for turn in [
        "x".repeat(512),
        "x".repeat(513),
        "x".repeat(5_000),
        String::new(),
    ] {
        let reply = json!({"id": "r", "text": "hello", "inReplyTo": turn});
        let (status, told) = world
            .api(&agent, Method::POST, &id, "/replies", Some(reply))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        is_problem(&told, status);
    }
}
