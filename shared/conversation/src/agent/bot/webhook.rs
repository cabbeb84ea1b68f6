//! Settings of `kind = "webhook"`.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{history_messages, timeout_ms};
use crate::agent::problem::Problems;

/// A platform that takes turns by webhook and answers later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Where turns are posted: https, or http together with `allow_private_addresses`.
    pub url: Url,
    /// Allow addresses of private networks.
    #[serde(default)]
    pub allow_private_addresses: bool,
    /// Milliseconds one call may take (100 to 50000).
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// How many messages said before come with each turn (0 to 50).
    #[serde(default)]
    pub history_messages: usize,
}

impl WebhookSettings {
    /// The time-out, to be checked by the caller.
    pub(super) fn check(&self, problems: &mut Problems) -> u64 {
        history_messages(self.history_messages, problems);
        self.timeout_ms
    }
}
