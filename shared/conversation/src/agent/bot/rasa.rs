//! Settings of `kind = "rasa"`.

use serde::{Deserialize, Serialize};
use url::Url;

use super::timeout_ms;
use crate::agent::problem::Problems;

/// A Rasa server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RasaSettings {
    /// Where messages are posted: https, or http together with `allow_private_addresses`. Without a
    /// path it is Rasa's own, `/webhooks/rest/webhook`.
    pub url: Url,
    /// Allow addresses of private networks.
    #[serde(default)]
    pub allow_private_addresses: bool,
    /// Milliseconds one call may take (100 to 50000).
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// What Rasa is told when a conversation starts; `""`: nothing, and the contact writes first.
    #[serde(default = "defaults::greet")]
    pub started: String,
    /// What Rasa is told when a person gives the conversation to the bot.
    #[serde(default = "defaults::greet")]
    pub delegated: String,
    /// What Rasa is told when the contact sent something without text (a picture, say).
    #[serde(default = "defaults::no_text")]
    pub no_text: String,
    /// Take an empty answer to a message for a failure, and ask people: Rasa answers so when one of
    /// its actions broke.
    #[serde(default)]
    pub empty_is_failure: bool,
}

mod defaults {
    pub(super) fn greet() -> String {
        "/greet".to_owned()
    }
    pub(super) fn no_text() -> String {
        "/no_text".to_owned()
    }
}

impl RasaSettings {
    /// The time-out, to be checked by the caller.
    pub(super) fn check(&self, _problems: &mut Problems) -> u64 {
        self.timeout_ms
    }
}
