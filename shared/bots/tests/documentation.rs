//! What docs/bots.md shows is what the code takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bots::ScriptBot;
use conversation::{Action, Answer, BotAnswer, BotSettings, HandoverReason, Trigger, Turn};
use secrecy::SecretString;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bots.md");
    std::fs::read_to_string(path).unwrap()
}

/// The page's code blocks of a language, in order.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_rules_on_the_page_can_be_loaded() {
    let page = page();
    let rules = blocks(&page, "toml")[0].split("'''").nth(1).unwrap();
    ScriptBot::from_toml(rules).unwrap();
}

#[test]
fn the_request_and_the_response_on_the_page_are_the_contract() {
    let page = page();
    let json = blocks(&page, "json");
    let turn: Turn = serde_json::from_str(json[0]).unwrap();
    let again: serde_json::Value = serde_json::from_str(json[0]).unwrap();
    assert_eq!(
        serde_json::to_value(&turn).unwrap(),
        again,
        "nothing on the page is ignored"
    );
    let answer: Answer = serde_json::from_str(json[1]).unwrap();
    assert_eq!(answer.actions.len(), 4);
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_example_server_answers_signed_turns_and_refuses_others() {
    let key = "whsec_c3BhcmticmlkZ2UtdGVzdC1rZXktMDEyMzQ1Njc4OWE=";
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/http_bot.py");
    let started = Command::new("python3")
        .arg(script)
        .arg(port.to_string())
        .env("BOT_SIGNING_KEY", key)
        .stderr(Stdio::null())
        .spawn();
    let _server = match started {
        Ok(child) => Running(child),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: there is no python3 on this machine");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "the example never listens");
        std::thread::sleep(Duration::from_millis(50));
    }

    let settings = BotSettings::Http {
        url: format!("http://127.0.0.1:{port}/").parse().unwrap(),
        timeout_ms: 10_000,
        allow_private_addresses: true,
    };
    let page = page();
    let mut turn: Turn = serde_json::from_str(blocks(&page, "json")[0]).unwrap();
    turn.trigger = Trigger::Message {
        text: "a human, please".into(),
        message_id: None,
        payload: None,
    };
    let bot = bots::build(&settings, Some(&SecretString::from(key))).unwrap();
    let answer = bot.answer(&turn, Duration::from_secs(10)).await.unwrap();
    let BotAnswer::Now(answer) = answer else {
        panic!("the example answers at once")
    };
    let reason = Some(HandoverReason::ContactAsked);
    assert_eq!(answer.actions[1..], [Action::Handover { reason }]);

    let wrong = SecretString::from("whsec_YW5vdGhlci10ZXN0LWtleS0wMTIzNDU2Nzg5YWJjZGU=");
    let stranger = bots::build(&settings, Some(&wrong)).unwrap();
    let refused = stranger
        .answer(&turn, Duration::from_secs(10))
        .await
        .unwrap_err();
    assert_eq!(refused.name(), "refused");
}
