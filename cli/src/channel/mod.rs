//! `sparkbridge channel`: the channels of an agent, their settings and who has access.

mod change;
mod edit;
mod render;

use anyhow::{Context, Result};
use clap::builder::NonEmptyStringValueParser;
use platform::{SavedChannel, Store};

use crate::conversation::known_agent;
use crate::output;
use crate::place::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the channels an agent was heard of on, or that were entered.
    List {
        /// Name of the agent.
        agent: String,
    },
    /// Show a channel's settings and who has access.
    Show {
        #[command(flatten)]
        one: One,
    },
    /// Change a channel's settings, or give and take access; what is not named stays.
    ///
    /// Says what changed. With --json, the channel before (null if it was entered now) and after.
    #[command(alias = "set")]
    Edit(edit::Args),
}

/// One channel.
#[derive(clap::Args)]
pub(crate) struct One {
    /// Name of the agent.
    agent: String,
    /// Sparkcentral's id of the channel.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    channel: String,
}

pub(crate) async fn run(stage: &str, command: Command, json: bool) -> Result<()> {
    let place = async || Place::of(stage).await;
    match command {
        Command::List { agent } => list(&place().await?.store(), &agent, json).await,
        Command::Show { one } => show(&place().await?.store(), &one, json).await,
        Command::Edit(args) => {
            let patch = args.patch()?;
            edit::run(&place().await?.store(), &args, &patch, json).await
        }
    }
}

async fn list(store: &Store, agent: &str, json: bool) -> Result<()> {
    known_agent(store, agent).await?;
    let channels = store
        .channels(agent)
        .await
        .context("reading the channels")?;
    if json {
        return output::json(&channels);
    }
    output::print(&render::list(&channels))
}

async fn show(store: &Store, one: &One, json: bool) -> Result<()> {
    known_agent(store, &one.agent).await?;
    let saved = read(store, one).await?.with_context(|| unknown(one))?;
    if json {
        return output::json(&saved.channel);
    }
    output::print(&render::one(&saved.channel))
}

async fn read(store: &Store, one: &One) -> Result<Option<SavedChannel>> {
    let read = store.channel(&one.agent, &one.channel).await;
    read.context("reading the channel")
}

fn unknown(one: &One) -> String {
    let One { agent, channel } = one;
    format!(
        "agent {agent} has no channel {channel:?}: `sparkbridge channel list {agent}` lists those it has; \
         channels are learned with their first event, and `sparkbridge channel edit … --add` enters one before"
    )
}
