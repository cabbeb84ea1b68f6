//! A platform that answers later: it has no answers to judge, only turns it must have got.

use conversation::{BotAnswer, BotSettings, Trigger};
use serde_json::json;
use wiremock::matchers::{body_partial_json, header_exists, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::access::{no_aws, signed_with};
use crate::suite::{FOREVER, Fault, HIDDEN, NOBODY, Setup, WITHIN};
use crate::turns::{message, turn};

const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn setup(url: &str, service: MockServer) -> Setup {
    let settings = json!({"kind": "webhook", "url": url, "allow_private_addresses": true});
    let settings: BotSettings = serde_json::from_value(settings).unwrap();
    Setup {
        bot: bots::build(&settings, &signed_with(KEY), &no_aws()).unwrap(),
        _service: Box::new(service),
    }
}

#[tokio::test]
async fn takes_every_turn_and_answers_later() {
    for (status, body) in [
        (200, "{\"ok\":1}"),
        (200, "<html>"),
        (201, ""),
        (202, ""),
        (204, ""),
    ] {
        let server = MockServer::start().await;
        let endless = "word ".repeat(20 * 1024);
        let turns = [
            turn(Trigger::Started),
            turn(Trigger::Delegated),
            message(""),
            message("👍"),
            message(&endless),
        ];
        for turn in &turns {
            let trigger = serde_json::to_value(&turn.trigger).unwrap();
            Mock::given(method("POST"))
                .and(header_exists("webhook-signature"))
                .and(body_partial_json(json!({ "trigger": trigger })))
                .respond_with(ResponseTemplate::new(status).set_body_string(body))
                .expect(1)
                .mount(&server)
                .await;
        }
        let setup = setup(&server.uri(), server);
        for turn in &turns {
            let answer = setup.bot.answer(turn, WITHIN).await.unwrap();
            assert!(answer == BotAnswer::Later, "{status} {turn:?}");
        }
        let shown = format!("{:?}", setup.bot);
        assert!(
            HIDDEN.iter().all(|hidden| !shown.contains(hidden)),
            "{shown}"
        );
    }
}

async fn failing(fault: Fault) -> Setup {
    let server = MockServer::start().await;
    let response = match fault {
        Fault::Down => return setup(NOBODY, server),
        Fault::Throttled => ResponseTemplate::new(429),
        Fault::Slow => ResponseTemplate::new(200).set_delay(FOREVER),
        Fault::Garbage => unreachable!("whatever it answers is fine"),
    };
    Mock::given(method("POST"))
        .respond_with(response)
        .mount(&server)
        .await;
    setup(&server.uri(), server)
}

fault_tests!();
