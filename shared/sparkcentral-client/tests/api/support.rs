//! A played Sparkcentral and clients for it.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use sparkcentral::{Dialect, Reply};
use sparkcentral_client::{Client, ClientConfig, Credentials, SendError};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const CONVERSATION: &str = "0-01f00000001-000-0a0b0c0d";
/// Words that must not show up in any error.
pub(crate) const TEXT: &str = "Wilhelmina";
pub(crate) const TOKEN: &str = "token-one";
pub(crate) const SECRET: &str = "hush-hush";

pub(crate) fn conversation_path() -> String {
    Dialect::Sparkcentral.conversation_path(CONVERSATION)
}

pub(crate) fn reply() -> Reply {
    Reply::text(TEXT)
}

pub(crate) fn config(base: &str) -> ClientConfig {
    ClientConfig {
        api_base: Some(base.parse().unwrap()),
        connect_timeout: Duration::from_millis(500),
        request_timeout: Duration::from_secs(5),
        ..ClientConfig::default()
    }
}

pub(crate) fn client(config: ClientConfig) -> Client {
    let credentials = Credentials {
        client_id: "id-1".to_owned(),
        client_secret: SECRET.into(),
    };
    Client::new(config, credentials).unwrap()
}

/// A server that grants tokens, and a client for it.
pub(crate) async fn stage() -> (MockServer, Client) {
    let server = MockServer::start().await;
    grant_tokens(&server).await;
    let client = client(config(&server.uri()));
    (server, client)
}

pub(crate) fn granted(token: &str) -> Value {
    json!({"access_token": token, "expires_in": 3599, "token_type": "bearer"})
}

pub(crate) async fn grant_tokens(server: &MockServer) {
    answer_tokens(
        server,
        ResponseTemplate::new(200).set_body_json(granted(TOKEN)),
    )
    .await;
}

pub(crate) async fn answer_tokens(server: &MockServer, answer: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path(Dialect::Sparkcentral.token_path()))
        .respond_with(answer)
        .mount(server)
        .await;
}

pub(crate) async fn answer_replies(server: &MockServer, answer: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path(conversation_path()))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// How many requests for this path the server has seen.
pub(crate) async fn count(server: &MockServer, path: &str) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| request.url.path() == path)
        .count()
}

pub(crate) async fn token_requests(server: &MockServer) -> usize {
    count(server, Dialect::Sparkcentral.token_path()).await
}

/// Posts one reply where every reply is answered like this.
pub(crate) async fn post_answered(answer: ResponseTemplate) -> Result<(), SendError> {
    let (server, client) = stage().await;
    answer_replies(&server, answer).await;
    let outcome = client.post_reply(CONVERSATION, &reply()).await;
    assert!(count(&server, &conversation_path()).await >= 1);
    if let Err(error) = &outcome {
        assert_quotes_nothing(error);
    }
    outcome
}

/// The error with its whole chain of causes, as a log could print it.
pub(crate) fn assert_quotes_nothing(error: &SendError) {
    let mut told = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    for word in [TEXT, TOKEN, SECRET] {
        assert!(!told.contains(word), "{word} in {told}");
    }
}
