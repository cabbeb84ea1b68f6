//! The example of `docs/bots.md` answers signed turns, and no others.
#![allow(clippy::unwrap_used)]

mod turns;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bots::BotError;
use conversation::{Action, Answer, BotAnswer, BotSettings, HandoverReason, Trigger};
use secrecy::SecretString;
use serde_json::json;
use turns::{message, turn};

const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/examples/http_bot.py"
);
const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const WITHIN: Duration = Duration::from_secs(10);

/// The example, stopped when the test ends.
struct Example {
    process: Child,
    url: String,
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the example; `None` where this machine has no Python.
fn start() -> Option<Example> {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: python3 is not installed, so the example bot was not run");
        return None;
    }
    let mut process = Command::new("python3")
        .args([EXAMPLE, "0"])
        .env("BOT_SIGNING_KEY", KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap_or_default()
        .to_owned();
    Some(Example { process, url })
}

fn bot(url: &str, key: &str) -> Box<dyn bots::Bot> {
    let settings = BotSettings::Http {
        url: url.parse().unwrap(),
        timeout_ms: 10_000,
        allow_private_addresses: true,
    };
    bots::build(&settings, Some(&SecretString::from(key))).unwrap()
}

fn reply(text: &str) -> Action {
    Action::Reply {
        text: Some(text.to_owned()),
        attachment: None,
        rich_text: false,
    }
}

#[tokio::test]
async fn the_example_in_python_greets_counts_hands_over_and_resolves() {
    let Some(example) = start() else { return };
    let bot = bot(&example.url, KEY);
    let mut second = message("And another, with ünïcode 👍?");
    second.session = json!({"asked": 1});
    let handover = Action::Handover {
        reason: Some(HandoverReason::ContactAsked),
    };
    for (turn, actions, session) in [
        (
            turn(Trigger::Started),
            vec![reply("Hello! What can I do for you?")],
            Some(json!({"asked": 0})),
        ),
        (
            message("A question"),
            vec![reply("That was question 1.")],
            Some(json!({"asked": 1})),
        ),
        (
            second,
            vec![reply("That was question 2.")],
            Some(json!({"asked": 2})),
        ),
        (
            message("a person please"),
            vec![reply("A colleague takes over."), handover],
            None,
        ),
        (
            message("Thanks"),
            vec![reply("Goodbye!"), Action::Resolve],
            None,
        ),
    ] {
        let answer = bot.answer(&turn, WITHIN).await.unwrap();
        assert!(
            answer == BotAnswer::Now(Answer { actions, session }),
            "{turn:?}"
        );
    }
}

#[tokio::test]
async fn the_example_in_python_refuses_a_turn_signed_with_another_key() {
    let Some(example) = start() else { return };
    let other = "whsec_HxweHRscGxoZGBcWFRQTEhEQDw4NDAsKCQgHBgUEAwI=";
    let error = bot(&example.url, other)
        .answer(&message("Hi"), WITHIN)
        .await
        .unwrap_err();
    assert!(
        matches!(error, BotError::Refused { status: 401 }),
        "{error:?}"
    );
}
