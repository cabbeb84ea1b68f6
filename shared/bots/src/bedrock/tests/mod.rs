//! Against a server that plays Bedrock, with the bodies its API reference documents.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod errors;
mod reading;
mod stops;
mod tooling;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use conversation::{Action, Answer, BedrockSettings, BotAnswer, Turn};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::BedrockBot;
use crate::{Bot, BotError};

const LONG: Duration = Duration::from_secs(20);

/// Credentials that open nothing.
fn aws() -> SdkConfig {
    let credentials = Credentials::new("AKIAEXAMPLE", "secret", None, None, "tests");
    SdkConfig::builder()
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

fn settings(server: &MockServer, more: Value) -> BedrockSettings {
    let mut settings = json!({"model_id": "eu.amazon.nova-lite-v1:0", "system_prompt": "You help.",
        "endpoint_url": server.uri()});
    let more = more.as_object().unwrap().clone();
    settings.as_object_mut().unwrap().extend(more);
    serde_json::from_value(settings).unwrap()
}

/// A server that answers the first call with the first body and so on, and every call after the last
/// with the last.
async fn playing(bodies: impl IntoIterator<Item = Value>) -> MockServer {
    let server = MockServer::start().await;
    let mut bodies = bodies.into_iter().peekable();
    while let Some(body) = bodies.next() {
        let mock = Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(200).set_body_json(body));
        match bodies.peek() {
            Some(_) => mock.up_to_n_times(1).mount(&server).await,
            None => mock.mount(&server).await,
        }
    }
    server
}

/// What a model answers, and the requests it got.
async fn ask(
    bodies: impl IntoIterator<Item = Value>,
    more: Value,
    turn: &Turn,
) -> (Result<Answer, BotError>, Vec<Value>) {
    let server = playing(bodies).await;
    let bot = BedrockBot::new(&settings(&server, more), &aws());
    let answer = bot.answer(turn, LONG).await.map(|answer| match answer {
        BotAnswer::Now(answer) => answer,
        BotAnswer::Later => panic!("expected an answer now"),
    });
    let requests = server.received_requests().await.unwrap();
    let requests = requests.iter().map(|request| request.body_json().unwrap());
    (answer, requests.collect())
}

/// As [`ask`], for one answer that goes well.
async fn actions(body: Value, more: Value, turn: &Turn) -> Vec<Action> {
    ask([body], more, turn).await.0.unwrap().actions
}

/// A body of `Converse`.
fn body(stop: &str, content: Value) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": {"inputTokens": 30, "outputTokens": 12, "totalTokens": 42},
        "metrics": {"latencyMs": 900},
    })
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}

fn tool(name: &str, input: Value) -> Value {
    json!({"toolUse": {"toolUseId": format!("tooluse_{name}"), "name": name, "input": input}})
}

/// The texts of a request's messages, each with its role.
fn read(request: &Value) -> Vec<(String, Vec<String>)> {
    let text = |block: &Value| block["text"].as_str().map(str::to_owned);
    let message = |message: &Value| {
        let blocks = message["content"].as_array().unwrap();
        let role = message["role"].as_str().unwrap().to_owned();
        (role, blocks.iter().filter_map(text).collect())
    };
    request["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(message)
        .collect()
}
