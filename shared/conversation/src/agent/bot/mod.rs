//! Who answers the contact: one kind of bot, and its settings.

mod aws;
mod bedrock;
mod dialogflow;
mod http;
mod lex;
mod rasa;
mod webhook;

use serde::{Deserialize, Serialize};

use super::problem::Problems;

pub use bedrock::{BedrockSettings, Guardrail, ModelsOwn, Temperature};
pub use dialogflow::DialogflowSettings;
pub use http::HttpSettings;
pub use lex::{LEX_DEFAULT_LOCALE, LexSettings};
pub use rasa::RasaSettings;
pub use webhook::WebhookSettings;

pub(super) fn timeout_ms() -> u64 {
    20_000
}

fn history_messages(found: usize, problems: &mut Problems) {
    problems.check(
        found <= 50,
        "bot.history_messages",
        &found,
        "must be 0 to 50",
    );
}

/// Who answers the contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BotSettings {
    /// The embedded rules engine.
    Script {
        /// The rules, TOML; the built-in demo rules when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<String>,
    },
    /// A bot of one's own behind a URL.
    Http(HttpSettings),
    /// A platform that takes turns by webhook and always answers later, through conversation-api.
    Webhook(WebhookSettings),
    /// Amazon Lex V2.
    Lex(LexSettings),
    /// A model of Amazon Bedrock.
    Bedrock(BedrockSettings),
    /// Rasa, by its REST channel.
    Rasa(RasaSettings),
    /// Google Dialogflow CX.
    Dialogflow(DialogflowSettings),
}

impl BotSettings {
    /// The `kind`, for logs and error texts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Script { .. } => "script",
            Self::Http(_) => "http",
            Self::Webhook(_) => "webhook",
            Self::Lex(_) => "lex",
            Self::Bedrock(_) => "bedrock",
            Self::Rasa(_) => "rasa",
            Self::Dialogflow(_) => "dialogflow",
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        let timeout_ms = match self {
            Self::Script { .. } => return,
            Self::Http(settings) => settings.check(problems),
            Self::Webhook(settings) => settings.check(problems),
            Self::Lex(settings) => settings.check(problems),
            Self::Bedrock(settings) => settings.check(problems),
            Self::Rasa(settings) => settings.check(problems),
            Self::Dialogflow(settings) => settings.check(problems),
        };
        problems.check(
            (100..=50_000).contains(&timeout_ms),
            "bot.timeout_ms",
            &timeout_ms,
            "must be 100 to 50000",
        );
    }
}
