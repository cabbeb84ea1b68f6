//! What a bot asks for, beside Sparkcentral's secrets.

use std::path::PathBuf;

use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::secret::{self, Source};

#[derive(clap::Args, Default)]
pub(crate) struct BotSecretArgs {
    /// Make a key that turns to an http or webhook bot are signed with, and print it once.
    #[arg(long, conflicts_with = "signing_key_file")]
    signing_key: bool,
    /// A signing key that there is already (whsec_…).
    #[arg(long, value_name = "FILE")]
    signing_key_file: Option<PathBuf>,
    /// Token that a rasa or webhook bot asks for.
    #[arg(long, value_name = "FILE")]
    bot_token_file: Option<PathBuf>,
    /// Key file of the Google service account of a dialogflow bot.
    #[arg(long, value_name = "FILE")]
    google_service_account_file: Option<PathBuf>,
}

/// What is given of it.
#[derive(Default)]
pub(crate) struct BotSecretsGiven {
    pub(crate) signing_key: Option<SecretString>,
    /// Whether the key was made here, and must be printed.
    pub(crate) signing_key_is_new: bool,
    pub(crate) token: Option<SecretString>,
    pub(crate) google: Option<SecretString>,
}

impl BotSecretArgs {
    /// Where they may come from. Only files count where there was something before.
    pub(crate) fn sources(&self, with_variables: bool) -> [Source<'_>; 3] {
        [
            Source {
                flag: "--signing-key-file",
                file: self.signing_key_file.as_deref(),
                variable: with_variables.then_some("SPARKBRIDGE_SIGNING_KEY"),
            },
            Source {
                flag: "--bot-token-file",
                file: self.bot_token_file.as_deref(),
                variable: with_variables.then_some("SPARKBRIDGE_BOT_TOKEN"),
            },
            Source {
                flag: "--google-service-account-file",
                file: self.google_service_account_file.as_deref(),
                variable: None,
            },
        ]
    }

    /// Reads them, and makes a key if one is asked for.
    pub(crate) fn read(&self, with_variables: bool) -> Result<BotSecretsGiven> {
        let [signing_key, token, google] = self.sources(with_variables);
        let mut given = BotSecretsGiven {
            token: token.read()?,
            google: google.read()?,
            ..BotSecretsGiven::default()
        };
        if self.signing_key {
            given.make_signing_key()?;
        } else {
            given.signing_key = signing_key.read()?;
        }
        Ok(given)
    }
}

impl BotSecretsGiven {
    pub(crate) fn make_signing_key(&mut self) -> Result<()> {
        self.signing_key = Some(secret::signing_key()?);
        self.signing_key_is_new = true;
        Ok(())
    }

    /// The key that was made here.
    pub(crate) fn new_signing_key(&self) -> Option<&SecretString> {
        self.signing_key
            .as_ref()
            .filter(|_| self.signing_key_is_new)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.signing_key.is_none() && self.token.is_none() && self.google.is_none()
    }

    /// Puts what is given into the agent's secret.
    pub(crate) fn put(&self, json: &mut Value) {
        for (field, value) in [
            ("bot_signing_key", &self.signing_key),
            ("bot_token", &self.token),
            ("google_service_account", &self.google),
        ] {
            if let Some(value) = value {
                json[field] = value.expose_secret().into();
            }
        }
    }
}
