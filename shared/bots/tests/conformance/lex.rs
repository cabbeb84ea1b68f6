//! Amazon Lex V2, by the bodies its API reference documents.

use conversation::BotSettings;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::access::{aws, no_secrets};
use crate::suite::{FOREVER, Fault, NOBODY, Setup};

const SESSION: &str = "/bots/ABCDEFGHIJ/botAliases/TSTALIASID/botLocales/en_US/sessions/shop%3Aconversation-1%3A1/text";

fn setup(url: &str, service: MockServer) -> Setup {
    let settings = json!({"kind": "lex", "bot_id": "ABCDEFGHIJ", "bot_alias_id": "TSTALIASID",
        "endpoint_url": url, "greeting": "Welcome!", "delegated": "Back again.", "no_text": "Sorry?",
        "topics": {"Question": "questions", "Person": "", "Thanks": "", "Ok": ""},
        "handover_intents": ["Person"], "resolve_intents": ["Thanks"]});
    let settings: BotSettings = serde_json::from_value(settings).unwrap();
    Setup {
        bot: bots::build(&settings, &no_secrets(), &aws()).unwrap(),
        _service: Box::new(service),
    }
}

fn body(intent: &str, words: Option<&str>) -> Value {
    let intent = json!({"name": intent, "state": "ReadyForFulfillment", "confirmationState": "None", "slots": {}});
    let messages: Vec<_> = words
        .iter()
        .map(|words| json!({"contentType": "PlainText", "content": words}))
        .collect();
    json!({
        "sessionId": "shop:conversation-1:1",
        "messages": messages,
        "interpretations": [{"intent": intent, "nluConfidence": {"score": 0.9}}],
        "sessionState": {"dialogAction": {"type": "Close"}, "intent": intent, "sessionAttributes": {}},
    })
}

async fn playing() -> Setup {
    let server = MockServer::start().await;
    for (sent, answer) in [
        (
            json!({"text": "question"}),
            body("Question", Some("Answer.")),
        ),
        (
            json!({"text": "person"}),
            body("Person", Some("One moment.")),
        ),
        (json!({"text": "thanks"}), body("Thanks", Some("Goodbye!"))),
        (json!({"text": "ok"}), body("Ok", None)),
        (json!({}), body("FallbackIntent", Some("Sorry?"))),
    ] {
        Mock::given(method("POST"))
            .and(path(SESSION))
            .and(body_partial_json(sent))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
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
        Fault::Garbage => ResponseTemplate::new(200).set_body_json(json!({"messages": [4111]})),
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
