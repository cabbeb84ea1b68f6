//! `sparkbridge agent put`: an agent as files say, for whoever keeps it in version control.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;

use super::secret::{Found, Stored, Vault};
use super::{check_name, command_line, rotate, settings};
use crate::output;
use crate::place::Place;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the agent, as in its webhook URL: a-z, 0-9 and -.
    name: String,
    /// Settings, TOML; see docs/agents.md.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Secrets, JSON; see docs/agents.md. Left out: the secret stays as it is.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Put {
    agent: String,
    webhook_path: String,
    secret: Kept,
    /// What a version of before stops being good for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dropped: Vec<String>,
}

/// What became of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Unchanged,
    Created,
    Replaced,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let Args {
        name,
        file,
        secret_file,
    } = args;
    check_name(&name)?;
    let settings = settings::read(&file)?;
    let secret = secret_file.as_deref().map(Stored::read).transpose()?;
    settings::check_bot(&settings, secret.as_ref().map(Stored::bot), place.aws())?;
    let vault = Vault::of(place, &name);
    let (kept, dropped) = match &secret {
        Some(secret) => put_secret(&vault, secret).await?,
        None => (Kept::Unchanged, Vec::new()),
    };
    let saved = place.store().put_settings(&name, &settings).await;
    saved.context("saving the settings")?;
    let put = Put {
        webhook_path: format!("/webhooks/{name}"),
        agent: name,
        secret: kept,
        dropped,
    };
    if json {
        return output::json(&put);
    }
    let Put {
        agent,
        webhook_path,
        dropped,
        ..
    } = &put;
    output::line(&format!(
        "agent {agent} is registered; its webhook path is {webhook_path}"
    ))?;
    for part in dropped {
        output::line(&format!(
            "{part} of before the last rotation is not good any more"
        ))?;
    }
    if kept == Kept::Replaced {
        let show = command_line(place, &format!("agent show {agent}"));
        output::line(&format!(
            "the secret of before stays good as the previous version: `{show}` tells when it was last used"
        ))?;
    }
    Ok(())
}

/// The same secret again makes no new version: it would end a rotation.
async fn put_secret(vault: &Vault, secret: &Stored) -> Result<(Kept, Vec<String>)> {
    let found = vault.find().await?;
    let Found::Here(versions) = &found else {
        vault.begin(&found, secret).await?;
        return Ok((Kept::Created, Vec::new()));
    };
    if versions.current.stored == *secret {
        return Ok((Kept::Unchanged, Vec::new()));
    }
    let dropped = rotate::differing(versions)
        .iter()
        .map(rotate::name)
        .collect();
    vault.put(secret).await?;
    Ok((Kept::Replaced, dropped))
}
