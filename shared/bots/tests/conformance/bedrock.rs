//! A model of Amazon Bedrock, by the bodies its API reference documents.

use conversation::BotSettings;
use serde_json::{Value, json};
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::access::{aws, no_secrets};
use crate::suite::{FOREVER, Fault, NOBODY, Setup};

fn setup(url: &str, service: MockServer) -> Setup {
    let settings = json!({"kind": "bedrock", "model_id": "eu.amazon.nova-lite-v1:0",
        "system_prompt": "You help.", "endpoint_url": url, "topics": ["questions"],
        "greeting_instruction": "Greet the contact.", "delegated": "Back again."});
    let settings: BotSettings = serde_json::from_value(settings).unwrap();
    Setup {
        bot: bots::build(&settings, &no_secrets(), &aws()).unwrap(),
        _service: Box::new(service),
    }
}

fn body(content: Value) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 30, "outputTokens": 12, "totalTokens": 42},
        "metrics": {"latencyMs": 900},
    })
}

fn tool(name: &str, input: Value) -> Value {
    json!({"toolUse": {"toolUseId": "tooluse_1", "name": name, "input": input}})
}

async fn playing() -> Setup {
    let server = MockServer::start().await;
    for (read, content) in [
        ("Greet the contact.", json!([{"text": "Welcome!"}])),
        (
            "<contact_message>question<",
            json!([{"text": "Answer."}, tool("topics", json!({"topics": ["questions"]}))]),
        ),
        (
            "<contact_message>person<",
            json!([{"text": "One moment."}, tool("handover", json!({"reason": "contact_asked"}))]),
        ),
        (
            "<contact_message>thanks<",
            json!([tool("resolve", json!({})), {"text": "Goodbye!"}]),
        ),
        ("<contact_message>ok<", json!([])),
        ("", json!([{"text": "Sorry?"}])),
    ] {
        Mock::given(method("POST"))
            .and(path("/model/eu.amazon.nova-lite-v1%3A0/converse"))
            .and(body_string_contains(read))
            .respond_with(ResponseTemplate::new(200).set_body_json(body(content)))
            .mount(&server)
            .await;
    }
    setup(&server.uri(), server)
}

async fn failing(fault: Fault) -> Setup {
    let server = MockServer::start().await;
    let response = match fault {
        Fault::Down => return setup(NOBODY, server),
        Fault::Throttled => ResponseTemplate::new(429)
            .insert_header("x-amzn-errortype", "ThrottlingException")
            .set_body_json(json!({"message": "4111"})),
        Fault::Slow => ResponseTemplate::new(200).set_delay(FOREVER),
        Fault::Garbage => ResponseTemplate::new(200).set_body_json(json!({"output": 4111})),
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
