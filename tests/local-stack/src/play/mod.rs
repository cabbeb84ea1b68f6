//! What the system does, for people to watch: each step must hold within a time limit.

mod conversation;
mod exports;

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{StackInfo, workspace};

/// Generous: a step's first message may start a function.
const STEP_WITHIN: Duration = Duration::from_secs(30);

/// Plays a conversation with the stack's agent, then asks the exports for it; `say` is given each line.
/// Returns the conversation's id.
///
/// # Errors
/// Names the step that did not hold, and what was there instead.
pub async fn play(stack: &StackInfo, say: impl Fn(&str)) -> Result<String> {
    let http = workspace::http()?;
    say("");
    say("A conversation");
    let id = conversation::play(stack, &http, &say).await?;
    say("");
    say("Its exports");
    exports::play(stack, &http, &say).await?;
    Ok(id)
}

/// What to open now; `id` is the played conversation's, `say` is given each line.
pub fn invite(stack: &StackInfo, id: &str, say: impl Fn(&str)) {
    for line in invitation(&stack.workspace_url(), id) {
        say(&line);
    }
}

fn invitation(workspace: &str, id: &str) -> [String; 7] {
    [
        String::new(),
        "Now you, in a browser".into(),
        format!("  {workspace}"),
        "      write as a customer, see the bot answer and what Sparkbridge did".into(),
        format!("  {workspace}/conversations/{id}"),
        "      the conversation above waits for you: take it as an agent, and reply".into(),
        "  docs/tour.md leads through all of it in five minutes".into(),
    ]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_led_to_the_workspace_and_to_the_conversation_that_was_played() {
        let lines = invitation("http://127.0.0.1:8800/workspace", "c-1");
        for address in [
            "  http://127.0.0.1:8800/workspace",
            "  http://127.0.0.1:8800/workspace/conversations/c-1",
        ] {
            assert!(lines.iter().any(|line| line == address), "{lines:#?}");
        }
    }
}
