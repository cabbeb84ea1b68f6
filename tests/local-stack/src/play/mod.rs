//! What the system does, for people to watch: each step must hold within a time limit.

mod conversation;
mod exports;

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{StackInfo, workspace};

/// Generous: a step's first message may start a function.
const STEP_WITHIN: Duration = Duration::from_secs(30);

/// Plays a conversation with the stack's agent, then asks the exports for it; `say` is given each line.
///
/// # Errors
/// Names the step that did not hold, and what was there instead.
pub async fn play(stack: &StackInfo, say: impl Fn(&str)) -> Result<()> {
    let http = workspace::http()?;
    say("");
    say("A conversation");
    conversation::play(stack, &http, &say).await?;
    say("");
    say("Its exports");
    exports::play(stack, &http, &say).await
}

/// The time of day, to the millisecond.
fn clock(at: &str) -> &str {
    at.get(11..23).unwrap_or(at)
}

async fn answer<T: serde::de::DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T> {
    let answer = request.timeout(STEP_WITHIN).send().await?;
    let (status, url) = (answer.status(), answer.url().clone());
    let text = answer.text().await?;
    ensure!(status.is_success(), "{url} answers {status}: {text}");
    serde_json::from_str(&text).with_context(|| format!("{url} answers {text}"))
}
