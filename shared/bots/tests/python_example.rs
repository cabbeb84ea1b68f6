//! The example of `docs/write-your-own-bot.md` answers signed turns, and no others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod access;
mod turns;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use access::{no_aws, signed_with};
use bots::BotError;
use conversation::{Action, Answer, BotAnswer, BotSettings, HttpSettings, Trigger};
use serde_json::json;
use standardwebhooks::Webhook;
use time::OffsetDateTime;
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
    let settings = BotSettings::Http(HttpSettings {
        url: url.parse().unwrap(),
        timeout_ms: 10_000,
        allow_private_addresses: true,
        history_messages: 0,
    });
    bots::build(&settings, &signed_with(key), &no_aws()).unwrap()
}

fn reply(text: &str) -> Action {
    Action::say(text)
}

#[tokio::test]
async fn the_example_in_python_greets_counts_and_hands_over() {
    let Some(example) = start() else { return };
    let bot = bot(&example.url, KEY);
    let mut second = message("And another, with ünïcode 👍?");
    second.session = json!({"asked": 1});
    for (turn, actions, asked) in [
        (
            turn(Trigger::Started),
            vec![reply("Hello! What can I do for you?")],
            0,
        ),
        (
            message("A question"),
            vec![reply("That was question 1.")],
            1,
        ),
        (second, vec![reply("That was question 2.")], 2),
        (
            message("a person please"),
            vec![reply("A colleague takes over."), Action::hand_over(None)],
            0,
        ),
    ] {
        let answer = bot.answer(&turn, WITHIN).await.unwrap();
        let session = Some(json!({ "asked": asked }));
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

#[tokio::test]
async fn the_example_in_python_refuses_an_old_turn_that_somebody_recorded() {
    let Some(example) = start() else { return };
    let body = serde_json::to_vec(&message("Hi")).unwrap();
    let now = OffsetDateTime::now_utc().unix_timestamp();
    for (sent_at, status) in [(now, 200), (now - 600, 401)] {
        let key = Webhook::new(KEY).unwrap();
        let signature = key.sign("turn-1", sent_at, &body).unwrap();
        let request = reqwest::Client::new()
            .post(&example.url)
            .header("webhook-id", "turn-1")
            .header("webhook-timestamp", sent_at)
            .header("webhook-signature", signature)
            .body(body.clone());
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}
