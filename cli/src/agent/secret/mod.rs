//! An agent's secret: as it is stored, where it comes from, and Secrets Manager, which has it.

mod file;
mod fresh;
mod given;
mod vault;

use std::fmt;

use anyhow::Result;
use conversation::{AgentSecret, BotSecrets};
use serde_json::Value;

pub(crate) use file::check_webhook_secret;
pub(crate) use fresh::{signing_key, token};
pub(crate) use given::{Source, from_file};
#[cfg(test)]
pub(crate) use vault::Version;
pub(crate) use vault::{Found, RECOVERY_DAYS, Vault, Versions};

/// The secret as it is stored.
pub(crate) struct Stored {
    json: Value,
    secret: AgentSecret,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").finish_non_exhaustive()
    }
}

/// Whether both are the same secret, whatever the order of their fields.
impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Stored {
    /// The JSON, for Secrets Manager.
    pub(crate) fn json(&self) -> String {
        self.json.to_string()
    }

    /// As the functions read it.
    pub(crate) fn secret(&self) -> &AgentSecret {
        &self.secret
    }

    /// What of it the bot needs.
    pub(crate) fn bot(&self) -> BotSecrets {
        self.secret.bot()
    }

    /// Names of the fields that it has.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let fields = self.json.as_object();
        fields
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The same with other values, checked.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Value)) -> Result<Self> {
        let mut json = self.json.clone();
        change(&mut json);
        Self::of(&json.to_string())
    }
}
