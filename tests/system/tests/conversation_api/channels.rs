//! Channels: learned by themselves, edited by the operator, and what that means for a user's token.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World};
use uuid::Uuid;

use crate::is_problem;

const CHANNEL: &str = "/channels/channel-web";

#[tokio::test]
async fn an_operator_gives_and_takes_a_users_role_in_a_channel_that_was_learned() {
    let world = World::join();
    let bot = TestBot::start(|_| Answer::text("hello")).await;
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let mut secrets = bot.secrets();
    secrets["api_tokens"] = json!([{"name": "desk", "user": "agent-1", "token": token}]);
    let agent = world.register(&bot.settings(), json!({}), secrets).await;
    let name = agent.name.as_str();
    let listed = world
        .sparkbridge(&["channel", "list", name, "--json"])
        .await;
    assert_eq!(listed.trim(), "[]", "nothing heard of yet");
    let id = world.begin(&agent, Some("hello")).await;
    world
        .until_api(&agent, &id, "the channel is learned", |told| {
            told["channel"]["name"] == "Web chat"
        })
        .await;

    let user = async |method: Method, path: &str, body: Option<Value>| {
        world.call(Some(&token), name, method, path, body).await
    };
    let conversation = format!("/conversations/{id}");
    let (status, told) = user(Method::GET, &conversation, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "nobody has access at first");
    is_problem(&told, status);
    let (_, told) = user(Method::GET, "/channels", None).await;
    assert_eq!(told, json!({"channels": []}));
    let (status, told) = user(Method::GET, CHANNEL, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    is_problem(&told, status);

    let set = async |change: &[&str]| {
        let line = [&["channel", "edit", name, "channel-web"], change].concat();
        world.sparkbridge(&line).await
    };
    set(&["--user", "agent-1=viewer", "--display-name", "Desk"]).await;
    let (status, told) = user(Method::GET, &conversation, None).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(told["channel"]["name"], "Desk");
    let (_, told) = user(Method::GET, "/channels", None).await;
    let [shown] = &told["channels"].as_array().unwrap()[..] else {
        panic!("one channel: {told}");
    };
    assert_eq!(
        (&shown["role"], &shown["access"]),
        (&json!("viewer"), &Value::Null)
    );
    let (status, told) = user(Method::PATCH, CHANNEL, Some(json!({"displayName": "Mine"}))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    is_problem(&told, status);

    set(&["--user", "agent-1=supervisor"]).await;
    let wrong = json!({"displayName": "x".repeat(256), "autoResolve": {"newSecs": 1}});
    let (status, told) = user(Method::PATCH, CHANNEL, Some(wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    is_problem(&told, status);
    let errors = told["errors"].to_string();
    for field in ["displayName", "autoResolve.newSecs"] {
        assert!(errors.contains(field), "{errors}");
    }
    let change = json!({"displayName": null, "autoResolve": {"newSecs": 86_400}});
    let (status, told) = user(Method::PATCH, CHANNEL, Some(change)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(told["access"], json!({"users": {"agent-1": "supervisor"}}));
    let shown = world
        .sparkbridge(&["channel", "show", name, "channel-web"])
        .await;
    assert!(shown.contains("1d") && !shown.contains("Desk"), "{shown}");

    set(&["--user", "agent-1=none"]).await;
    let (status, _) = user(Method::GET, &conversation, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "gone at once");
}
