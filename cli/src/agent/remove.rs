//! `sparkbridge agent remove`.

use std::pin::pin;

use anyhow::{Context, Result, bail};
use conversation::{AgentSettings, State};
use futures::StreamExt;
use platform::{SavedSettings, Store, StoreError, Wanted};
use serde::Serialize;
use time::OffsetDateTime;

use super::prompt::Terminal;
use super::secret::{Found, RECOVERY_DAYS, Vault};
use super::{check_name, command_line, unknown, when};
use crate::output;
use crate::place::Place;
use crate::progress;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the agent.
    name: String,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Remove it though conversations are with the bot: nobody answers these any more.
    #[arg(long)]
    force: bool,
}

/// Conversations that the bot has, or had a moment ago.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct WithBot {
    count: usize,
    newest: Option<OffsetDateTime>,
}

#[derive(Serialize)]
struct Removed<'a> {
    agent: &'a str,
    /// How many conversations nobody answers any more.
    conversations_with_bot: usize,
    /// The secret can be restored until then; null where there was none.
    secret_restorable_until: Option<String>,
    /// What was removed, for whoever wants it back.
    settings: Option<&'a AgentSettings>,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let Args { name, yes, force } = args;
    check_name(&name)?;
    let store = place.store();
    let now = OffsetDateTime::now_utc();
    let read = store.saved_settings(&name).await;
    let read = read.context("reading the agent's settings")?;
    let vault = Vault::of(place, &name);
    let has_secret = matches!(vault.find().await?, Found::Here(_));
    if read.is_none() && !has_secret {
        bail!(unknown(&name));
    }
    let with_bot = with_bot(&store, &name, now).await?;
    if with_bot.count > 0 && !force {
        bail!(refusal(place, &name, with_bot, now));
    }
    if !yes && !asked(&name)? {
        bail!("agent {name} was not removed");
    }
    let until = carry_out(&store, &vault, &name, read.as_ref(), has_secret).await?;
    let restorable = until.map(when::moment);
    if json {
        return output::json(&Removed {
            agent: &name,
            conversations_with_bot: with_bot.count,
            secret_restorable_until: restorable,
            settings: read.as_ref().map(|read| &read.settings),
        });
    }
    output::print(&told(place, &name, restorable.as_deref()))
}

/// Settings first: without them nobody looks for the secret. What is left by an error in between is
/// removed by the next try.
async fn carry_out(
    store: &Store,
    vault: &Vault,
    name: &str,
    read: Option<&SavedSettings>,
    has_secret: bool,
) -> Result<Option<OffsetDateTime>> {
    if let Some(read) = read {
        let removed = store.remove_settings(name, read).await;
        if !removed.context("removing the settings")? {
            bail!("somebody changed agent {name} at this moment: nothing was removed");
        }
    }
    if !has_secret {
        return Ok(None);
    }
    let deleted = vault.delete().await;
    deleted.with_context(|| {
        format!("agent {name}'s settings are removed, but not its secret; run the command again")
    })
}

async fn with_bot(store: &Store, name: &str, now: OffsetDateTime) -> Result<WithBot> {
    let wanted = Wanted {
        agent: Some(name.to_owned()),
        ..Wanted::default()
    };
    let looking = progress::spinner("looking for conversations that are with the bot");
    let mut listed = pin!(store.conversations(&wanted, now));
    let mut found = WithBot::default();
    while let Some(listed) = listed.next().await {
        match listed {
            Ok(listed) if is_with_bot(listed.conversation.state) => {
                found.count += 1;
                found.newest = found.newest.max(Some(listed.changed_at));
            }
            Ok(_) => {}
            // Nobody knows whose it is.
            Err(StoreError::Unreadable { .. }) => found.count += 1,
            Err(error) => return Err(error).context("looking for conversations"),
        }
    }
    drop(looking);
    Ok(found)
}

fn is_with_bot(state: State) -> bool {
    match state {
        State::WithBot | State::HandingOver => true,
        State::WithAgent | State::Resolved => false,
    }
}

fn refusal(place: &Place, name: &str, with_bot: WithBot, now: OffsetDateTime) -> String {
    let newest = with_bot
        .newest
        .map(|at| format!(", the newest since {}", when::ago(at, now)));
    let pause = command_line(place, &format!("agent pause {name}"));
    let are = if with_bot.count == 1 { "is" } else { "are" };
    format!(
        "{} {are} with the bot of agent {name}{}: first take the virtual agent out of the channels in Sparkcentral, and let people have them with `{pause}`, or remove it anyway with --force",
        output::count(with_bot.count, "conversation"),
        newest.unwrap_or_default()
    )
}

fn asked(name: &str) -> Result<bool> {
    let Some(terminal) = Terminal::here() else {
        bail!("removing agent {name} must be confirmed: add --yes");
    };
    terminal.say(&format!(
        "Before you go on, take the virtual agent of {name} out of its channels in Sparkcentral, or delete it there:\nfrom now on its webhooks are refused."
    ));
    terminal.confirm(&format!("Remove agent {name}?"), false)
}

fn told(place: &Place, name: &str, restorable: Option<&str>) -> String {
    let secret = match restorable {
        Some(until) => format!(
            "Its secret is deleted; for {RECOVERY_DAYS} days, until {until}, Secrets Manager can give it back:\n  aws secretsmanager restore-secret --secret-id {}\n",
            place.agent_secret(name)
        ),
        None => "It had no secret.\n".to_owned(),
    };
    let add = command_line(place, &format!("agent add {name}"));
    format!(
        "agent {name} is removed: its webhooks are refused from now on, at the latest in 30 seconds\n{secret}\
         Its conversations stay until they expire, and its channels' settings stay; `{add}` registers an agent of that name anew.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_on_its_way_to_people_still_needs_its_agent() {
        for (state, with_bot) in [
            (State::WithBot, true),
            (State::HandingOver, true),
            (State::WithAgent, false),
            (State::Resolved, false),
        ] {
            assert_eq!(is_with_bot(state), with_bot);
        }
    }
}
