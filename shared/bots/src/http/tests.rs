#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::error::Error as _;

use conversation::{Action, Answer, MAX_SESSION_BYTES};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::turns::message;

const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECRET_TEXT: &str = "my card number is 4111";
const LONG: Duration = Duration::from_secs(20);

fn key() -> SecretString {
    KEY.into()
}

fn bot(url: &str) -> HttpBot {
    HttpBot::new(url.parse().unwrap(), LONG, true, &key()).unwrap()
}

/// Asks a bot that answers every turn with `response`.
async fn ask(response: ResponseTemplate) -> Result<BotAnswer, BotError> {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(response)
        .mount(&server)
        .await;
    bot(&server.uri()).answer(&message(SECRET_TEXT), LONG).await
}

/// A server that answers every request with these bytes and closes; its URL.
async fn raw_server(response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut vec![0; 64 * 1024]).await;
            let _ = stream.write_all(&response).await;
        }
    });
    url
}

fn problem(result: Result<BotAnswer, BotError>) -> String {
    match result {
        Err(error @ BotError::InvalidAnswer { .. }) => {
            assert!(!error.is_retryable());
            error.to_string()
        }
        other => panic!("expected an invalid answer, got {other:?}"),
    }
}

#[tokio::test]
async fn a_turn_is_posted_as_json_with_a_signature_that_verifies() {
    let server = MockServer::start().await;
    let turn = message(SECRET_TEXT);
    Mock::given(method("POST"))
        .and(path("/turns"))
        .and(header("content-type", "application/json"))
        .and(header(
            "user-agent",
            concat!("Sparkbridge/", env!("CARGO_PKG_VERSION")),
        ))
        .and(header("webhook-id", turn.turn_id.as_str()))
        .and(body_json(serde_json::to_value(&turn).unwrap()))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let answer = bot(&format!("{}/turns", server.uri()))
        .answer(&turn, LONG)
        .await
        .unwrap();
    assert_eq!(answer, BotAnswer::Now(Answer::default()));

    let request = &server.received_requests().await.unwrap()[0];
    Webhook::new(KEY)
        .unwrap()
        .verify(&request.body, &request.headers)
        .unwrap();
    let other = Webhook::from_bytes(vec![7; 32]).unwrap();
    assert!(other.verify(&request.body, &request.headers).is_err());
}

#[tokio::test]
async fn a_200_is_the_answer_a_202_a_promise_and_a_204_silence() {
    let body = json!({"actions": [{"type": "reply", "text": "Hi"}, {"type": "resolve"}], "session": {"step": 2}});
    let expected = Answer {
        actions: vec![
            Action::Reply {
                text: Some("Hi".into()),
                attachment: None,
                rich_text: false,
            },
            Action::Resolve,
        ],
        session: Some(json!({"step": 2})),
    };
    let answer = ask(ResponseTemplate::new(200).set_body_json(body))
        .await
        .unwrap();
    assert!(answer == BotAnswer::Now(expected));
    assert_eq!(
        ask(ResponseTemplate::new(202)).await.unwrap(),
        BotAnswer::Later
    );
    let silence = BotAnswer::Now(Answer::default());
    assert_eq!(ask(ResponseTemplate::new(204)).await.unwrap(), silence);
    assert_eq!(
        ask(ResponseTemplate::new(200).set_body_string("{}"))
            .await
            .unwrap(),
        silence
    );
}

#[tokio::test]
async fn a_busy_or_broken_bot_is_asked_again() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let error = ask(ResponseTemplate::new(status)).await.unwrap_err();
        assert!(matches!(error, BotError::Unavailable { status: Some(s), .. } if s == status));
        assert!(error.is_retryable(), "{status}");
    }
}

#[tokio::test]
async fn a_refusal_is_final() {
    for status in [400, 401, 403, 404, 410, 422] {
        let error = ask(ResponseTemplate::new(status).set_body_string(SECRET_TEXT))
            .await
            .unwrap_err();
        assert!(matches!(error, BotError::Refused { status: s } if s == status));
        assert!(!error.is_retryable(), "{status}");
        assert!(!format!("{error:?}").contains(SECRET_TEXT));
    }
}

#[tokio::test]
async fn a_slow_bot_is_given_up_at_the_smaller_of_the_two_limits() {
    let short = Duration::from_millis(100);
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(204).set_delay(Duration::from_secs(10));
    Mock::given(method("POST"))
        .respond_with(slow)
        .mount(&server)
        .await;
    let url: Url = server.uri().parse().unwrap();
    for (setting, within) in [(short, LONG), (LONG, short)] {
        let bot = HttpBot::new(url.clone(), setting, true, &key()).unwrap();
        let error = bot.answer(&message("Hi"), within).await.unwrap_err();
        assert!(
            matches!(error, BotError::TimedOut { after } if after == short),
            "{error:?}"
        );
        assert!(error.is_retryable());
    }
    let error = bot(url.as_str())
        .answer(&message("Hi"), Duration::ZERO)
        .await
        .unwrap_err();
    assert!(matches!(error, BotError::TimedOut { .. }));
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_unavailable() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"actions\":".to_vec();
    let error = bot(&raw_server(half).await)
        .answer(&message("Hi"), LONG)
        .await
        .unwrap_err();
    assert!(
        matches!(error, BotError::Unavailable { status: None, .. }),
        "{error:?}"
    );
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_or_not_it_says_its_length() {
    let big = "x".repeat(MAX_RESPONSE_BYTES + 1);
    let announced = ask(ResponseTemplate::new(200).set_body_string(big.clone())).await;
    assert!(problem(announced).contains("262144 bytes"));

    let until_close = format!("HTTP/1.1 200 OK\r\n\r\n{}", big.repeat(4));
    let url = raw_server(until_close.into_bytes()).await;
    assert!(problem(bot(&url).answer(&message("Hi"), LONG).await).contains("262144 bytes"));

    let just_fits = format!("{{}}{}", " ".repeat(MAX_RESPONSE_BYTES - 2));
    assert!(
        ask(ResponseTemplate::new(200).set_body_string(just_fits))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_answer_that_breaks_the_contract_is_told_by_its_field_and_never_by_its_content() {
    let actions = |actions: serde_json::Value| json!({ "actions": actions }).to_string();
    let many = vec![json!({"type": "resolve"}); 26];
    for (body, expected) in [
        (String::new(), "the body is empty"),
        (
            format!("<html>{SECRET_TEXT}</html>"),
            "the body is not JSON (line 1, column 1)",
        ),
        (format!("\"{SECRET_TEXT}\""), "the body must be an object"),
        (
            actions(json!([{"type": "resolve"}, {"type": "reply", "text": [SECRET_TEXT]}])),
            "actions[1].text: must be text",
        ),
        (
            actions(json!([{"type": SECRET_TEXT}])),
            "actions[0].type: unknown action",
        ),
        (
            actions(json!([{"type": "reply", "txt": SECRET_TEXT}])),
            "actions[0].txt: unknown field",
        ),
        (
            actions(json!([{"type": "reply"}])),
            "actions[0]: a reply needs text",
        ),
        (
            actions(json!([{"type": "reply", "text": "  "}])),
            "actions[0]: a reply needs text",
        ),
        (actions(json!(many)), "actions: 26 actions, at most 25"),
        (
            json!({"session": format!("{SECRET_TEXT}{}", "x".repeat(MAX_SESSION_BYTES))})
                .to_string(),
            "session: ",
        ),
    ] {
        let problem = problem(ask(ResponseTemplate::new(200).set_body_string(body)).await);
        assert!(problem.contains(expected), "{expected} is not in {problem}");
        assert!(!problem.contains(SECRET_TEXT));
    }
    assert!(problem(ask(ResponseTemplate::new(201)).await).contains("status 201"));
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let target = MockServer::start().await;
        let to_target = ResponseTemplate::new(status).insert_header("location", target.uri());
        let error = ask(to_target).await.unwrap_err();
        assert!(matches!(error, BotError::Misconfigured { .. }), "{error:?}");
        assert!(error.to_string().contains("redirects") && !error.is_retryable());
        assert!(
            target.received_requests().await.unwrap().is_empty(),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused_without_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}/?token=hidden",
        listener.local_addr().unwrap().port()
    );
    let guarded = HttpBot::new(url.parse().unwrap(), LONG, false, &key()).unwrap();
    let error = guarded
        .answer(&message(SECRET_TEXT), LONG)
        .await
        .unwrap_err();
    assert!(
        matches!(error, BotError::AddressNotAllowed { .. }),
        "{error:?}"
    );
    assert!(!error.is_retryable() && !format!("{error:?}").contains("hidden"));
    let accepted = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(accepted.is_err(), "nobody connected");
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_name_are_unavailable_and_hide_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [
        format!("http://{address}/?token=hidden"),
        "http://bot.invalid/?token=hidden".to_owned(),
    ] {
        let error = bot(&url)
            .answer(&message(SECRET_TEXT), LONG)
            .await
            .unwrap_err();
        assert!(
            matches!(error, BotError::Unavailable { status: None, .. }),
            "{error:?}"
        );
        assert!(error.is_retryable() && error.source().is_some());
        assert!(!format!("{error:?}").contains("hidden"));
    }
}

#[tokio::test]
async fn an_id_that_can_not_stand_in_a_header_is_an_error_and_not_a_panic() {
    let mut turn = message("Hi");
    turn.turn_id = "a\nb".to_owned();
    let error = bot("http://127.0.0.1:1/")
        .answer(&turn, LONG)
        .await
        .unwrap_err();
    assert!(matches!(error, BotError::Misconfigured { .. }), "{error:?}");
}

#[tokio::test]
async fn turns_share_one_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    // Serves the first connection only: a second one would wait until the time is up.
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        loop {
            let mut piece = vec![0; 64 * 1024];
            let read = stream.read(&mut piece).await.unwrap();
            seen.extend_from_slice(&piece[..read]);
            if seen.ends_with(b"}") {
                seen.clear();
                stream
                    .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                    .await
                    .unwrap();
            }
            if read == 0 {
                return;
            }
        }
    });
    let bot = bot(&url);
    for _ in 0..3 {
        bot.answer(&message("Hi"), Duration::from_secs(5))
            .await
            .unwrap();
    }
}

#[test]
fn only_a_key_of_the_standard_webhooks_form_is_taken_and_no_error_repeats_it() {
    let url: Url = "https://bot.example/".parse().unwrap();
    let with = |key: &str| HttpBot::new(url.clone(), LONG, false, &key.into());
    assert!(with(KEY).is_ok());
    assert!(
        with(&format!("{KEY}\n")).is_ok(),
        "a line end from a file does no harm"
    );
    for bad in [
        "",
        "whsec_",
        "whsec_AAEC",
        "whsec_%%%",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ] {
        let error = with(bad).unwrap_err();
        assert!(matches!(error, BuildError::SigningKeyInvalid), "{bad}");
        assert!(error.to_string().contains("whsec_") && !error.to_string().contains("AAEC"));
    }
}

#[test]
fn debug_prints_neither_key_nor_path() {
    let shown = format!("{:?}", bot("https://bot.example/secret-path?token=hidden"));
    assert!(shown.contains("bot.example"));
    assert!(!shown.contains("secret-path") && !shown.contains("hidden") && !shown.contains("AAEC"));
}
