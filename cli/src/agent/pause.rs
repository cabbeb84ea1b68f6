//! `sparkbridge agent pause` and `resume`.

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::{command_line, known};
use crate::output;
use crate::place::Place;

/// Saves tried, when others change the same agent at the same moment.
const MAX_TRIES: usize = 5;

#[derive(Serialize)]
struct Paused<'a> {
    agent: &'a str,
    paused: bool,
    /// Whether it was otherwise before.
    changed: bool,
}

pub(crate) async fn run(place: &Place, name: &str, paused: bool, json: bool) -> Result<()> {
    let changed = set(place, name, paused).await?;
    if json {
        return output::json(&Paused {
            agent: name,
            paused,
            changed,
        });
    }
    let resume = command_line(place, &format!("agent resume {name}"));
    output::line(&match (paused, changed) {
        (true, true) => format!(
            "agent {name} is paused: within 30 seconds the bot is not asked any more, and each conversation in which something happens goes to people (agent_paused); `{resume}` ends it"
        ),
        (true, false) => format!("agent {name} was paused already; `{resume}` ends it"),
        (false, true) => format!(
            "agent {name} is live: within 30 seconds the bot is asked again; conversations that went to people stay with them"
        ),
        (false, false) => format!("agent {name} was not paused"),
    })
}

async fn set(place: &Place, name: &str, paused: bool) -> Result<bool> {
    let store = place.store();
    for _ in 0..MAX_TRIES {
        let read = known(&store, name).await?;
        if read.settings.paused == paused {
            return Ok(false);
        }
        let mut settings = read.settings.clone();
        settings.paused = paused;
        let saved = store.save_settings(name, Some(&read), &settings).await;
        if saved.context("saving the settings")? {
            return Ok(true);
        }
    }
    bail!("others are changing agent {name} at this moment: run the command again")
}
