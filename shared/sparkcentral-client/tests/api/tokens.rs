use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use sparkcentral::Dialect;
use sparkcentral_client::{NotSentCause, SendError, TokenError};
use wiremock::matchers::{bearer_token, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    CONVERSATION, TOKEN, answer_replies, answer_tokens, assert_quotes_nothing, client, config,
    conversation_path, count, granted, reply, stage, token_requests,
};

const BOTH_AT_ONCE: Duration = Duration::from_millis(50);

async fn server_with_token_answer(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    answer_tokens(&server, answer).await;
    answer_replies(&server, ResponseTemplate::new(200)).await;
    server
}

/// Grants `TOKEN` once and another token ever after; takes replies only with the other one.
async fn server_with_a_revoked_token() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(Dialect::Sparkcentral.token_path()))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted(TOKEN)))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answer_tokens(
        &server,
        ResponseTemplate::new(200).set_body_json(granted("token-two")),
    )
    .await;
    for (token, status) in [(TOKEN, 401), ("token-two", 200)] {
        Mock::given(method("POST"))
            .and(path(conversation_path()))
            .and(bearer_token(token))
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
    }
    server
}

#[tokio::test]
async fn one_token_serves_many_replies() {
    let (server, client) = stage().await;
    answer_replies(&server, ResponseTemplate::new(200)).await;
    for _ in 0..3 {
        client.post_reply(CONVERSATION, &reply()).await.unwrap();
    }
    assert_eq!(token_requests(&server).await, 1);
}

#[tokio::test]
async fn twenty_replies_at_once_make_one_token_request() {
    let answer = ResponseTemplate::new(200).set_body_json(granted(TOKEN));
    let server = server_with_token_answer(answer.set_delay(BOTH_AT_ONCE)).await;
    let client = client(config(&server.uri()));
    let reply = reply();
    let outcomes = join_all((0..20).map(|_| client.post_reply(CONVERSATION, &reply))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(token_requests(&server).await, 1);
}

#[tokio::test]
async fn twenty_replies_at_once_share_one_failed_token_request() {
    let answer = ResponseTemplate::new(503).set_delay(BOTH_AT_ONCE);
    let server = server_with_token_answer(answer).await;
    let client = client(config(&server.uri()));
    let reply = reply();
    let outcomes = join_all((0..20).map(|_| client.post_reply(CONVERSATION, &reply))).await;
    assert!(outcomes.iter().all(Result::is_err));
    assert_eq!(token_requests(&server).await, 1);
    // The failure isn't remembered beyond those who waited for it.
    client.post_reply(CONVERSATION, &reply).await.unwrap_err();
    assert_eq!(token_requests(&server).await, 2);
}

#[tokio::test]
async fn an_expired_token_is_replaced() {
    let short = json!({"access_token": TOKEN, "expires_in": "0", "token_Type": "bearer"});
    let server = server_with_token_answer(ResponseTemplate::new(200).set_body_json(short)).await;
    let client = client(config(&server.uri()));
    for _ in 0..2 {
        client.post_reply(CONVERSATION, &reply()).await.unwrap();
    }
    assert_eq!(token_requests(&server).await, 2);
}

#[tokio::test]
async fn a_401_fetches_one_more_token_and_replays_once() {
    let server = server_with_a_revoked_token().await;
    let client = client(config(&server.uri()));
    client.post_reply(CONVERSATION, &reply()).await.unwrap();
    assert_eq!(count(&server, &conversation_path()).await, 2);
    client.post_reply(CONVERSATION, &reply()).await.unwrap();
    assert_eq!(token_requests(&server).await, 2);
}

#[tokio::test]
async fn twenty_replies_refused_at_once_make_one_more_token_request() {
    let server = server_with_a_revoked_token().await;
    let client = client(config(&server.uri()));
    let reply = reply();
    let outcomes = join_all((0..20).map(|_| client.post_reply(CONVERSATION, &reply))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(token_requests(&server).await, 2);
}

#[tokio::test]
async fn a_second_401_is_final() {
    let (server, client) = stage().await;
    answer_replies(&server, ResponseTemplate::new(401)).await;
    let error = client.post_reply(CONVERSATION, &reply()).await.unwrap_err();
    assert!(matches!(error, SendError::Unauthorized { source: None }));
    assert!(!error.is_retryable() && !error.may_have_arrived());
    assert_quotes_nothing(&error);
    assert_eq!(count(&server, &conversation_path()).await, 2);
    assert_eq!(token_requests(&server).await, 2);
}

#[tokio::test]
async fn wrong_credentials_are_told_apart_from_an_unavailable_endpoint() {
    for (status, body, retryable) in [
        (401, json!({"error": "invalid_client"}), false),
        (400, json!({"error": "invalid_client"}), false),
        (400, json!({"error": "invalid_scope"}), false),
        (429, json!({}), true),
        (500, json!({}), true),
        (200, json!({"no": "token"}), true),
    ] {
        let answer = ResponseTemplate::new(status).set_body_json(body.clone());
        let server = server_with_token_answer(answer).await;
        let client = client(config(&server.uri()));
        let error = client.fetch_token().await.unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "{status} {body}");
        let credentials = body["error"] == "invalid_client";
        assert_eq!(
            matches!(error, TokenError::Unauthorized { .. }),
            credentials
        );

        let error = client.post_reply(CONVERSATION, &reply()).await.unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "{status} {body}");
        assert!(!error.may_have_arrived());
        assert_quotes_nothing(&error);
        assert_eq!(count(&server, &conversation_path()).await, 0);
    }
}

#[tokio::test]
async fn a_token_that_takes_too_long_means_that_nothing_was_sent() {
    let answer = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let server = server_with_token_answer(answer).await;
    let mut config = config(&server.uri());
    config.connect_timeout = Duration::from_millis(100);
    config.request_timeout = Duration::from_millis(150);
    let client = client(config);
    let error = client.post_reply(CONVERSATION, &reply()).await.unwrap_err();
    assert!(matches!(
        error,
        SendError::NotSent {
            source: NotSentCause::Token(TokenError::NoAnswer(_))
        }
    ));
    assert!(error.is_retryable() && !error.may_have_arrived());
}

#[tokio::test]
async fn checking_the_credentials_tells_the_tokens_life() {
    let (_server, client) = stage().await;
    assert_eq!(
        client.fetch_token().await.unwrap(),
        Duration::from_secs(3599)
    );
}

#[tokio::test]
async fn a_redirected_token_request_does_not_leak_the_credentials() {
    let elsewhere = MockServer::start().await;
    let location = format!("{}/token", elsewhere.uri());
    let answer = ResponseTemplate::new(307).insert_header("location", location.as_str());
    let server = server_with_token_answer(answer).await;
    let client = client(config(&server.uri()));
    let error = client.fetch_token().await.unwrap_err();
    assert!(matches!(error, TokenError::Refused { status: 307, .. }));
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}
