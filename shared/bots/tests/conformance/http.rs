//! A bot of one's own.

use conversation::BotSettings;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::access::{no_aws, signed_with};
use crate::suite::{FOREVER, Fault, NOBODY, Setup};

const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn setup(url: &str, service: MockServer) -> Setup {
    let settings = json!({"kind": "http", "url": url, "allow_private_addresses": true});
    let settings: BotSettings = serde_json::from_value(settings).unwrap();
    Setup {
        bot: bots::build(&settings, &signed_with(KEY), &no_aws()).unwrap(),
        _service: Box::new(service),
    }
}

async fn playing() -> Setup {
    let server = MockServer::start().await;
    let reply = |text: &str| json!({"type": "reply", "text": text});
    for (trigger, actions) in [
        (json!({"type": "started"}), json!([reply("Welcome!")])),
        (json!({"type": "delegated"}), json!([reply("Back again.")])),
        (
            json!({"text": "question"}),
            json!([reply("Answer."), {"type": "topics", "topics": ["questions"]}]),
        ),
        (
            json!({"text": "person"}),
            json!([reply("One moment."), {"type": "handover", "reason": "contact_asked"}]),
        ),
        (
            json!({"text": "thanks"}),
            json!([reply("Goodbye!"), {"type": "resolve"}]),
        ),
        (json!({"text": "ok"}), Value::Null),
        (json!({}), json!([reply("Sorry?")])),
    ] {
        let response = match actions {
            Value::Null => ResponseTemplate::new(204),
            actions => ResponseTemplate::new(200).set_body_json(json!({ "actions": actions })),
        };
        Mock::given(method("POST"))
            .and(body_partial_json(json!({ "trigger": trigger })))
            .respond_with(response)
            .mount(&server)
            .await;
    }
    setup(&server.uri(), server)
}

async fn failing(fault: Fault) -> Setup {
    let server = MockServer::start().await;
    let response = match fault {
        Fault::Down => return setup(NOBODY, server),
        Fault::Throttled => ResponseTemplate::new(429),
        Fault::Slow => ResponseTemplate::new(204).set_delay(FOREVER),
        Fault::Garbage => ResponseTemplate::new(200).set_body_string("<html>4111</html>"),
    };
    Mock::given(method("POST"))
        .respond_with(response)
        .mount(&server)
        .await;
    setup(&server.uri(), server)
}

conversation_tests!();
fault_tests!();
nonsense_tests!();
