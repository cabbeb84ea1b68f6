//! What a contact centre fears, each as a whole journey through public faces.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod attachments;
mod channels;
mod choices;
mod deadline;
mod hours;
mod late;
mod length;
mod order;
mod paused;
mod people;
mod presence;
mod returning;
mod rotated;
mod shortcodes;
mod takeover;

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::Answer;

/// Longer than anything takes that would come a second time: retries of the webhook, of a turn and of a
/// reply are seconds apart.
const AFTERMATH: Duration = Duration::from_secs(5);

/// Repeats what the contact wrote; greets nobody.
fn echo(turn: &Value) -> Answer {
    match turn["trigger"]["text"].as_str() {
        Some(text) => Answer::text(&format!("echo {text}")),
        None => silence(),
    }
}

/// Nothing to say.
fn silence() -> Answer {
    Answer::actions(json!([]))
}

/// The contact's words in a turn; empty for other triggers.
fn text_of(turn: &Value) -> &str {
    turn["trigger"]["text"].as_str().unwrap_or_default()
}

fn is_message(turn: &Value) -> bool {
    turn["trigger"]["type"] == "message"
}
