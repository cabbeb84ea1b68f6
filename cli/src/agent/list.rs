//! `sparkbridge agent list`.

use anyhow::{Context, Result};
use conversation::{AgentSettings, IntakeMode};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use sparkcentral::{Dialect, Region};

use super::command_line;
use super::secret::{Found, Vault};
use crate::output::{self, Align, Table};
use crate::place::Place;

/// Secrets that are read at the same time.
const AT_ONCE: usize = 8;

#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    dialect: Dialect,
    region: Region,
    bot: &'static str,
    mode: IntakeMode,
    paused: bool,
    /// Names; null where the agent has no secret.
    api_tokens: Option<Vec<String>>,
}

pub(crate) async fn run(place: &Place, json: bool) -> Result<()> {
    let agents = place.store().agents().await;
    let agents = agents.context("reading the agents")?;
    let reading = agents
        .into_iter()
        .map(|(name, settings)| listed(place, name, settings));
    let listed: Vec<Listed> = stream::iter(reading)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    if json {
        return output::json(&listed);
    }
    if listed.is_empty() {
        let add = command_line(place, "agent add");
        return output::line(&format!(
            "stage {} has no agents yet: `{add}` registers one",
            place.stage()
        ));
    }
    output::print(&render(&listed))
}

async fn listed(place: &Place, name: String, settings: AgentSettings) -> Result<Listed> {
    let api_tokens = match Vault::of(place, &name).find().await? {
        Found::Here(versions) => {
            let tokens = &versions.current.stored.secret().api_tokens;
            Some(tokens.iter().map(|token| token.name.clone()).collect())
        }
        Found::Nothing | Found::Deleted => None,
    };
    Ok(Listed {
        name,
        dialect: settings.dialect,
        region: settings.region,
        bot: settings.bot.kind(),
        mode: settings.mode,
        paused: settings.paused,
        api_tokens,
    })
}

fn render(agents: &[Listed]) -> String {
    let names = [
        "agent",
        "dialect",
        "region",
        "bot",
        "mode",
        "state",
        "API tokens",
    ];
    let mut table = Table::new(names.map(|name| (name, Align::Left)));
    for agent in agents {
        let tokens = match &agent.api_tokens {
            None => "no secret".to_owned(),
            Some(names) if names.is_empty() => "none".to_owned(),
            Some(names) => names.join(", "),
        };
        table.row([
            agent.name.as_str(),
            agent.dialect.as_str(),
            region(agent.region),
            agent.bot,
            match agent.mode {
                IntakeMode::Inline => "inline",
                IntakeMode::Queued => "queued",
            },
            if agent.paused { "paused" } else { "live" },
            &output::one_line(&tokens),
        ]);
    }
    table.render()
}

fn region(region: Region) -> &'static str {
    match region {
        Region::Us => "us",
        Region::Eu => "eu",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(name: &str, api_tokens: Option<Vec<String>>) -> Listed {
        Listed {
            name: name.into(),
            dialect: Dialect::Inbox,
            region: Region::Eu,
            bot: "script",
            mode: IntakeMode::Queued,
            paused: api_tokens.is_none(),
            api_tokens,
        }
    }

    #[test]
    fn each_agent_has_a_line() {
        let tokens = vec!["bot".to_owned(), "desk\u{1b}[2J".to_owned()];
        let shown = render(&[
            agent("a", Some(tokens)),
            agent("b", Some(vec![])),
            agent("c", None),
        ]);
        assert_eq!(
            shown,
            "agent  dialect  region  bot     mode    state   API tokens\n\
             a      inbox    eu      script  queued  live    bot, desk\\u{1b}[2J\n\
             b      inbox    eu      script  queued  live    none\n\
             c      inbox    eu      script  queued  paused  no secret\n"
        );
    }
}
