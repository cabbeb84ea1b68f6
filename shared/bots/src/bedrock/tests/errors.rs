use std::error::Error as _;

use super::*;
use crate::turns::message;

const SECRET_TEXT: &str = "my card number is 4111";

fn failure(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .insert_header("x-amzn-errortype", code)
        .insert_header("x-amzn-requestid", "request-1")
        .set_body_json(json!({"message": format!("Malformed input: {SECRET_TEXT}")}))
}

async fn error(response: ResponseTemplate, timeout_ms: u64, within: Duration) -> BotError {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(response)
        .mount(&server)
        .await;
    let bot = BedrockBot::new(
        &settings(&server, json!({"timeout_ms": timeout_ms})),
        &aws(),
    );
    let error = bot.answer(&message(SECRET_TEXT), within).await.unwrap_err();
    let calls = server.received_requests().await.unwrap().len();
    assert!(calls <= 1, "whoever gives the turn asks again, not the SDK");
    let mut shown = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push_str(&cause.to_string());
        source = cause.source();
    }
    assert!(!shown.contains("4111"), "{shown}");
    error
}

#[tokio::test]
async fn what_bedrock_can_get_over_is_asked_again() {
    for (status, code) in [
        (429, "ThrottlingException"),
        (429, "ModelNotReadyException"),
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
    ] {
        let error = error(failure(status, code), 20_000, LONG).await;
        assert!(
            matches!(error, BotError::Unavailable { status: Some(s), .. } if s == status),
            "{error:?}"
        );
        assert!(error.is_retryable(), "{code}");
    }
}

#[tokio::test]
async fn what_an_operator_must_change_is_final_and_says_what() {
    for (status, code, hint) in [
        (403, "AccessDeniedException", "bedrock:InvokeModel"),
        (404, "ResourceNotFoundException", "bot.model_id"),
        (400, "ValidationException", "tools"),
    ] {
        let error = error(failure(status, code), 20_000, LONG).await;
        assert!(matches!(error, BotError::Misconfigured { .. }), "{error:?}");
        assert!(error.to_string().contains(hint), "{error}");
        assert_eq!(
            error.source().unwrap().to_string(),
            format!("{code} (request request-1)")
        );
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_slow_model_is_given_up_at_the_smaller_of_the_two_limits() {
    let short = Duration::from_millis(150);
    let slow = || ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    for (timeout_ms, within) in [(150, LONG), (20_000, short)] {
        let error = error(slow(), timeout_ms, within).await;
        assert!(
            matches!(error, BotError::TimedOut { after } if after == short),
            "{error:?}"
        );
    }
    let error = error(slow(), 20_000, Duration::ZERO).await;
    assert!(matches!(error, BotError::TimedOut { .. }));
}

#[tokio::test]
async fn an_answer_that_is_not_one_of_bedrock_is_final() {
    for body in [
        "<html>4111</html>",
        r#"["4111"]"#,
        r#"{"output":"4111","stopReason":"end_turn"}"#,
        r#"{"output":["4111"],"stopReason":"end_turn"}"#,
        r#"{"output":{"message":{"content":[{"text":["4111"]}]}},"stopReason":"end_turn"}"#,
    ] {
        let error = error(
            ResponseTemplate::new(200).set_body_string(body),
            20_000,
            LONG,
        )
        .await;
        assert!(
            matches!(error, BotError::InvalidAnswer { .. }),
            "{body} {error:?}"
        );
        assert!(!error.is_retryable());
    }
}

#[test]
fn debug_prints_neither_prompts_nor_secrets() {
    let settings = json!({"model_id": "amazon.nova-lite-v1:0", "system_prompt": "You keep a secret.",
        "endpoint_url": "https://bedrock.example/hidden", "greeting": "Welcome!"});
    let settings: BedrockSettings = serde_json::from_value(settings).unwrap();
    let shown = format!("{:?}", BedrockBot::new(&settings, &aws()));
    assert!(shown.contains("amazon.nova-lite-v1:0"));
    for hidden in ["secret", "hidden", "Welcome", "AKIA"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
