//! Settings of `kind = "bedrock"`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::aws::{check_place, is_alias};
use super::lex::not_understood_after;
use super::timeout_ms;
use crate::agent::problem::Problems;
use crate::text::LocalText;

/// A model of Amazon Bedrock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BedrockSettings {
    /// Id or ARN of a model or of an inference profile. It must take tools.
    pub model_id: String,
    /// What the model is told about its part.
    pub system_prompt: String,
    /// Region of the service; the region of the deployment when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Another endpoint of the service: a VPC endpoint, a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<Url>,
    /// Milliseconds one turn may take, however many calls it needs (100 to 50000).
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Most tokens of one answer (1 to 100000).
    #[serde(default = "max_tokens")]
    pub max_tokens: u32,
    /// 0 to 1: how much answers vary; `"model"` leaves it to the model, for those that refuse it.
    #[serde(default)]
    pub temperature: Temperature,
    /// A guardrail of Bedrock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardrail: Option<Guardrail>,
    /// How many earlier messages of the episode the model reads (0 to 200).
    #[serde(default = "history_messages")]
    pub history_messages: u32,
    /// How many tokens these may have, by estimate; the newest are kept (0 to 1000000).
    #[serde(default = "context_tokens")]
    pub context_tokens: u32,
    /// Topics the model may apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Contact attributes the model may set: alias to what it holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Whether the model may offer answers to tap.
    #[serde(default)]
    pub quick_replies: bool,
    /// Whether the model may close the conversation.
    #[serde(default = "may_resolve")]
    pub may_resolve: bool,
    /// Said when a conversation starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<LocalText>,
    /// What the model is told to do when a conversation starts, instead of a `greeting`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting_instruction: Option<String>,
    /// Said when a person gives the conversation to the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated: Option<LocalText>,
    /// What the model is told to do when a person gives it the conversation, instead of `delegated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated_instruction: Option<String>,
    /// Said where the model's provider withheld the answer; absent: people are asked at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filtered_text: Option<LocalText>,
    /// This many withheld answers in a row ask people (1 to 20).
    #[serde(default = "not_understood_after")]
    pub not_understood_after: u32,
}

/// How much answers vary.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Temperature {
    /// 0 (the default) to 1.
    Of(f32),
    /// Whatever the model does.
    Model(ModelsOwn),
}

/// The word `"model"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelsOwn {
    /// The model's own default.
    Model,
}

impl Default for Temperature {
    fn default() -> Self {
        Self::Of(0.0)
    }
}

/// A guardrail of Bedrock: what is said and read goes through it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// Id or ARN.
    pub id: String,
    /// A number, or `DRAFT`.
    pub version: String,
    /// Said when it intervenes; the guardrail's own text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<LocalText>,
    /// Whether people are asked when it intervenes.
    #[serde(default)]
    pub handover: bool,
}

fn max_tokens() -> u32 {
    1_024
}

fn history_messages() -> u32 {
    20
}

fn context_tokens() -> u32 {
    8_000
}

fn may_resolve() -> bool {
    true
}

impl BedrockSettings {
    /// The time-out, to be checked by the caller.
    pub(super) fn check(&self, problems: &mut Problems) -> u64 {
        check_place(self.region.as_deref(), self.endpoint_url.as_ref(), problems);
        let of_model = |b: u8| b.is_ascii_alphanumeric() || b"-_:./".contains(&b);
        problems.check(
            (1..=2_048).contains(&self.model_id.len()) && self.model_id.bytes().all(of_model),
            "bot.model_id",
            &self.model_id,
            "must be the id or ARN of a model or inference profile",
        );
        problems.check(
            !self.system_prompt.trim().is_empty(),
            "bot.system_prompt",
            &"blank",
            "must tell the model its part",
        );
        let mut within = |from: u32, to: u32, setting: &str, found: u32| {
            let rule = format!("must be {from} to {to}");
            problems.check((from..=to).contains(&found), setting, &found, rule);
        };
        within(1, 100_000, "bot.max_tokens", self.max_tokens);
        within(0, 200, "bot.history_messages", self.history_messages);
        within(0, 1_000_000, "bot.context_tokens", self.context_tokens);
        within(1, 20, "bot.not_understood_after", self.not_understood_after);
        if let Temperature::Of(temperature) = self.temperature {
            problems.check(
                (0.0..=1.0).contains(&temperature),
                "bot.temperature",
                &temperature,
                "must be 0 to 1, or \"model\"",
            );
        }
        if let Some(guardrail) = &self.guardrail {
            check_guardrail(guardrail, problems);
        }
        self.check_tools(problems);
        self.check_first_words(problems);
        self.timeout_ms
    }

    fn check_tools(&self, problems: &mut Problems) {
        problems.check(
            self.topics.len() <= 200 && self.topics.iter().all(|topic| !topic.trim().is_empty()),
            "bot.topics",
            &self.topics.len(),
            "must be at most 200 names, none blank",
        );
        for alias in self.attributes.keys() {
            problems.check(
                is_alias(alias) && alias.len() <= 64,
                "bot.attributes",
                alias,
                "must be an alias: at most 64 letters a-z and A-Z, digits and _",
            );
        }
    }

    fn check_first_words(&self, problems: &mut Problems) {
        for (setting, text, instruction) in [
            ("bot.greeting", &self.greeting, &self.greeting_instruction),
            (
                "bot.delegated",
                &self.delegated,
                &self.delegated_instruction,
            ),
        ] {
            problems.check(
                text.is_none() || instruction.is_none(),
                setting,
                &"a text and an instruction",
                "must be one of the two: either we say the text, or the model speaks",
            );
            problems.check(
                instruction
                    .as_ref()
                    .is_none_or(|words| !words.trim().is_empty()),
                format!("{setting}_instruction"),
                &"blank",
                "must tell the model what to do, or be left out",
            );
        }
    }
}

fn check_guardrail(guardrail: &Guardrail, problems: &mut Problems) {
    let of_id = |b: u8| b.is_ascii_alphanumeric() || b"-:/".contains(&b);
    problems.check(
        !guardrail.id.is_empty() && guardrail.id.bytes().all(of_id),
        "bot.guardrail.id",
        &guardrail.id,
        "must be the guardrail's id or ARN",
    );
    let version = &guardrail.version;
    let is_number = (1..=8).contains(&version.len())
        && !version.starts_with('0')
        && version.bytes().all(|b| b.is_ascii_digit());
    problems.check(
        is_number || version == "DRAFT",
        "bot.guardrail.version",
        version,
        "must be a number or DRAFT",
    );
}

#[cfg(test)]
mod tests;
