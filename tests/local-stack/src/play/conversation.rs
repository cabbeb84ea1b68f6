//! One conversation as a contact lives it, for people to watch: each step must hold within a time limit.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{STEP_WITHIN, answer, clock};
use crate::StackInfo;

/// Answered by the script bot's built-in rules.
const QUESTION: &str = "What are your opening hours?";
const CALL_FOR_A_PERSON: &str = "I would like to talk to a human, please.";

/// A conversation as the simulator shows it, as far as the play looks.
#[derive(Debug, Deserialize)]
struct Conversation {
    id: String,
    queue: String,
    messages: Vec<Message>,
    topics: Vec<String>,
    history: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct Message {
    author: String,
    text: Option<String>,
    /// RFC 3339, UTC, with fractions of a second.
    at: String,
    via: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Change {
    at: String,
    queue: String,
    reason: String,
}

/// Greeting, question and handover with the stack's agent; `say` is given each line of the dialogue.
/// Returns the conversation's id.
pub(super) async fn play(
    stack: &StackInfo,
    http: &reqwest::Client,
    say: &impl Fn(&str),
) -> Result<String> {
    let mut play = Play {
        stack,
        http,
        say,
        told: 0,
    };
    let id = play.begin().await?;
    play.wait(&id, "the bot greets", |now| now.answers() == 1)
        .await?;

    play.write(&id, QUESTION).await?;
    play.wait(&id, "the bot answers a question", |now| now.answers() >= 2)
        .await?;

    play.write(&id, CALL_FOR_A_PERSON).await?;
    let end = play
        .wait(&id, "the conversation is handed over to people", |now| {
            now.queue == "New"
        })
        .await?;
    let last = end
        .history
        .last()
        .context("the conversation has no history")?;
    ensure!(
        last.reason == "handover",
        "the conversation reached people by {}, not by a handover",
        last.reason
    );
    (play.say)(&format!(
        "{}  now in queue {}, topics: {}",
        clock(&last.at),
        last.queue,
        end.topics.join(", ")
    ));
    play.api_knows(&id).await?;
    Ok(id)
}

struct Play<'a, Say> {
    stack: &'a StackInfo,
    http: &'a reqwest::Client,
    say: &'a Say,
    /// Messages that were told already.
    told: usize,
}

impl<Say: Fn(&str)> Play<'_, Say> {
    async fn begin(&self) -> Result<String> {
        let url = format!("{}/sim/conversations", self.stack.simulator_url);
        let conversation = json!({
            "agent": self.stack.agent,
            "medium": "smooch-rtm",
            "channel": "Web chat",
            "contact": "contact-1",
            "language": "en",
        });
        let begun: Conversation = answer(self.http.post(url).json(&conversation)).await?;
        Ok(begun.id)
    }

    async fn write(&self, id: &str, text: &str) -> Result<()> {
        let url = format!(
            "{}/sim/conversations/{id}/messages",
            self.stack.simulator_url
        );
        answer::<Value>(self.http.post(url).json(&json!({ "text": text }))).await?;
        Ok(())
    }

    /// Tells what is said until `held`.
    async fn wait(
        &mut self,
        id: &str,
        step: &str,
        held: impl Fn(&Conversation) -> bool,
    ) -> Result<Conversation> {
        let url = format!("{}/sim/conversations/{id}", self.stack.simulator_url);
        let deadline = Instant::now() + STEP_WITHIN;
        loop {
            let now: Conversation = answer(self.http.get(&url)).await?;
            for message in now.messages.iter().skip(self.told) {
                (self.say)(&message.line());
            }
            self.told = now.messages.len();
            if held(&now) {
                return Ok(now);
            }
            let taken_away = now
                .history
                .last()
                .filter(|change| matches!(change.reason.as_str(), "webhook_failed" | "no_reply"));
            if let Some(change) = taken_away {
                bail!(
                    "{step}: Sparkcentral took the conversation away ({})",
                    change.reason
                );
            }
            ensure!(
                Instant::now() < deadline,
                "{step}: not within {} s",
                STEP_WITHIN.as_secs()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The conversation API knows the conversation too.
    async fn api_knows(&self, id: &str) -> Result<()> {
        let StackInfo { api_url, agent, .. } = self.stack;
        let url = format!("{api_url}/v1/agents/{agent}/conversations/{id}");
        let request = self
            .http
            .get(url)
            .bearer_auth(&self.stack.api_tokens.viewer);
        let known: Value = answer(request).await.context("the conversation API")?;
        let state = known.get("state").unwrap_or(&Value::Null);
        (self.say)(&format!("the conversation API says: state {state}"));
        Ok(())
    }
}

impl Conversation {
    fn answers(&self) -> usize {
        self.messages
            .iter()
            .filter(|m| m.author == "virtual_agent")
            .count()
    }
}

impl Message {
    fn line(&self) -> String {
        let way = match self.via.as_deref() {
            Some("webhook_answer") => "  (in the webhook's answer)",
            Some("rest") => "  (over REST)",
            _ => "",
        };
        let author = match self.author.as_str() {
            "virtual_agent" => "bot",
            author => author,
        };
        let text = self
            .text
            .as_deref()
            .unwrap_or_default()
            .replace('\n', "\n                       ");
        format!("{}  {author:>7}: {text}{way}", clock(&self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_who_what_and_which_way() {
        let message = Message {
            author: "virtual_agent".into(),
            text: Some("Hello.\nHow can I help?".into()),
            at: "2026-11-21T04:31:24.123456Z".into(),
            via: Some("rest".into()),
        };
        assert_eq!(
            message.line(),
            "04:31:24.123      bot: Hello.\n                       How can I help?  (over REST)"
        );
    }
}
