//! The [`Bot`] trait and its adapters.
//!
//! A bot gets one [`Turn`] and says one [`BotAnswer`]; [`build`] makes the one an agent's settings
//! name:
//!
//! | kind | what it is | it waits for |
//! |---|---|---|
//! | `script` | rules in a TOML file, embedded: [`ScriptBot`] | nothing: pure |
//! | `http` | a bot of one's own behind a URL: [`HttpBot`] | one signed POST |
//! | `webhook` | a platform that answers later: [`WebhookBot`] | one signed POST |
//! | `rasa` | Rasa's REST channel: [`RasaBot`] | one POST |
//! | `dialogflow` | Dialogflow CX: [`DialogflowBot`] | one `detectIntent` |
//! | `lex` | Amazon Lex V2: [`LexBot`] | one call of its runtime |
//! | `bedrock` | a model of Amazon Bedrock: [`BedrockBot`] | one or more `Converse` calls |
//!
//! What every adapter keeps to is written as tests in `tests/conformance`; a new adapter joins there
//! with a file of its own. For people who write rules or bots there is `docs/bots.md`.

mod aws;
mod bedrock;
mod bots;
mod call;
mod contract;
mod custom;
mod dialogflow;
mod draft;
mod error;
mod http;
mod lex;
mod rasa;
pub mod reading;
mod script;
mod sign;
#[cfg(test)]
#[path = "../tests/turns/mod.rs"]
mod turns;
mod webhook;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use conversation::{BotAnswer, BotSecrets, BotSettings, Turn};

pub use aws_types::SdkConfig;
pub use bedrock::BedrockBot;
pub use bots::Bots;
pub use call::MAX_RESPONSE_BYTES;
pub use dialogflow::DialogflowBot;
pub use error::{BotError, BuildError, Cause, RuleProblem};
pub use http::HttpBot;
pub use lex::LexBot;
pub use rasa::RasaBot;
pub use script::ScriptBot;
pub use webhook::WebhookBot;

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

    /// How much of what was said before the bot wants to find in [`Turn::history`], in messages.
    /// Reading it costs a query of the table.
    fn history(&self) -> usize {
        0
    }
}

/// Makes the bot that the settings name. Cheap enough for a cold start: connections and the HTTP
/// client come with the first turn.
///
/// # Errors
/// Settings that can't work, told to the operator: see [`BuildError`].
pub fn build(
    settings: &BotSettings,
    secrets: &BotSecrets,
    aws: &SdkConfig,
) -> Result<Box<dyn Bot>, BuildError> {
    Ok(match settings {
        BotSettings::Script { rules: None } => Box::new(ScriptBot::built_in()?),
        BotSettings::Script { rules: Some(rules) } => Box::new(ScriptBot::from_toml(rules)?),
        BotSettings::Http(settings) => Box::new(HttpBot::new(settings, secrets)?),
        BotSettings::Webhook(settings) => Box::new(WebhookBot::new(settings, secrets)?),
        BotSettings::Lex(settings) => Box::new(LexBot::new(settings, aws)),
        BotSettings::Bedrock(settings) => Box::new(BedrockBot::new(settings, aws)),
        BotSettings::Rasa(settings) => Box::new(RasaBot::new(settings, secrets)?),
        BotSettings::Dialogflow(settings) => Box::new(DialogflowBot::new(settings, secrets)?),
    })
}
