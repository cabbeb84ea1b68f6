//! `sparkbridge agent`: an agent's settings go into the table, its secrets into Secrets Manager.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use conversation::{AgentSettings, ApiToken, Role, is_agent_name};
use platform::Store;
use secrecy::SecretString;
use serde::Deserialize;
use sparkcentral::{SecretVersion, WebhookSecret};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Register an agent, or change one: settings and secret are checked first, then replaced.
    Put {
        /// Name of the agent, as in its webhook URL: a-z, 0-9 and -.
        name: String,
        /// Settings, TOML; see docs/agents.md.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Secrets, JSON; see docs/agents.md. Left out: the secret stays as it is.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Print an agent's settings as JSON. Secrets are never printed.
    Show {
        /// Name of the agent.
        name: String,
    },
}

/// The secret file: as stored, but API tokens may be given in plain, and are stored hashed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    webhook_secret: String,
    client_id: String,
    client_secret: String,
    #[serde(default)]
    bot_signing_key: Option<String>,
    #[serde(default)]
    api_tokens: Vec<TokenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    name: String,
    role: Role,
    #[serde(default)]
    token: Option<SecretString>,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    channels: Option<Vec<String>>,
}

pub(crate) async fn run(stage: &str, command: Command) -> Result<()> {
    let aws = aws_config::load_from_env().await;
    let table = format!("sparkbridge-{stage}-conversations");
    let store = Store::new(aws_sdk_dynamodb::Client::new(&aws), table);
    match command {
        Command::Put {
            name,
            file,
            secret_file,
        } => {
            if !is_agent_name(&name) {
                bail!(
                    "{name:?} can't name an agent: use 1 to 64 of a-z, 0-9 and -, not starting with -"
                );
            }
            let settings = read_settings(&file)?;
            let secret = secret_file.as_ref().map(read_secret).transpose()?;
            check_bot(&settings, secret.as_ref())?;
            if let Some(secret) = &secret {
                let client = aws_sdk_secretsmanager::Client::new(&aws);
                put_secret(
                    &client,
                    &format!("sparkbridge/{stage}/agents/{name}"),
                    secret,
                )
                .await?;
            }
            store
                .put_settings(&name, &settings)
                .await
                .context("saving the settings")?;
            println!("agent {name} is registered; its webhook path is /webhooks/{name}");
        }
        Command::Show { name } => {
            let settings = store
                .settings(&name)
                .await
                .context("reading the settings")?;
            let settings = settings.with_context(|| {
                format!("no agent is called {name}; `sparkbridge agent put` registers one")
            })?;
            println!("{}", serde_json::to_string_pretty(&settings)?);
        }
    }
    Ok(())
}

fn read_settings(file: &PathBuf) -> Result<AgentSettings> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let settings: AgentSettings =
        toml::from_str(&text).with_context(|| format!("settings in {}", file.display()))?;
    let problems: Vec<_> = settings
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    if !problems.is_empty() {
        bail!("settings in {}: {}", file.display(), problems.join("; "));
    }
    Ok(settings)
}

/// The secret as it is stored. Messages name fields and places, never values.
fn read_secret(file: &PathBuf) -> Result<serde_json::Value> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    let secret: SecretFile = serde_json::from_str(&text).map_err(|error| {
        // Of serde's messages only those that name a field: others quote the value.
        let what = error.to_string();
        let named = what.starts_with("missing field") || what.starts_with("unknown field");
        let what = if named {
            what.as_str()
        } else {
            "not the expected JSON"
        };
        let (line, column) = (error.line(), error.column());
        anyhow!("secrets in {shown}, line {line}, column {column}: {what}; see docs/agents.md")
    })?;
    WebhookSecret::from_hex(SecretVersion::Current, &secret.webhook_secret)
        .with_context(|| format!("webhook_secret in {shown}"))?;
    let tokens: Vec<ApiToken> = secret
        .api_tokens
        .into_iter()
        .map(|entry| {
            let sha256 = match (&entry.token, entry.sha256) {
                (Some(token), None) => ApiToken::hash(token),
                (None, Some(hash))
                    if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) =>
                {
                    hash.to_ascii_lowercase()
                }
                (None, Some(_)) => bail!(
                    "token {:?} in {shown}: sha256 must be 64 hex digits",
                    entry.name
                ),
                _ => bail!(
                    "token {:?} in {shown}: give either token or sha256",
                    entry.name
                ),
            };
            Ok(ApiToken {
                name: entry.name,
                sha256,
                role: entry.role,
                channels: entry.channels,
            })
        })
        .collect::<Result<_>>()?;
    let mut stored = serde_json::json!({
        "webhook_secret": secret.webhook_secret.trim(),
        "client_id": secret.client_id,
        "client_secret": secret.client_secret,
        "api_tokens": tokens,
    });
    if let Some(key) = secret.bot_signing_key {
        stored["bot_signing_key"] = key.into();
    }
    Ok(stored)
}

/// Builds the bot once, so that rules that don't parse are found here and not by a customer.
fn check_bot(settings: &AgentSettings, secret: Option<&serde_json::Value>) -> Result<()> {
    let key = secret
        .and_then(|secret| secret["bot_signing_key"].as_str())
        .map(SecretString::from);
    // Without a secret file the key in place stays, and can't be judged here.
    if secret.is_none() && matches!(settings.bot, conversation::BotSettings::Http { .. }) {
        return Ok(());
    }
    bots::build(&settings.bot, key.as_ref()).context("the bot's settings")?;
    Ok(())
}

async fn put_secret(
    client: &aws_sdk_secretsmanager::Client,
    name: &str,
    secret: &serde_json::Value,
) -> Result<()> {
    let put = client
        .put_secret_value()
        .secret_id(name)
        .secret_string(secret.to_string())
        .send()
        .await;
    let Err(error) = put else {
        return Ok(());
    };
    let missing = error
        .as_service_error()
        .is_some_and(aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError::is_resource_not_found_exception);
    if !missing {
        return Err(error).with_context(|| format!("saving secret {name}"));
    }
    client
        .create_secret()
        .name(name)
        .description("Sparkbridge: secrets of one agent")
        .secret_string(secret.to_string())
        .send()
        .await
        .with_context(|| format!("creating secret {name}"))?;
    Ok(())
}
