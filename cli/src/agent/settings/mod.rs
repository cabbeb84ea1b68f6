//! An agent's settings as an operator writes and reads them.

mod assign;
mod difference;
mod file;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use bots::BuildError;
use conversation::{AgentSettings, BotSecrets};

pub(crate) use assign::{Assign, assigned};
pub(crate) use difference::{Change, changes, told};
pub(crate) use file::{of_table, parse, read, table, to_toml};

/// Every setting that is out of bounds, in one line.
pub(crate) fn check(settings: &AgentSettings) -> Result<()> {
    let problems: Vec<String> = settings
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    if !problems.is_empty() {
        bail!("{}", problems.join("; "));
    }
    Ok(())
}

/// Builds the bot once, so that rules that don't parse are found here and not by a customer. Without
/// `secrets` those in place stay, and can't be judged.
pub(crate) fn check_bot(
    settings: &AgentSettings,
    secrets: Option<BotSecrets>,
    aws: &SdkConfig,
) -> Result<()> {
    let is_given = secrets.is_some();
    match bots::build(&settings.bot, &secrets.unwrap_or_default(), aws) {
        Err(BuildError::SigningKeyMissing | BuildError::SecretMissing { .. }) if !is_given => {
            Ok(())
        }
        built => built.map(drop).context("the bot's settings"),
    }
}
