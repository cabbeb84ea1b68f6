//! The [`Bot`] trait and its adapters.
//!
//! A bot gets one [`Turn`] and says one [`BotAnswer`]; [`build`] makes the one an agent's settings
//! name. Two adapters so far:
//!
//! | kind | what it is | it waits for |
//! |---|---|---|
//! | `script` | rules in a TOML file, embedded: see [`ScriptBot`] | nothing: pure |
//! | `http` | a bot of one's own behind a URL: see [`HttpBot`] | one signed POST |
//!
//! What every adapter keeps to is written as tests in `tests/conformance.rs`; a new adapter joins
//! there by one line. For people who write rules or bots there is `docs/bots.md`.

mod bots;
mod check;
mod error;
mod http;
mod script;
#[cfg(test)]
#[path = "../tests/turns/mod.rs"]
mod turns;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use conversation::{BotAnswer, BotSettings, Turn};
use secrecy::SecretString;

pub use bots::Bots;
pub use error::{BotError, BuildError, Cause, RuleProblem};
pub use http::{HttpBot, MAX_RESPONSE_BYTES};
pub use script::ScriptBot;

/// Something that answers turns.
///
/// `Debug` must not print secrets or message text: a bot stands in its owner's `Debug`.
#[async_trait]
pub trait Bot: fmt::Debug + Send + Sync {
    /// Answers one turn, or gives up after `within`.
    ///
    /// A turn may come again with the same `turn_id` (a retry): a bot that keeps state of its own
    /// must answer it as it did before.
    ///
    /// # Errors
    /// By meaning: see [`BotError`]; [`BotError::is_retryable`] tells whether asking again can help.
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError>;
}

/// Makes the bot that the settings name. Cheap enough for a cold start: connections and the HTTP
/// client come with the first turn.
///
/// # Errors
/// Settings that can't work, told to the operator: see [`BuildError`].
pub fn build(
    settings: &BotSettings,
    signing_key: Option<&SecretString>,
) -> Result<Box<dyn Bot>, BuildError> {
    match settings {
        BotSettings::Script { rules: None } => Ok(Box::new(ScriptBot::built_in()?)),
        BotSettings::Script { rules: Some(rules) } => Ok(Box::new(ScriptBot::from_toml(rules)?)),
        BotSettings::Http {
            url,
            timeout_ms,
            allow_private_addresses,
        } => {
            let key = signing_key.ok_or(BuildError::SigningKeyMissing)?;
            let timeout = Duration::from_millis(*timeout_ms);
            Ok(Box::new(HttpBot::new(
                url.clone(),
                timeout,
                *allow_private_addresses,
                key,
            )?))
        }
    }
}
