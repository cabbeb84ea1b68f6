//! What is known of the new agent so far.

use anyhow::{Context, Result, bail};
use conversation::AgentSettings;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use toml::{Table, Value};

use super::Args;
use crate::agent::bot_kind::{self, Kind, Use};
use crate::agent::bot_secrets::BotSecretsGiven;
use crate::agent::check_name;
use crate::agent::secret::{self, Source, Stored};
use crate::agent::settings::{self, Assign};
use crate::agent::tokens::Made;

/// What is known so far. Whatever has a form is in it.
pub(crate) struct Given {
    pub(crate) name: Option<String>,
    /// Settings, without what `assign` says.
    table: Table,
    assign: Assign,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) webhook_secret: Option<SecretString>,
    pub(crate) bot: BotSecretsGiven,
    pub(crate) api_tokens: Vec<Made>,
}

const CLIENT_SECRET: &str = "--client-secret-file FILE (or SPARKBRIDGE_CLIENT_SECRET)";
const WEBHOOK_SECRET: &str = "--webhook-secret-file FILE (or SPARKBRIDGE_WEBHOOK_SECRET)";
const SIGNING_KEY: &str =
    "--signing-key (makes one), or --signing-key-file FILE (or SPARKBRIDGE_SIGNING_KEY)";

impl Given {
    /// Reads what the options name.
    pub(crate) fn read(args: Args) -> Result<Self> {
        if let Some(name) = &args.name {
            check_name(name)?;
        }
        let client_secret = Source {
            flag: "--client-secret-file",
            file: args.client_secret_file.as_deref(),
            variable: Some("SPARKBRIDGE_CLIENT_SECRET"),
        };
        let webhook_secret = Source {
            flag: "--webhook-secret-file",
            file: args.webhook_secret_file.as_deref(),
            variable: Some("SPARKBRIDGE_WEBHOOK_SECRET"),
        };
        let [signing_key, token, google] = args.bot_secrets.sources(true);
        Source::check(&[client_secret, webhook_secret, signing_key, token, google])?;
        let client_secret = client_secret.read()?;
        let webhook_secret = webhook_secret.read()?;
        if let Some(secret) = &webhook_secret {
            secret::check_webhook_secret(secret.expose_secret())?;
        }
        let bot = args.bot_secrets.read(true)?;
        Ok(Self {
            table: table(&args)?,
            name: args.name,
            assign: args.assign,
            client_id: args.client_id,
            client_secret,
            webhook_secret,
            bot,
            api_tokens: args
                .api_token
                .iter()
                .map(|wanted| wanted.make())
                .collect::<Result<_>>()?,
        })
    }

    /// Everything that is missing, at once.
    pub(crate) fn check_complete(&self) -> Result<()> {
        let mut missing: Vec<String> = Vec::new();
        let mut need = |there: bool, what: &str| {
            if !there {
                missing.push(what.to_owned());
            }
        };
        need(self.name.is_some(), "NAME");
        need(self.setting(&["region"]).is_some(), "--region us|eu");
        need(self.client_id.is_some(), "--client-id ID");
        need(self.client_secret.is_some(), CLIENT_SECRET);
        need(self.webhook_secret.is_some(), WEBHOOK_SECRET);
        if self
            .setting(&["dialect"])
            .is_some_and(|dialect| dialect == "inbox")
        {
            need(
                self.setting(&["organization_id"]).is_some(),
                "--organization-id ID",
            );
        }
        if let Some(kind) = self.kind() {
            for key in self.missing_of(kind) {
                if key.0 == "url" {
                    need(false, "--bot-url URL");
                } else {
                    need(false, &format!("--set bot.{}=VALUE", key.0));
                }
            }
            need(
                kind.signing_key != Use::Needed || self.bot.signing_key.is_some(),
                SIGNING_KEY,
            );
            need(
                kind.google != Use::Needed || self.bot.google.is_some(),
                "--google-service-account-file FILE",
            );
        }
        if missing.is_empty() {
            return Ok(());
        }
        bail!(
            "missing: {}; give it, or run the command on a terminal, where it asks",
            missing.join(", ")
        )
    }

    /// A setting as far as it is known.
    pub(crate) fn setting(&self, path: &[&str]) -> Option<String> {
        let mut table = self.table.clone();
        // What can't be assigned is told when all of it is checked.
        self.assign.apply(&mut table).ok()?;
        let (last, tables) = path.split_last()?;
        let mut at = &table;
        for key in tables {
            at = at.get(*key)?.as_table()?;
        }
        Some(match at.get(*last)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// The kind of bot; the one that needs nothing, where none was chosen.
    pub(crate) fn kind(&self) -> Option<&'static Kind> {
        let chosen = self.setting(&["bot", "kind"]);
        bot_kind::of(chosen.as_deref().unwrap_or(bot_kind::DEFAULT))
    }

    /// Settings that a kind of bot needs and that are not there, with the question for each.
    pub(crate) fn missing_of(&self, kind: &Kind) -> Vec<(&'static str, &'static str)> {
        let missing = kind
            .settings
            .iter()
            .filter(|(key, _)| self.setting(&["bot", key]).is_none());
        missing.copied().collect()
    }

    /// Answers to questions.
    pub(crate) fn set(&mut self, key: &str, value: String) {
        self.table.insert(key.to_owned(), Value::String(value));
    }

    /// The same for the bot.
    pub(crate) fn set_bot(&mut self, key: &str, value: String) {
        let bot = self
            .table
            .entry("bot")
            .or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(bot) = bot {
            bot.insert(key.to_owned(), Value::String(value));
        }
    }

    /// A bot setting is to be asked for again.
    pub(crate) fn forget_bot(&mut self, key: &str) {
        if let Some(Value::Table(bot)) = self.table.get_mut("bot") {
            bot.remove(key);
        }
    }

    /// The settings, checked.
    pub(crate) fn settings(&self) -> Result<AgentSettings> {
        let mut table = self.table.clone();
        if self.setting(&["bot", "kind"]).is_none() {
            let script = toml::toml! { kind = "script" };
            let bot = table
                .entry("bot")
                .or_insert_with(|| Value::Table(Table::new()));
            bot.as_table_mut()
                .context("bot must be a table")?
                .extend(script);
        }
        settings::assigned(&table, &self.assign)
    }

    /// Settings for trying the credentials: the bot need not be known for it.
    pub(crate) fn account(&self) -> Result<AgentSettings> {
        let mut table = self.table.clone();
        self.assign.apply(&mut table)?;
        let script = toml::toml! { kind = "script" };
        table.insert("bot".into(), Value::Table(script));
        settings::of_table(&table)
    }

    pub(crate) fn credentials(&self) -> Result<(&str, &SecretString)> {
        let id = self
            .client_id
            .as_deref()
            .context("the client id is missing")?;
        let secret = self
            .client_secret
            .as_ref()
            .context("the client secret is missing")?;
        Ok((id, secret))
    }

    /// The secret, checked.
    pub(crate) fn secret(&self) -> Result<Stored> {
        let (id, client_secret) = self.credentials()?;
        let webhook_secret = self
            .webhook_secret
            .as_ref()
            .context("the shared secret is missing")?;
        let tokens: Vec<_> = self.api_tokens.iter().map(|made| json!(made)).collect();
        for (later, made) in self.api_tokens.iter().enumerate() {
            if self
                .api_tokens
                .iter()
                .take(later)
                .any(|earlier| earlier.name == made.name)
            {
                bail!(
                    "two tokens are to be called {:?}: give them different names",
                    made.name
                );
            }
        }
        let mut json = json!({
            "client_id": id,
            "client_secret": client_secret.expose_secret(),
            "webhook_secret": webhook_secret.expose_secret(),
            "api_tokens": tokens,
        });
        self.bot.put(&mut json);
        Stored::of(&json.to_string())
    }
}

/// The settings file with the options over it.
fn table(args: &Args) -> Result<Table> {
    let mut table = match &args.settings {
        Some(file) => settings::table(file)?,
        None => Table::new(),
    };
    let url = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
    for (key, value) in [
        ("region", args.region.clone()),
        ("dialect", args.dialect.clone()),
        ("organization_id", args.organization_id.clone()),
        ("api_base", url(&args.api_base)),
    ] {
        if let Some(value) = value {
            table.insert(key.to_owned(), Value::String(value));
        }
    }
    let bot = [("kind", args.bot.clone()), ("url", url(&args.bot_url))];
    for (key, value) in bot {
        let Some(value) = value else { continue };
        let bot = table
            .entry("bot")
            .or_insert_with(|| Value::Table(Table::new()));
        let bot = bot
            .as_table_mut()
            .context("bot must be a table in the settings")?;
        let before = bot.insert(key.to_owned(), Value::String(value.clone()));
        if key == "kind" && before.is_some_and(|before| before.as_str() != Some(&value)) {
            bail!(
                "--bot {value} is another kind of bot than that in the settings file: leave one of them out"
            );
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests;
