//! `sparkbridge agent edit`: settings in an editor, from a file, or single ones.

mod editor;

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use conversation::AgentSettings;
use secrecy::ExposeSecret;
use serde::Serialize;
use toml::Table;

use super::bot_secrets::{BotSecretArgs, BotSecretsGiven};
use super::prompt::Terminal;
use super::secret::{Found, Source, Stored, Vault};
use super::settings::{self, Assign, Change};
use super::{command_line, known, rotate};
use crate::output;
use crate::place::Place;
use editor::Draft;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the agent.
    name: String,
    /// Replace the settings by those of a file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "unset"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    assign: Assign,
    #[command(flatten)]
    bot_secrets: BotSecretArgs,
    /// With a secret: go on though a rotation is under way; what is old is good no longer.
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Edited<'a> {
    agent: &'a str,
    changed: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_key: Option<&'a str>,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let Args {
        name,
        file,
        assign,
        bot_secrets,
        force,
    } = args;
    Source::check(&bot_secrets.sources(false))?;
    let given = bot_secrets.read(false)?;
    // What is wrong with a file needs no look at the agent.
    let from_file = file.as_deref().map(settings::read).transpose()?;
    let terminal =
        if from_file.is_none() && assign.is_empty() && given.is_empty() {
            let terminal = Terminal::here();
            Some(terminal.context(
                "there is no terminal for an editor: give --file FILE, or --set KEY=VALUE",
            )?)
        } else {
            None
        };
    let store = place.store();
    let read = known(&store, &name).await?;
    let vault = Vault::of(place, &name);
    let secret = secret(place, &name, &vault, &given, force).await?;
    let secrets = secret.as_ref().map(|(stored, _)| stored.bot());
    let check = |settings: AgentSettings| {
        settings::check_bot(&settings, secrets.clone(), place.aws())?;
        Ok(settings)
    };
    let mut draft = None;
    let settings = match (from_file, terminal) {
        (Some(settings), _) => check(settings)?,
        (None, None) => {
            let table = Table::try_from(&read.settings).context("reading the settings")?;
            check(settings::assigned(&table, &assign)?)?
        }
        (None, Some(terminal)) => {
            let text = settings::to_toml(&read.settings)?;
            let (kept, settings) = Draft::edit(&terminal, &name, &text, |text| {
                check(settings::parse(text)?)
            })?;
            draft = Some(kept);
            settings
        }
    };
    let changes = settings::changes(&read.settings, &settings)?;
    if let Some((stored, true)) = &secret {
        vault.put(stored).await?;
    }
    if !changes.is_empty() {
        let saved = store.save_settings(&name, Some(&read), &settings).await;
        let saved = saved.context("saving the settings").and_then(|saved| {
            if saved {
                return Ok(());
            }
            bail!("somebody else changed agent {name} meanwhile: nothing was saved; run the command again")
        });
        saved.map_err(|error| match draft {
            Some(draft) => draft.kept_for(error),
            None => error,
        })?;
    }
    if json {
        return output::json(&Edited {
            agent: &name,
            changed: &changes,
            signing_key: given.new_signing_key().map(ExposeSecret::expose_secret),
        });
    }
    if let Some((_, true)) = &secret {
        output::line(&format!(
            "agent {name}: the bot's secret is saved, in force within five minutes"
        ))?;
    }
    if let Some(key) = given.new_signing_key() {
        let key = key.expose_secret();
        output::print(&format!(
            "\n  {key}\n\nThis signing key is shown only now.\n"
        ))?;
    }
    if changes.is_empty() && !given.is_empty() {
        return Ok(());
    }
    if changes.is_empty() {
        return output::line(&format!("agent {name} is as it was: nothing was changed"));
    }
    let count = output::count(changes.len(), "setting");
    let doctor = command_line(place, &format!("doctor {name}"));
    output::print(&format!(
        "agent {name}: {count} changed, in force within 30 seconds\n{}check it with `{doctor}`\n",
        settings::told(&changes)
    ))
}

/// The agent's secret with what is given for its bot, and whether that makes it another one.
async fn secret(
    place: &Place,
    name: &str,
    vault: &Vault,
    given: &BotSecretsGiven,
    force: bool,
) -> Result<Option<(Stored, bool)>> {
    let Found::Here(versions) = vault.find().await? else {
        if given.is_empty() {
            return Ok(None);
        }
        bail!("agent {name} has no secret: `sparkbridge agent put` gives it one");
    };
    let stored = versions.current.stored.with(|json| given.put(json))?;
    let is_other = stored != versions.current.stored;
    if is_other && !force {
        // A new version is made here too, and the oldest goes.
        rotate::check_none(place, name, &versions).await?;
    }
    Ok(Some((stored, is_other)))
}

/// The error of somebody who gave up.
fn given_up(problem: &anyhow::Error) -> anyhow::Error {
    anyhow!("nothing was changed: {problem:#}")
}
