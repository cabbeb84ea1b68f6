//! The embedded bot: rules in a small TOML file, no service, no waiting.
//!
//! A turn is answered by the first rule whose payload or pattern it matches; otherwise it counts as
//! a miss, and after some misses in a row people are asked. The file's form is described in
//! `docs/bots.md`, and `demo.toml` beside this file is both the built-in bot and an example.
//!
//! What a contact wrote never decides what is a button: captured text is made neutral before it
//! enters an answer (see `template`). Regular expressions run in linear time, on a bounded piece of
//! the message, so no text can make a turn slow.

mod answer;
mod file;
mod language;
mod load;
mod rule;
mod session;
mod template;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use conversation::{Answer, BotAnswer, Turn};

use crate::{Bot, BotError, BuildError};
use load::Script;

/// The rules of a script bot without rules of its own.
const DEMO: &str = include_str!("demo.toml");

/// A bot that answers by rules: see `docs/bots.md`.
#[derive(Clone)]
pub struct ScriptBot {
    script: Arc<Script>,
}

impl ScriptBot {
    /// A bot with the rules of a TOML file.
    ///
    /// # Errors
    /// [`BuildError::Rules`] with everything that is wrong in the file.
    pub fn from_toml(rules: &str) -> Result<Self, BuildError> {
        let script = load::load(rules).map_err(|problems| BuildError::Rules { problems })?;
        Ok(Self {
            script: Arc::new(script),
        })
    }

    /// The bot with the built-in demo rules, compiled once per process.
    ///
    /// # Errors
    /// None with the rules as shipped: a test loads them.
    pub fn built_in() -> Result<Self, BuildError> {
        static BUILT_IN: OnceLock<ScriptBot> = OnceLock::new();
        if let Some(bot) = BUILT_IN.get() {
            return Ok(bot.clone());
        }
        let bot = Self::from_toml(DEMO)?;
        Ok(BUILT_IN.get_or_init(|| bot).clone())
    }

    /// The answer, without waiting for anything.
    pub fn answer_now(&self, turn: &Turn) -> Answer {
        answer::answer(&self.script, turn)
    }
}

#[async_trait]
impl Bot for ScriptBot {
    async fn answer(&self, turn: &Turn, _within: Duration) -> Result<BotAnswer, BotError> {
        Ok(BotAnswer::Now(self.answer_now(turn)))
    }
}

impl fmt::Debug for ScriptBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptBot")
            .field("rules", &self.script.rules.len())
            .finish_non_exhaustive()
    }
}

/// Phones write typographic apostrophes, people who write patterns don't.
fn straight_quotes(text: &str) -> String {
    text.replace(['\u{2018}', '\u{2019}'], "'")
}

#[cfg(test)]
mod tests;
