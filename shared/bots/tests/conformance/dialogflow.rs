//! Dialogflow CX, by the bodies of its REST API.

use conversation::{BotSecrets, BotSettings};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header_regex, method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::access::{google_account, no_aws};
use crate::suite::{FOREVER, Fault, NOBODY, Setup};

const AGENT: &str = "projects/shop-1/locations/europe-west1/agents/a-1";

fn setup(url: &str, service: MockServer) -> Setup {
    let settings = json!({
        "kind": "dialogflow",
        "agent": AGENT,
        "endpoint_url": url,
        "allow_private_addresses": true,
        "delegated_event": "BACK",
        "handover_reason": "contact_asked",
        "topics": {"ask.question": ["questions"]},
    });
    let settings: BotSettings = serde_json::from_value(settings).unwrap();
    let secrets = BotSecrets {
        google_service_account: Some(google_account()),
        ..BotSecrets::default()
    };
    Setup {
        bot: bots::build(&settings, &secrets, &no_aws()).unwrap(),
        _service: Box::new(service),
    }
}

fn result(match_type: &str, intent: &str, messages: Value) -> Value {
    json!({
        "responseId": "r-1",
        "queryResult": {
            "languageCode": "en",
            "responseMessages": messages,
            "currentPage": {"name": format!("{AGENT}/flows/f/pages/p"), "displayName": "P"},
            "match": {
                "intent": {"name": format!("{AGENT}/intents/i"), "displayName": intent},
                "matchType": match_type,
                "confidence": 0.9,
            },
            "parameters": {"channelDetails": null},
        },
        "responseType": "FINAL",
    })
}

async fn playing() -> Setup {
    let server = MockServer::start().await;
    let text = |text: &str| json!({"text": {"text": [text]}, "responseType": "HANDLER_PROMPT"});
    let event = |event: &str| json!({"event": {"event": event}});
    let typed = |text: &str| json!({"text": {"text": text}});
    let sorry = result("NO_MATCH", "", json!([text("Sorry?")]));
    for (input, response) in [
        (
            event("WELCOME"),
            result("EVENT", "", json!([text("Welcome!")])),
        ),
        (
            event("BACK"),
            result("EVENT", "", json!([text("Back again.")])),
        ),
        (
            typed("question"),
            result("INTENT", "ask.question", json!([text("Answer.")])),
        ),
        (
            typed("person"),
            result(
                "INTENT",
                "ask.person",
                json!([{"liveAgentHandoff": {"metadata": {}}}, text("One moment.")]),
            ),
        ),
        (
            typed("thanks"),
            result(
                "INTENT",
                "say.thanks",
                json!([text("Goodbye!"), {"endInteraction": {}}]),
            ),
        ),
        (typed("ok"), result("INTENT", "say.ok", json!([]))),
        (json!({}), sorry),
    ] {
        Mock::given(method("POST"))
            .and(path_regex(format!(
                "^/v3/{AGENT}/sessions/[0-9a-f]{{36}}:detectIntent$"
            )))
            .and(header_regex(
                "authorization",
                r"^Bearer [\w-]+\.[\w-]+\.[\w-]+$",
            ))
            .and(body_partial_json(
                json!({"queryInput": {"languageCode": "en"}}),
            ))
            .and(body_partial_json(json!({ "queryInput": input })))
            .respond_with(ResponseTemplate::new(200).set_body_json(response))
            .mount(&server)
            .await;
    }
    setup(&server.uri(), server)
}

async fn failing(fault: Fault) -> Setup {
    let server = MockServer::start().await;
    let quota = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "4111"}});
    let response = match fault {
        Fault::Down => return setup(NOBODY, server),
        Fault::Throttled => ResponseTemplate::new(429).set_body_json(quota),
        Fault::Slow => ResponseTemplate::new(200).set_delay(FOREVER),
        Fault::Garbage => ResponseTemplate::new(200).set_body_json(json!({"queryResult": [4111]})),
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
