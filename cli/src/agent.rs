//! `sparkbridge agent`: an agent's settings go into the table, its secrets into Secrets Manager.

mod secret_file;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use bots::BuildError;
use conversation::{AgentSettings, is_agent_name};
use platform::Store;

use secret_file::Stored;

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
            let secret = secret_file.as_deref().map(Stored::read).transpose()?;
            check_bot(&settings, secret.as_ref(), &aws)?;
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

/// Builds the bot once, so that rules that don't parse are found here and not by a customer.
fn check_bot(
    settings: &AgentSettings,
    secret: Option<&Stored>,
    aws: &aws_config::SdkConfig,
) -> Result<()> {
    let secrets = secret.map(Stored::bot);
    let is_given = secrets.is_some();
    match bots::build(&settings.bot, &secrets.unwrap_or_default(), aws) {
        // The secret in place stays, and can't be judged here.
        Err(BuildError::SigningKeyMissing | BuildError::SecretMissing { .. }) if !is_given => {
            Ok(())
        }
        built => built.map(drop).context("the bot's settings"),
    }
}

async fn put_secret(
    client: &aws_sdk_secretsmanager::Client,
    name: &str,
    secret: &Stored,
) -> Result<()> {
    let put = client
        .put_secret_value()
        .secret_id(name)
        .secret_string(secret.json())
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
        .secret_string(secret.json())
        .send()
        .await
        .with_context(|| format!("creating secret {name}"))?;
    Ok(())
}
