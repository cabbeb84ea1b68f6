//! `sparkbridge exports reconcile`: the exports against each other, and against our own conversations.

mod agents;
mod messages;

use anyhow::{Result, bail, ensure};
use chrono::NaiveDate;
use serde::Serialize;

use super::athena::Athena;
use crate::output;
use crate::place::Place;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The first day of the conversations that are compared, as YYYY-MM-DD in UTC. Left out: as far back
    /// as there are messages.
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// The last day. Left out: as far as all tables reach.
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    /// Conversations that are listed of each kind of difference.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    /// Which virtual agent of Sparkcentral (its id or name there) an agent is, where it is called
    /// otherwise; may be given several times.
    #[arg(long, value_name = "AGENT=VIRTUAL_AGENT", value_parser = pair)]
    agent: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .filter(|(ours, theirs)| !ours.is_empty() && !theirs.is_empty());
    let (ours, theirs) = pair.ok_or("write AGENT=VIRTUAL_AGENT, like shop=\"Shop bot\"")?;
    Ok((ours.to_owned(), theirs.to_owned()))
}

#[derive(Serialize)]
struct Reconciled {
    messages: messages::Compared,
    virtual_agents: agents::Compared,
    differs: bool,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    if let (Some(from), Some(to)) = (args.from, args.to) {
        ensure!(
            from <= to,
            "--from {from} is after --to {to}: give the earlier day first"
        );
    }
    let athena = Athena::of(place).await?;
    let messages = messages::compare(&athena, &args).await?;
    let virtual_agents = agents::compare(place, &athena, &args).await?;
    let differs = messages.differs() || virtual_agents.differs();
    let reconciled = Reconciled {
        messages,
        virtual_agents,
        differs,
    };
    if json {
        output::json(&reconciled)?;
    } else {
        output::print(&reconciled.messages.render())?;
        output::print(&reconciled.virtual_agents.render())?;
    }
    if differs {
        bail!("the exports differ: `sparkbridge exports status` says whether files are missing");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_two_sides() {
        assert_eq!(
            pair("shop=Shop = bot"),
            Ok(("shop".into(), "Shop = bot".into()))
        );
        for wrong in ["shop", "=x", "shop=", ""] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
