//! Against a server that plays Lex, with the bodies its API reference documents.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod errors;
mod meaning;
mod request;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use conversation::{Action, Answer, BotAnswer, LexSettings, Turn};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::LexBot;
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

fn settings(server: &MockServer, more: Value) -> LexSettings {
    let mut settings =
        json!({"bot_id": "ABCDEFGHIJ", "bot_alias_id": "TSTALIASID", "endpoint_url": server.uri()});
    let more = more.as_object().unwrap().clone();
    settings.as_object_mut().unwrap().extend(more);
    serde_json::from_value(settings).unwrap()
}

/// A server that answers every call with `response`.
async fn playing(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

/// Asks a bot with these settings a turn that Lex answers with `body`.
async fn ask(body: Value, more: Value, turn: &Turn) -> Result<Answer, BotError> {
    let server = playing(ResponseTemplate::new(200).set_body_json(body)).await;
    let bot = LexBot::new(&settings(&server, more), &aws());
    match bot.answer(turn, LONG).await? {
        BotAnswer::Now(answer) => Ok(answer),
        BotAnswer::Later => panic!("expected an answer now"),
    }
}

/// As [`ask`], for a turn that goes well.
async fn actions(body: Value, more: Value, turn: &Turn) -> Vec<Action> {
    ask(body, more, turn).await.unwrap().actions
}

/// A body of `RecognizeText`: an intent in a state, and what Lex does next.
fn body(intent: &str, state: &str, next: &str) -> Value {
    let intent = json!({"name": intent, "state": state, "confirmationState": "None",
        "slots": {"Size": null}});
    json!({
        "sessionId": "shop:conversation-1:1",
        "messages": [{"contentType": "PlainText", "content": "Hello."}],
        "interpretations": [
            {"intent": intent, "nluConfidence": {"score": 0.9}, "interpretationSource": "Lex"},
            {"intent": {"name": "FallbackIntent", "slots": {}}},
        ],
        "sessionState": {
            "dialogAction": {"type": next},
            "intent": intent,
            "originatingRequestId": "2d8e0e92-0000-0000-0000-000000000000",
            "sessionAttributes": {},
        },
        "requestAttributes": {},
    })
}
