//! Operators come through IAM and never over HTTP.

use reqwest::StatusCode;
use serde_json::{Value, json};
use system_tests::World;

use crate::{is_problem, waiting_conversation};

#[tokio::test]
async fn nobody_becomes_an_operator_over_http() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let iam = json!({"iam": {"userArn": "arn:aws:iam::123456789012:user/operator"}});
    let context = json!({"authorizer": iam});
    let whole =
        json!({"requestContext": context, "pathParameters": {"agent": agent.name, "id": id}});
    let base = &world.stack.api_url;
    let url = format!("{base}/v1/agents/{}/conversations/{id}", agent.name);
    let http = reqwest::Client::new();
    let body = json!({"id": "r", "text": "hello", "requestContext": context});
    for request in [
        http.get(&url)
            .header("x-amzn-request-context", context.to_string()),
        http.get(&url).header("requestContext", context.to_string()),
        http.get(&url).header(
            "x-amz-iam-user-arn",
            "arn:aws:iam::123456789012:user/operator",
        ),
        http.get(format!(
            "{url}?requestContext={{%22authorizer%22:{{%22iam%22:{{}}}}}}"
        )),
        http.get(&url).body(whole.to_string()),
        http.post(format!("{url}/replies")).json(&body),
        http.post(format!("{url}/replies")).json(&whole),
        http.get(&url).bearer_auth("operator"),
    ] {
        let response = request.send().await.unwrap();
        let status = response.status();
        let told: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{told}");
        is_problem(&told, status);
    }
}

#[tokio::test]
async fn a_turn_that_waits_for_the_bot_is_named() {
    let world = World::join();
    // Longer than the webhook's budget, and than the test.
    let bot = system_tests::TestBot::start(|turn| {
        let is_message = turn["trigger"]["type"] == "message";
        let answer = system_tests::Answer::text("at last");
        answer.after(if is_message { 120_000 } else { 0 })
    })
    .await;
    let agent = world.agent_of(&bot, "inline_budget_ms = 1500").await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "hello").await;
    let turn = bot.heard(&id, "hello").await["turnId"].clone();
    let told = world
        .until_api(&agent, &id, "the turn waits", |told| {
            told["waiting"] == json!([turn])
        })
        .await;
    assert_eq!(
        (&told["queuedTurns"], &told["inFlight"]),
        (&json!(1), &Value::Null),
        "{told:#}"
    );
}
