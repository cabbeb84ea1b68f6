//! Settings of `kind = "http"`.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{history_messages, timeout_ms};
use crate::agent::problem::Problems;

/// A bot of one's own behind a URL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// Where turns are posted: https, or http together with `allow_private_addresses`.
    pub url: Url,
    /// Milliseconds one call may take (100 to 50000).
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Allow addresses of private networks (a bot inside the VPC, tests).
    #[serde(default)]
    pub allow_private_addresses: bool,
    /// How many messages said before come with each turn (0 to 50).
    #[serde(default)]
    pub history_messages: usize,
}

impl HttpSettings {
    /// The time-out, to be checked by the caller.
    pub(super) fn check(&self, problems: &mut Problems) -> u64 {
        history_messages(self.history_messages, problems);
        self.timeout_ms
    }
}
