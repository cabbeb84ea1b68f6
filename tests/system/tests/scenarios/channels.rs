//! A Twitter channel from "Add channel" to auto-resolve, and the roles in it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{RegisteredAgent, TestBot, World, last_reason, said_by_bot, simulator};

use crate::echo;

const HANDLE: &str = "example_shop";

/// Tokens of three users: their roles are the channel's.
struct Users {
    contributor: String,
    viewer: String,
    stranger: String,
}

impl Users {
    fn new() -> Self {
        let token = || {
            format!(
                "{}{}",
                uuid::Uuid::new_v4().simple(),
                uuid::Uuid::new_v4().simple()
            )
        };
        Self {
            contributor: token(),
            viewer: token(),
            stranger: token(),
        }
    }

    fn secrets(&self) -> Value {
        json!({"api_tokens": [
            {"name": "agent-1", "user": "agent-1", "token": self.contributor},
            {"name": "agent-2", "user": "agent-2", "token": self.viewer},
            {"name": "agent-3", "user": "agent-3", "token": self.stranger},
        ]})
    }
}

/// An admin adds a Twitter channel; its id, and where Twitter asks.
async fn add_channel(world: &World) -> (String, String) {
    let body = Some(json!({"medium": "twit"}));
    let added = world.simulate(Method::POST, "/sim/channels", body).await;
    let field = |name: &str| added[name].as_str().unwrap().to_owned();
    (field("id"), field("authorize_url"))
}

/// Whoever is logged in at Twitter decides on its page.
async fn decide(authorize_url: &str, decision: &str) -> StatusCode {
    let browser = Client::new();
    let page = browser
        .get(format!("{authorize_url}&handle={HANDLE}"))
        .send()
        .await
        .unwrap();
    if !page.status().is_success() {
        return page.status();
    }
    assert!(page.text().await.unwrap().contains("Authorize app"));
    let (url, query) = authorize_url.split_once('?').unwrap();
    let form = format!("{query}&handle={HANDLE}&decision={decision}");
    let request = browser
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    request.send().await.unwrap().status()
}

async fn edit(world: &World, id: &str, edit: Value) -> StatusCode {
    let path = format!("/sim/channels/{id}");
    world.try_simulate(Method::PATCH, &path, Some(edit)).await.0
}

async fn reply_as(world: &World, id: &str, user: &str) -> StatusCode {
    let path = format!("/sim/conversations/{id}/reply");
    let body = json!({"text": "a person", "agent": user});
    world.try_simulate(Method::POST, &path, Some(body)).await.0
}

#[tokio::test]
async fn a_twitter_channel_is_added_edited_used_and_resolves_by_itself() {
    let world = World::join_with_own_simulator(simulator::Config::default()).await;
    let bot = TestBot::start(echo).await;
    let users = Users::new();
    let secrets = merged(bot.secrets(), users.secrets());
    let agent = world.register(&bot.settings(), json!({}), secrets).await;

    // Added, cancelled, added again, authorised.
    let (cancelled, url) = add_channel(&world).await;
    assert!(decide(&url, "cancel").await.is_success());
    assert_eq!(decide(&url, "authorize").await, StatusCode::CONFLICT);
    let (id, url) = add_channel(&world).await;
    for waiting in [&cancelled, &id] {
        let over_it = json!({"agent": agent.name, "medium": "twit", "channel": waiting, "contact": "contact-1"});
        let (status, _) = world
            .try_simulate(Method::POST, "/sim/conversations", Some(over_it))
            .await;
        assert_eq!(status, StatusCode::CONFLICT, "not authorised");
    }
    assert!(decide(&url, "authorize").await.is_success());
    let channels = world.simulate(Method::GET, "/sim/channels", None).await;
    assert!(
        channels
            .to_string()
            .contains(&format!("https://twitter.com/{HANDLE}"))
    );

    // Edited.
    let too_long = json!({"display_name": "x".repeat(256)});
    assert_eq!(
        edit(&world, &id, too_long).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let settings = json!({
        "display_name": "x".repeat(255),
        "auto_resolve": {"new_seconds": 7200, "pending_seconds": 3600},
        "access": {"users": {"agent-1": "contributor", "agent-2": "viewer"}},
    });
    assert_eq!(edit(&world, &id, settings).await, StatusCode::OK);

    // Used: the bot answers, and the first person who replies has the conversation.
    let fields = json!({"medium": "twit", "channel": HANDLE, "text": "hello"});
    let conversation = world.begin_with(&agent, fields).await;
    answered(&world, &conversation, "hello").await;
    roles_at_the_api(&world, &agent, &users, &id, &conversation).await;
    assert_eq!(
        reply_as(&world, &conversation, "agent-3").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        reply_as(&world, &conversation, "agent-2").await,
        StatusCode::FORBIDDEN
    );
    assert!(
        reply_as(&world, &conversation, "agent-1")
            .await
            .is_success()
    );
    let seen = world.seen(&conversation).await;
    assert_eq!(seen["owner"], json!({"kind": "human", "name": "agent-1"}));
    world
        .act(&conversation, "resolve", json!({"agent": "agent-1"}))
        .await;
    let seen = world.seen(&conversation).await;
    assert_eq!(
        (&seen["queue"], &seen["owner"]),
        (&json!("Resolved"), &Value::Null)
    );

    // Written to again, and left alone for an hour.
    world.write(&conversation, "me again").await;
    answered(&world, &conversation, "me again").await;
    advance(&world, 3_500).await;
    assert_eq!(world.seen(&conversation).await["queue"], "Pending");
    advance(&world, 200).await;
    let seen = world.seen(&conversation).await;
    assert_eq!(seen["queue"], "Resolved", "{seen:#}");
    assert_eq!(
        (last_reason(&seen), &seen["owner"]),
        ("auto_resolved", &Value::Null)
    );
    world.write(&conversation, "still there?").await;
    answered(&world, &conversation, "still there?").await;
}

/// What each user may do at conversation-api, once the registry knows the channel and their roles.
async fn roles_at_the_api(
    world: &World,
    agent: &RegisteredAgent,
    users: &Users,
    channel: &str,
    conversation: &str,
) {
    let name = agent.name.as_str();
    let supervisor = Some(agent.api_tokens.supervisor.as_str());
    let path = format!("/channels/{channel}");
    let (status, told) = world.call(supervisor, name, Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::OK, "learned from the events: {told}");
    assert_eq!(
        (&told["medium"], &told["name"]),
        (&json!("twit"), &json!(HANDLE))
    );

    let too_long = json!({"displayName": "x".repeat(256)});
    let (status, _) = world
        .call(supervisor, name, Method::PATCH, &path, Some(too_long))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let roles = ["--user", "agent-1=contributor", "--user", "agent-2=viewer"];
    let times = ["--auto-resolve-new", "2h", "--auto-resolve-pending", "1h"];
    let set = [&["channel", "edit", name, channel], &roles[..], &times[..]].concat();
    world.sparkbridge(&set).await;
    let listed = world
        .sparkbridge(&["channel", "list", name, "--json"])
        .await;
    assert!(listed.contains(channel), "{listed}");
    let name_only = json!({"displayName": "Shop on Twitter"});
    let (status, told) = world
        .call(supervisor, name, Method::PATCH, &path, Some(name_only))
        .await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        told["autoResolve"],
        json!({"newSecs": 7200, "pendingSecs": 3600})
    );
    let access = json!({"agent-1": "contributor", "agent-2": "viewer"});
    assert_eq!(told["access"]["users"], access);

    let conversations = format!("/conversations/{conversation}");
    let replies = format!("{conversations}/replies");
    let cases = [
        (
            &users.stranger,
            StatusCode::FORBIDDEN,
            StatusCode::FORBIDDEN,
        ),
        (&users.viewer, StatusCode::OK, StatusCode::FORBIDDEN),
        (&users.contributor, StatusCode::OK, StatusCode::ACCEPTED),
    ];
    for (token, reads, replies_with) in cases {
        let token = Some(token.as_str());
        let (status, told) = world
            .call(token, name, Method::GET, &conversations, None)
            .await;
        assert_eq!(status, reads, "{told}");
        let body = json!({"id": "by-a-user", "text": "from the API"});
        let (status, told) = world
            .call(token, name, Method::POST, &replies, Some(body))
            .await;
        assert_eq!(status, replies_with, "{told}");
        let (status, _) = world
            .call(
                token,
                name,
                Method::PATCH,
                &path,
                Some(json!({"displayName": "mine"})),
            )
            .await;
        assert!(!status.is_success(), "only supervisors edit");
    }
    world
        .until(conversation, "the reply", |seen| {
            said_by_bot(seen).contains(&"from the API".to_owned())
        })
        .await;
}

async fn answered(world: &World, conversation: &str, text: &str) {
    world
        .until(conversation, "the answer", |seen| {
            said_by_bot(seen).contains(&format!("echo {text}"))
        })
        .await;
}

async fn advance(world: &World, seconds: u32) {
    let step = json!({"advance_seconds": seconds});
    world.simulate(Method::POST, "/sim/clock", Some(step)).await;
}

fn merged(mut object: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}
