use std::error::Error as _;

use super::*;
use crate::turns::message;

const SECRET_TEXT: &str = "my card number is 4111";

fn failure(status: u16, code: &str) -> ResponseTemplate {
    let said = format!("Value '{SECRET_TEXT}' at 'text' failed");
    ResponseTemplate::new(status)
        .insert_header("x-amzn-errortype", code)
        .insert_header("x-amzn-requestid", "request-1")
        .set_body_json(json!({"message": said}))
}

async fn error(response: ResponseTemplate, timeout_ms: u64, within: Duration) -> BotError {
    let server = playing(response).await;
    let bot = LexBot::new(
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
async fn what_lex_can_get_over_is_asked_again() {
    for (status, code) in [
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (502, "BadGatewayException"),
        (424, "DependencyFailedException"),
        (409, "ConflictException"),
        (503, "Odd"),
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
        (403, "AccessDeniedException", "lex:RecognizeText"),
        (404, "ResourceNotFoundException", "bot.bot_alias_id"),
        (400, "ValidationException", "locale"),
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
async fn a_slow_lex_is_given_up_at_the_smaller_of_the_two_limits() {
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
async fn an_answer_that_is_not_one_of_lex_is_final() {
    for body in [
        "<html>4111</html>",
        r#"{"messages":"4111"}"#,
        r#"{"messages":[{"content":4111}]}"#,
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

#[tokio::test]
async fn a_payload_that_is_not_ours_is_told_by_its_place() {
    let mut body = body("Order", "Fulfilled", "Close");
    body["messages"] = json!([{"contentType": "PlainText", "content": "One"},
        {"contentType": "CustomPayload", "content": r#"{"topics": [4111]}"#}]);
    let error = error(ResponseTemplate::new(200).set_body_json(body), 20_000, LONG).await;
    assert!(
        error.to_string().contains("messages[1].content.topics[0]"),
        "{error}"
    );
}

#[tokio::test]
async fn without_credentials_or_a_region_there_is_no_call() {
    let server = playing(ResponseTemplate::new(200)).await;
    let bot = LexBot::new(&settings(&server, json!({})), &SdkConfig::builder().build());
    let error = bot.answer(&message("Hi"), LONG).await.unwrap_err();
    assert!(error.to_string().contains("bot.region"), "{error}");
    let place = json!({"region": "eu-west-1"});
    let bot = LexBot::new(&settings(&server, place), &SdkConfig::builder().build());
    let error = bot.answer(&message("Hi"), LONG).await.unwrap_err();
    assert!(
        matches!(error, BotError::Unavailable { status: None, .. }),
        "{error:?}"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn debug_prints_neither_texts_nor_addresses() {
    let server = playing(ResponseTemplate::new(200)).await;
    let settings = settings(&server, json!({"greeting": "Welcome!"}));
    let shown = format!("{:?}", LexBot::new(&settings, &aws()));
    assert!(shown.contains("ABCDEFGHIJ"));
    assert!(!shown.contains("Welcome") && !shown.contains("127.0.0.1") && !shown.contains("AKIA"));
}
