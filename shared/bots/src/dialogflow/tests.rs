#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod request;
mod response;

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::turns::message;

const AGENT: &str = "projects/shop-1/locations/eu/agents/a-1";
const LONG: Duration = Duration::from_secs(20);
const SECRET_TEXT: &str = "my card number is 4111";

/// A key made for this run.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

/// A key file around it.
fn key_file() -> Value {
    let der: Pkcs8V1Der<'_> = KEY.as_der().unwrap();
    let pem = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> = pem
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let pem = lines.join("\n");
    json!({
        "type": "service_account",
        "private_key_id": "key-1",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n"),
        "client_email": "bot@shop-1.example",
    })
}

fn settings(more: Value) -> DialogflowSettings {
    let mut settings = json!({"agent": AGENT, "allow_private_addresses": true});
    let object = settings.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    serde_json::from_value(settings).unwrap()
}

fn with_key(file: &Value) -> BotSecrets {
    BotSecrets {
        google_service_account: Some(file.to_string().into()),
        ..BotSecrets::default()
    }
}

fn bot(more: Value) -> DialogflowBot {
    DialogflowBot::new(&settings(more), &with_key(&key_file())).unwrap()
}

#[test]
fn each_location_has_its_endpoint_and_an_override_wins() {
    let url = |more: Value| {
        let url = agent_url(&settings(more)).unwrap();
        url.to_string()
    };
    let global = "projects/p/locations/global/agents/a";
    for (more, expected) in [
        (
            json!({}),
            "https://eu-dialogflow.googleapis.com/v3/projects/shop-1/locations/eu/agents/a-1/",
        ),
        (
            json!({"agent": global}),
            "https://dialogflow.googleapis.com/v3/projects/p/locations/global/agents/a/",
        ),
        (
            json!({"agent": format!("{global}/environments/e"), "endpoint_url": "https://proxy.example/df/"}),
            "https://proxy.example/df/v3/projects/p/locations/global/agents/a/environments/e/",
        ),
    ] {
        assert_eq!(url(more), expected);
    }
    let session = bot(json!({})).session_url(&message("Hi")).unwrap();
    assert!(session.path().ends_with(":detectIntent"), "{session}");
    assert!(
        session
            .path()
            .starts_with("/v3/projects/shop-1/locations/eu/agents/a-1/sessions/")
    );
}

#[test]
fn settings_and_keys_that_can_not_work_are_told_without_the_key() {
    let build = |more: Value, file: &Value| {
        DialogflowBot::new(&settings(more), &with_key(file)).unwrap_err()
    };
    let good = key_file();
    let without = |field: &str| {
        let mut file = key_file();
        file.as_object_mut().unwrap().remove(field);
        file
    };
    let mut garbled = key_file();
    garbled["private_key"] =
        "-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----".into();
    let missing = DialogflowBot::new(&settings(json!({})), &BotSecrets::default()).unwrap_err();
    for (error, expected) in [
        (missing, "google_service_account"),
        (build(json!({"agent": "a-1"}), &good), "bot.agent must be"),
        (
            build(
                json!({"endpoint_url": "http://proxy.example/", "allow_private_addresses": false}),
                &good,
            ),
            "bot.endpoint_url must start with https://",
        ),
        (
            build(json!({}), &json!("SECRET")),
            "must be the service account's key file",
        ),
        (
            build(json!({}), &without("private_key")),
            "must be the service account's key file",
        ),
        (
            build(json!({}), &without("client_email")),
            "must be the service account's key file",
        ),
        (build(json!({}), &garbled), "must have an RSA key"),
    ] {
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(expected), "{expected}: {shown}");
        assert!(
            !shown.contains("U0VD") && !shown.contains("SECRET\""),
            "{shown}"
        );
    }
    let shown = format!("{:?}", bot(json!({})));
    assert!(
        shown.contains("eu-dialogflow") && !shown.contains("bot@shop-1"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_status_tells_what_to_do() {
    for (status, again, words) in [
        (400, false, "status 400"),
        (401, false, "refuses the service account"),
        (403, false, "refuses the service account"),
        (404, false, "names no agent"),
        (429, true, "status 429"),
        (500, true, "status 500"),
        (503, true, "status 503"),
    ] {
        let server = MockServer::start().await;
        let body = json!({"error": {"code": status, "message": SECRET_TEXT}});
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .mount(&server)
            .await;
        let bot = bot(json!({"endpoint_url": server.uri()}));
        let error = bot.answer(&message(SECRET_TEXT), LONG).await.unwrap_err();
        assert_eq!(error.is_retryable(), again, "{status}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("4111"));
    }
}

#[tokio::test]
async fn with_restored_pages_a_turn_asked_twice_is_the_same_request() {
    let server = MockServer::start().await;
    let page = format!("{AGENT}/flows/f/pages/p");
    let result = json!({"queryResult": {
        "responseMessages": [{"text": {"text": ["Which order?"]}}],
        "currentPage": {"name": page},
        "parameters": {"order": 12, "channelDetails": {"medium": "sms"}},
    }});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(result))
        .mount(&server)
        .await;
    let bot = bot(json!({"endpoint_url": server.uri(), "restore_page": true}));
    let BotAnswer::Now(answer) = bot.answer(&message("Hi"), LONG).await.unwrap() else {
        panic!()
    };
    let mut next = message("12");
    next.session = answer.session.unwrap();
    for _ in 0..2 {
        let BotAnswer::Now(answer) = bot.answer(&next, LONG).await.unwrap() else {
            panic!()
        };
        assert_eq!(answer.session, None, "nothing new to remember");
    }
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[1].body, requests[2].body);
    let sent: Value = requests[2].body_json().unwrap();
    assert_eq!(sent["queryParams"]["currentPage"], page);
    let parameters = json!({"order": 12, "channelDetails": null});
    assert_eq!(sent["queryParams"]["parameters"], parameters);
    let first: Value = requests[0].body_json().unwrap();
    assert_eq!(first["queryParams"].get("currentPage"), None);
}
