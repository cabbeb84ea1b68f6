//! Rasa, by the bodies its REST channel documents.

use conversation::{BotSecrets, BotSettings};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::access::no_aws;
use crate::suite::{FOREVER, Fault, NOBODY, Setup};

fn setup(url: &str, service: MockServer) -> Setup {
    let settings = json!({"kind": "rasa", "url": url, "allow_private_addresses": true,
        "delegated": "/back"});
    let settings: BotSettings = serde_json::from_value(settings).unwrap();
    let secrets = BotSecrets {
        token: Some("token-1".into()),
        ..BotSecrets::default()
    };
    Setup {
        bot: bots::build(&settings, &secrets, &no_aws()).unwrap(),
        _service: Box::new(service),
    }
}

async fn playing() -> Setup {
    let server = MockServer::start().await;
    let sender = "shop.conversation-1.1";
    let text = |text: &str| json!({"recipient_id": sender, "text": text});
    let custom = |custom: Value| json!({"recipient_id": sender, "custom": custom});
    for (message, messages) in [
        (json!({"message": "/greet"}), json!([text("Welcome!")])),
        (json!({"message": "/back"}), json!([text("Back again.")])),
        (
            json!({"message": "question"}),
            json!([custom(json!({"topics": ["questions"]})), text("Answer.")]),
        ),
        (
            json!({"message": "person"}),
            json!([
                custom(json!({"handover": {"reason": "contact_asked"}})),
                text("One moment.")
            ]),
        ),
        (
            json!({"message": "thanks"}),
            json!([text("Goodbye!"), custom(json!({"resolve": true}))]),
        ),
        (json!({"message": "ok"}), json!([])),
        (json!({}), json!([text("Sorry?")])),
    ] {
        Mock::given(method("POST"))
            .and(path("/webhooks/rest/webhook"))
            .and(header("authorization", "Bearer token-1"))
            .and(body_partial_json(json!({ "sender": sender })))
            .and(body_partial_json(message))
            .respond_with(ResponseTemplate::new(200).set_body_json(messages))
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
        Fault::Slow => ResponseTemplate::new(200).set_delay(FOREVER),
        Fault::Garbage => ResponseTemplate::new(200).set_body_json(json!([{"text": [4111]}])),
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
