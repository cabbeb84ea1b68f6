#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connection;

use conversation::{Action, Answer, Attachment, MAX_SESSION_BYTES};
use serde_json::json;
use standardwebhooks::Webhook;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::turns::message;

const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECRET_TEXT: &str = "my card number is 4111";
const LONG: Duration = Duration::from_secs(20);

fn settings(url: &str) -> HttpSettings {
    HttpSettings {
        url: url.parse().unwrap(),
        timeout_ms: 20_000,
        allow_private_addresses: true,
        history_messages: 0,
    }
}

fn secrets(key: &str) -> BotSecrets {
    BotSecrets {
        signing_key: Some(key.into()),
        ..BotSecrets::default()
    }
}

fn bot(url: &str) -> HttpBot {
    HttpBot::new(&settings(url), &secrets(KEY)).unwrap()
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
        actions: vec![Action::say("Hi"), Action::Resolve],
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
async fn a_reply_can_hold_a_file_quick_replies_and_links_and_a_handover_a_profile() {
    let body = json!({"actions": [
        {"type": "reply", "text": "Which one?",
         "attachment": {"url": "https://files.example/map.png", "contentType": "image/png"},
         "quickReplies": [{"label": "This", "payload": "THIS"}, {"label": "That"}],
         "links": [{"label": "All", "url": "https://shop.example/all"}]},
        {"type": "reply", "attachment": "map.png"},
        {"type": "handover", "reason": "bot_asked", "profile": "french", "summary": "Wants this."},
    ]});
    let answer = ask(ResponseTemplate::new(200).set_body_json(body)).await;
    let Ok(BotAnswer::Now(answer)) = answer else {
        panic!("{answer:?}")
    };
    let [Action::Reply(reply), Action::Reply(uploaded), handover] = &answer.actions[..] else {
        panic!("{answer:?}")
    };
    assert!(matches!(&reply.attachment, Some(Attachment::File(file)) if file.url.is_some()));
    assert!(matches!(&uploaded.attachment, Some(Attachment::Uploaded(name)) if name == "map.png"));
    let payloads: Vec<_> = reply
        .quick_replies
        .iter()
        .map(|quick| quick.payload())
        .collect();
    assert_eq!(payloads, ["THIS", "That"]);
    assert_eq!(reply.links[0].url, "https://shop.example/all");
    assert!(matches!(
        handover,
        Action::Handover { profile: Some(profile), summary: Some(_), .. } if profile == "french"
    ));
}

#[test]
fn history_comes_where_the_settings_ask_for_it() {
    let mut settings = settings("https://bot.example/");
    let history =
        |settings: &HttpSettings| HttpBot::new(settings, &secrets(KEY)).unwrap().history();
    assert_eq!(history(&settings), 0);
    settings.history_messages = 20;
    assert_eq!(history(&settings), 20);
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
            "actions[1].text: expected a string",
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
        (
            actions(json!([{"type": "reply", "text": "Hi", "quickReplies": [{"label": " "}]}])),
            "actions[0].quickReplies[0].label: must not be empty",
        ),
        (
            actions(
                json!([{"type": "reply", "links": [{"label": "A", "url": "http://a.example/"}]}]),
            ),
            "actions[0].links[0].url: must be an https://",
        ),
        (
            actions(json!([{"type": "reply", "attachment": {"data": SECRET_TEXT}}])),
            "actions[0].attachment.data: must be base64",
        ),
        (
            actions(
                json!([{"type": "reply", "attachment": {"s3": "s3://b/k", "url": "https://a.example/"}}]),
            ),
            "actions[0].attachment: give exactly one",
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
async fn an_id_that_can_not_stand_in_a_header_is_an_error_and_not_a_panic() {
    let mut turn = message("Hi");
    turn.turn_id = "a\nb".to_owned();
    let error = bot("http://127.0.0.1:1/")
        .answer(&turn, LONG)
        .await
        .unwrap_err();
    assert!(matches!(error, BotError::Misconfigured { .. }), "{error:?}");
}

#[test]
fn only_a_key_of_the_standard_webhooks_form_is_taken_and_no_error_repeats_it() {
    let with = |key: &str| HttpBot::new(&settings("https://bot.example/"), &secrets(key));
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
