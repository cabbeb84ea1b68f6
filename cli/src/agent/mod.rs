//! `sparkbridge agent`: an agent's settings go into the table, its secrets into Secrets Manager.

mod add;
mod bot_kind;
mod bot_secrets;
mod credentials;
mod edit;
mod list;
mod pause;
mod prompt;
mod put;
mod remove;
mod rotate;
mod secret;
mod settings;
mod show;
mod tokens;
mod when;

use anyhow::{Context, Result, bail};
use conversation::is_agent_name;
use platform::{SavedSettings, Store};

use crate::place::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Register a new agent, step by step: asks on a terminal for what the options leave out.
    Add(Box<add::Args>),
    /// List the agents of the stage.
    List,
    /// Show an agent: settings, which secrets it has and since when, tokens, a rotation under way.
    Show(Named),
    /// Change an agent's settings in an editor, or with --file, --set and --unset.
    Edit(edit::Args),
    /// Give every conversation to people, until `resume`: the bot is not asked.
    Pause(Named),
    /// Ask the bot again.
    Resume(Named),
    /// Replace a secret while the one before stays good, and end that when nobody uses it any more.
    #[command(subcommand)]
    Rotate(rotate::What),
    /// Give out API tokens and take them back, without touching the other secrets.
    #[command(subcommand)]
    Token(tokens::Command),
    /// Remove an agent. Its conversations stay until they expire.
    Remove(remove::Args),
    /// Register an agent from files, or replace it: settings and secret are checked first.
    Put(put::Args),
}

#[derive(clap::Args)]
pub(crate) struct Named {
    /// Name of the agent.
    name: String,
}

pub(crate) async fn run(stage: &str, command: Command, json: bool) -> Result<()> {
    let place = Place::of(stage).await?;
    match command {
        Command::Add(args) => add::run(&place, *args, json).await,
        Command::List => list::run(&place, json).await,
        Command::Show(Named { name }) => show::run(&place, &name, json).await,
        Command::Edit(args) => edit::run(&place, args, json).await,
        Command::Pause(Named { name }) => pause::run(&place, &name, true, json).await,
        Command::Resume(Named { name }) => pause::run(&place, &name, false, json).await,
        Command::Rotate(what) => rotate::run(&place, what, json).await,
        Command::Token(command) => tokens::run(&place, command, json).await,
        Command::Remove(args) => remove::run(&place, args, json).await,
        Command::Put(args) => put::run(&place, args, json).await,
    }
}

fn check_name(name: &str) -> Result<()> {
    if !is_agent_name(name) {
        bail!("{name:?} can't name an agent: use 1 to 64 of a-z, 0-9 and -, not starting with -");
    }
    Ok(())
}

/// The agent's settings, to be changed; there must be an agent of that name.
async fn known(store: &Store, name: &str) -> Result<SavedSettings> {
    check_name(name)?;
    let saved = store.saved_settings(name).await;
    let saved = saved.context("reading the agent's settings")?;
    saved.with_context(|| unknown(name))
}

fn unknown(name: &str) -> String {
    format!(
        "no agent is called {name}: `sparkbridge agent list` lists them, `sparkbridge agent add {name}` registers it"
    )
}

/// A command line that leads to the same stage.
fn command_line(place: &Place, rest: &str) -> String {
    let from_environment = std::env::var("SPARKBRIDGE_STAGE");
    let known = from_environment.unwrap_or_else(|_| "dev".to_owned());
    if known == place.stage() {
        format!("sparkbridge {rest}")
    } else {
        format!("sparkbridge --stage {} {rest}", place.stage())
    }
}
