use std::time::Duration;

use serde_json::json;
use sparkcentral_client::SendError;
use wiremock::ResponseTemplate;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer};

use crate::support::{
    CONVERSATION, TEXT, answer_replies, client, config, conversation_path, count, grant_tokens,
    post_answered, reply, stage,
};

#[tokio::test]
async fn success_is_any_2xx_with_or_without_a_body() {
    for answer in [
        ResponseTemplate::new(200).set_body_json(json!({})),
        ResponseTemplate::new(200).set_body_string("OK"),
        ResponseTemplate::new(202),
        ResponseTemplate::new(204),
    ] {
        post_answered(answer).await.unwrap();
    }
}

#[tokio::test]
async fn a_400_is_malformed_and_summed_up_without_the_text() {
    let body = json!({"error": "bad_request", "message": format!("sendMessage.text: {TEXT}?")});
    let answer = ResponseTemplate::new(400).set_body_json(body);
    let error = post_answered(answer).await.unwrap_err();
    assert!(!error.is_retryable() && !error.may_have_arrived());
    let SendError::Malformed { problem } = error else {
        panic!("{error:?}");
    };
    assert!(problem.contains("bad_request"), "{problem}");
}

#[tokio::test]
async fn a_404_means_that_the_conversation_is_not_the_agents_any_more() {
    let error = post_answered(ResponseTemplate::new(404)).await.unwrap_err();
    assert!(matches!(error, SendError::NotAssigned));
    assert!(!error.is_retryable() && !error.may_have_arrived());
}

#[tokio::test]
async fn a_413_is_too_large() {
    let error = post_answered(ResponseTemplate::new(413)).await.unwrap_err();
    assert!(matches!(error, SendError::TooLarge));
}

#[tokio::test]
async fn a_429_is_retryable_and_says_when_if_it_knows() {
    let error = post_answered(ResponseTemplate::new(429)).await.unwrap_err();
    assert!(matches!(error, SendError::RateLimited { .. }));
    assert!(error.is_retryable() && !error.may_have_arrived());
    assert_eq!(error.retry_after(), None);

    let answer = ResponseTemplate::new(429).insert_header("retry-after", "7");
    let error = post_answered(answer).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_504_may_have_arrived_and_a_500_or_503_has_not() {
    let error = post_answered(ResponseTemplate::new(504)).await.unwrap_err();
    assert!(matches!(error, SendError::Unavailable { status: 504, .. }));
    assert!(error.may_have_arrived() && !error.is_retryable());
    let error = post_answered(ResponseTemplate::new(500)).await.unwrap_err();
    assert!(!error.may_have_arrived() && error.is_retryable());

    let answer = ResponseTemplate::new(503).insert_header("retry-after", "2");
    let error = post_answered(answer).await.unwrap_err();
    assert!(!error.may_have_arrived() && error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = MockServer::start().await;
    grant_tokens(&server).await;
    let elsewhere = format!("{}/elsewhere", server.uri());
    let answer = ResponseTemplate::new(307).insert_header("location", elsewhere.as_str());
    answer_replies(&server, answer).await;
    Mock::given(method("POST"))
        .and(path("/elsewhere"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&server)
        .await;
    let client = client(config(&server.uri()));
    let error = client.post_reply(CONVERSATION, &reply()).await.unwrap_err();
    assert!(matches!(error, SendError::UnexpectedStatus { status: 307 }));
}

#[tokio::test]
async fn no_failure_but_a_401_is_repeated_by_the_client() {
    for status in [400, 403, 404, 408, 429, 500, 503] {
        let (server, client) = stage().await;
        answer_replies(&server, ResponseTemplate::new(status)).await;
        client.post_reply(CONVERSATION, &reply()).await.unwrap_err();
        assert_eq!(count(&server, &conversation_path()).await, 1, "{status}");
    }
}
