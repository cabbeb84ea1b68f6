//! `sparkbridge channel`: the channels of an agent, their settings and who has access.

mod change;
mod render;

use anyhow::{Context, Result, bail};
use conversation::{Channel, SeenChannel};
use platform::{SavedChannel, Store};
use sparkcentral::MediumId;
use time::OffsetDateTime;

use crate::exports::output;
use crate::exports::place::Place;
use change::Change;

/// Saves tried, when others change the same channel at the same moment.
const MAX_TRIES: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Channels {
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List the channels an agent was heard of on, or that were entered.
    List {
        /// Name of the agent.
        agent: String,
    },
    /// Show a channel's settings and who has access.
    Show {
        /// Name of the agent.
        agent: String,
        /// Sparkcentral's id of the channel.
        channel: String,
    },
    /// Change a channel's settings, or give and take access; what is not named stays.
    Set {
        /// Name of the agent.
        agent: String,
        /// Sparkcentral's id of the channel.
        channel: String,
        /// Enter the channel before its first event told of it.
        #[arg(long)]
        add: bool,
        #[command(flatten)]
        change: Change,
    },
}

pub(crate) async fn run(stage: &str, channels: Channels) -> Result<()> {
    let place = Place::of(stage).await?;
    let client = aws_sdk_dynamodb::Client::new(place.aws());
    let store = Store::new(client, place.conversations_table());
    let json = channels.json;
    match channels.command {
        Command::List { agent } => {
            known(&store, &agent).await?;
            let channels = store.channels(&agent).await;
            let channels = channels.context("reading the channels")?;
            if json {
                return output::json(&channels);
            }
            output::print(&render::list(&channels))
        }
        Command::Show { agent, channel } => {
            known(&store, &agent).await?;
            let saved = read(&store, &agent, &channel).await?;
            let saved = saved.with_context(|| unknown(&agent, &channel))?;
            print(&saved.channel, json)
        }
        Command::Set {
            agent,
            channel,
            add,
            change,
        } => {
            known(&store, &agent).await?;
            let changed = set(&store, &agent, &channel, add, &change).await?;
            print(&changed, json)
        }
    }
}

/// A misspelt agent would look like one without channels.
async fn known(store: &Store, agent: &str) -> Result<()> {
    let settings = store.settings(agent).await;
    if settings.context("reading the agent's settings")?.is_none() {
        bail!("no agent is called {agent:?}; `sparkbridge agent put` registers one");
    }
    Ok(())
}

async fn read(store: &Store, agent: &str, channel: &str) -> Result<Option<SavedChannel>> {
    let read = store.channel(agent, channel).await;
    read.context("reading the channel")
}

fn unknown(agent: &str, channel: &str) -> String {
    format!(
        "agent {agent} has no channel {channel:?}: channels are learned with their first event, and `sparkbridge channel set … --add` enters one before"
    )
}

async fn set(store: &Store, agent: &str, id: &str, add: bool, change: &Change) -> Result<Channel> {
    let now = OffsetDateTime::now_utc();
    let patch = change.patch()?;
    for _ in 0..MAX_TRIES {
        let read = read(store, agent, id).await?;
        let Some(read) = read else {
            if !add {
                bail!(unknown(agent, id));
            }
            let seen = SeenChannel {
                id: id.to_owned(),
                medium: change.medium().map(MediumId::from),
                name: None,
            };
            let channel = changed(patch.apply(&Channel::new(seen, now), now))?;
            let added = store.add_channel(agent, &channel).await;
            if added.context("saving the channel")? {
                return Ok(channel);
            }
            continue;
        };
        if change.medium().is_some() {
            bail!("--medium is for --add only: events told the medium of channel {id:?}");
        }
        let channel = changed(patch.apply(&read.channel, now))?;
        if channel == read.channel {
            return Ok(channel);
        }
        let saved = store.save_channel(agent, &read, channel).await;
        if let Some(saved) = saved.context("saving the channel")? {
            return Ok(saved.channel);
        }
    }
    bail!("others are changing channel {id:?} at this moment; run the command again")
}

fn changed(result: Result<Channel, Vec<conversation::SettingsProblem>>) -> Result<Channel> {
    result.map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", problems.join("; "))
    })
}

fn print(channel: &Channel, json: bool) -> Result<()> {
    if json {
        return output::json(channel);
    }
    output::print(&render::one(channel))
}
