//! `sparkbridge conversation`: look at conversations, and act on them.

mod act;
mod api;
mod entry;
mod list;
mod moment;
mod show;
mod tail;
mod told;
mod wait;

use anyhow::{Context, Result, bail};
use clap::builder::NonEmptyStringValueParser;
use conversation::is_agent_name;
use platform::Store;

use crate::place::Place;
use api::Api;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List conversations, the newest change first.
    ///
    /// Reads the whole table, because it has no index by time: 128 read units for each MiB, which is
    /// about 0.02 US dollars for each GiB. Filters make the list shorter, not the reading.
    List(list::Args),
    /// Show what happened to a conversation: who it is with, and everything said with its delivery.
    Show(show::Args),
    /// Follow what is said in a conversation, or in all of an agent's.
    ///
    /// Each entry is printed when it comes, and a line more when its outcome or delivery changes. Ends
    /// with Ctrl-C. Without ID the whole table is read each time, as by `list`: for a big one, look
    /// seldom (--every 1m), or follow one conversation.
    Tail(tail::Args),
    /// Reply to the contact as an operator.
    Reply(act::Reply),
    /// Ask people to take over.
    Handover(act::Handover),
    /// Resolve.
    Resolve(act::Resolve),
}

/// One conversation.
#[derive(clap::Args)]
pub(crate) struct One {
    /// Name of the agent.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) agent: String,
    /// Sparkcentral's id of the conversation.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

pub(crate) async fn run(stage: &str, command: Command, json: bool) -> Result<()> {
    let place = async || Place::of(stage).await;
    let api = async || Api::of(&place().await?).await;
    match command {
        Command::List(args) => list::run(&place().await?.store(), &args, json).await,
        Command::Show(args) => show::run(&api().await?, &args, json).await,
        Command::Tail(args) => tail::run(&place().await?, &args, json).await,
        Command::Reply(args) => {
            let text = args.text()?;
            act::reply(&api().await?, &args, &text, json).await
        }
        Command::Handover(args) => act::hand_over(&api().await?, &args, json).await,
        Command::Resolve(args) => act::resolve(&api().await?, &args, json).await,
    }
}

/// A misspelt agent would look like one of which nothing is known.
pub(crate) async fn known_agent(store: &Store, agent: &str) -> Result<()> {
    let settings = match is_agent_name(agent) {
        true => store.settings(agent).await,
        false => Ok(None),
    };
    if settings.context("reading the agent's settings")?.is_none() {
        bail!(no_agent(agent));
    }
    Ok(())
}

fn no_agent(agent: &str) -> String {
    format!("no agent is called {agent:?}: `sparkbridge agent list` lists those there are")
}
