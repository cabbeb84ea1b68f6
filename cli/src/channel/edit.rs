//! `sparkbridge channel edit`: changing a channel, and saying what changed.

use anyhow::{Context, Result, anyhow, bail};
use conversation::{Channel, ChannelPatch, SeenChannel, SettingsProblem};
use platform::Store;
use serde_json::json;
use sparkcentral::MediumId;
use time::OffsetDateTime;

use super::change::Change;
use super::render::{changes, one};
use super::{One, read, unknown};
use crate::conversation::known_agent;
use crate::output;

/// Saves tried, when others change the same channel at the same moment.
const MAX_TRIES: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    one: One,
    /// Enter the channel before its first event told of it.
    #[arg(long)]
    add: bool,
    #[command(flatten)]
    change: Change,
}

impl Args {
    /// The change, after a look at whether it is one.
    pub(crate) fn patch(&self) -> Result<ChannelPatch> {
        let patch = self.change.patch()?;
        if patch.is_empty() && !self.add {
            bail!(
                "nothing to change is named: give --display-name, --user or another of `sparkbridge channel edit --help`"
            );
        }
        Ok(patch)
    }
}

/// A channel before and after.
struct Edited {
    /// `None`: it was entered.
    before: Option<Channel>,
    after: Channel,
}

pub(crate) async fn run(
    store: &Store,
    args: &Args,
    patch: &ChannelPatch,
    json: bool,
) -> Result<()> {
    known_agent(store, &args.one.agent).await?;
    let Edited { before, after } = edit(store, args, patch).await?;
    if json {
        return output::json(&json!({ "before": before, "after": after }));
    }
    match before {
        Some(before) => output::print(&changes(&before, &after)),
        None => output::print(&format!("entered\n\n{}", one(&after))),
    }
}

async fn edit(store: &Store, args: &Args, patch: &ChannelPatch) -> Result<Edited> {
    let Args { one, add, change } = args;
    let now = OffsetDateTime::now_utc();
    for _ in 0..MAX_TRIES {
        let Some(read) = read(store, one).await? else {
            if !add {
                bail!(unknown(one));
            }
            let seen = SeenChannel {
                id: one.channel.clone(),
                medium: change.medium().map(MediumId::from),
                name: None,
            };
            let after = applied(patch.apply(&Channel::new(seen, now), now))?;
            let added = store.add_channel(&one.agent, &after).await;
            if added.context("saving the channel")? {
                let before = None;
                return Ok(Edited { before, after });
            }
            continue;
        };
        if change.medium().is_some() {
            bail!(
                "--medium is for --add only: events told the medium of channel {:?}",
                one.channel
            );
        }
        let before = Some(read.channel.clone());
        let after = applied(patch.apply(&read.channel, now))?;
        if after == read.channel {
            return Ok(Edited { before, after });
        }
        let saved = store.save_channel(&one.agent, &read, after).await;
        if let Some(saved) = saved.context("saving the channel")? {
            let after = saved.channel;
            return Ok(Edited { before, after });
        }
    }
    bail!(
        "others are changing channel {:?} at this moment; run the command again",
        one.channel
    )
}

fn applied(result: Result<Channel, Vec<SettingsProblem>>) -> Result<Channel> {
    result.map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow!("{}", problems.join("; "))
    })
}
