#![allow(clippy::unwrap_used, clippy::expect_used)]

use standardwebhooks::Webhook;
use wiremock::matchers::{body_json, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::turns::message;

const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const LONG: Duration = Duration::from_secs(20);

fn bot(url: &str, key: Option<&str>, token: Option<&str>) -> Result<WebhookBot, BuildError> {
    let settings = WebhookSettings {
        url: url.parse().unwrap(),
        allow_private_addresses: true,
        timeout_ms: 20_000,
        history_messages: 5,
    };
    let secrets = BotSecrets {
        signing_key: key.map(Into::into),
        token: token.map(Into::into),
        ..BotSecrets::default()
    };
    WebhookBot::new(&settings, &secrets)
}

#[tokio::test]
async fn a_turn_is_posted_with_signature_and_token_as_far_as_there_are_any() {
    for (key, token) in [
        (Some(KEY), None),
        (None, Some("token-1")),
        (Some(KEY), Some("token-1")),
    ] {
        let server = MockServer::start().await;
        let turn = message("Hi");
        Mock::given(method("POST"))
            .and(header("content-type", "application/json"))
            .and(header("webhook-id", "turn-1"))
            .and(body_json(serde_json::to_value(&turn).unwrap()))
            .respond_with(ResponseTemplate::new(200).set_body_string("thank you"))
            .expect(1)
            .mount(&server)
            .await;
        let bot = bot(&server.uri(), key, token).unwrap();
        assert_eq!(bot.answer(&turn, LONG).await.unwrap(), BotAnswer::Later);
        let request = &server.received_requests().await.unwrap()[0];
        let verified = Webhook::new(KEY)
            .unwrap()
            .verify(&request.body, &request.headers);
        assert_eq!(verified.is_ok(), key.is_some());
        let sent = request
            .headers
            .get("authorization")
            .map(|value| value.to_str().unwrap());
        assert_eq!(sent, token.map(|_| "Bearer token-1"));
    }
}

#[tokio::test]
async fn a_status_tells_whether_the_turn_comes_again() {
    for (status, again) in [
        (408, true),
        (425, true),
        (429, true),
        (500, true),
        (503, true),
        (301, false),
        (400, false),
        (401, false),
        (404, false),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
        let bot = bot(&server.uri(), Some(KEY), None).unwrap();
        let error = bot.answer(&message("Hi"), LONG).await.unwrap_err();
        assert_eq!(error.is_retryable(), again, "{status}");
    }
}

#[test]
fn without_key_and_token_there_is_no_bot() {
    let url = "https://platform.example/hook?token=hidden";
    let error = bot(url, None, None).unwrap_err();
    assert!(matches!(error, BuildError::SecretMissing { .. }));
    assert!(error.to_string().contains("bot_signing_key or bot_token"));
    let bad = bot(url, Some("whsec_%%%"), Some("token-1")).unwrap_err();
    assert!(
        matches!(bad, BuildError::SigningKeyInvalid),
        "a token does not excuse a broken key"
    );
    let bot = bot(url, Some(KEY), Some("token-1")).unwrap();
    let shown = format!("{bot:?}");
    assert!(!shown.contains("hidden") && !shown.contains("token-1"));
    assert_eq!(bot.history(), 5);
}
