//! Virtual Agents' Total Conversations against the conversations in which our agents said something.

mod render;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::{Days, NaiveDateTime, TimeDelta};
use platform::Store;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::Args;
use crate::exports::athena::Athena;
use crate::place::Place;

/// Agents of the newest window.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Compared {
    agents: Vec<Agent>,
    /// Virtual agents in the export that are none of ours, as far as their names tell.
    others: Vec<Stated>,
    /// Agents of ours that the export does not have, as far as their names tell.
    missing: Vec<Missing>,
}

/// An agent that both sides know.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Agent {
    /// Our name.
    agent: String,
    #[serde(flatten)]
    stated: Stated,
    /// Conversations in which it said something, in our own table.
    ours: u64,
    agrees: bool,
}

/// A virtual agent of the export, its channels together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Stated {
    agent_id: String,
    agent_name: Option<String>,
    total_conversations: u64,
    /// UTC, as Athena writes it.
    window_from: String,
    window_to: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Missing {
    agent: String,
    ours: u64,
}

/// By agent, the conversations in which it said something.
type Spoken = BTreeMap<String, BTreeSet<String>>;

pub(super) async fn compare(place: &Place, athena: &Athena, args: &Args) -> Result<Compared> {
    let rows = athena.ask(&question(args)).await?.to_json();
    let stated: Vec<Stated> = rows.iter().filter_map(Stated::of).collect();
    let windows: BTreeSet<_> = stated.iter().map(Stated::window).collect();
    let client = aws_sdk_dynamodb::Client::new(place.aws());
    let store = Store::new(client, place.conversations_table());
    let mut spoken = BTreeMap::new();
    for (from, to) in windows {
        let (Some(start), Some(end)) = (moment(&from), moment(&to)) else {
            continue;
        };
        let conversations = store.spoken(start, end).await;
        let conversations = conversations.context("reading our own conversations")?;
        spoken.insert((from, to), conversations);
    }
    Ok(Compared::of(stated, &spoken, &args.agent))
}

/// The newest window's rows: of earlier ones our own table may not have everything any more.
fn question(args: &Args) -> String {
    let before = match args.to.and_then(|day| day.checked_add_days(Days::new(1))) {
        // An end at midnight belongs to the day before.
        Some(day) => format!(" WHERE window_to <= TIMESTAMP '{day} 00:00:00'"),
        None => String::new(),
    };
    format!(
        "SELECT agent_id, max(agent_name) AS agent_name,
  CAST(sum(total_conversations) AS bigint) AS total_conversations,
  CAST(window_from AS varchar) AS window_from, CAST(window_to AS varchar) AS window_to
FROM virtual_agents_latest
WHERE window_to = (SELECT max(window_to) FROM virtual_agents_latest{before})
  AND window_from IS NOT NULL AND agent_id IS NOT NULL
GROUP BY agent_id, window_from, window_to
ORDER BY agent_id"
    )
}

/// A time of an answer; the end of a window may be its last second, which belongs to it.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let mut at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    if at.and_utc().timestamp() % 60 == 59 {
        at += TimeDelta::seconds(1);
    }
    OffsetDateTime::from_unix_timestamp(at.and_utc().timestamp()).ok()
}

impl Stated {
    fn of(row: &Value) -> Option<Self> {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        Some(Self {
            agent_id: text("agent_id")?,
            agent_name: text("agent_name"),
            total_conversations: row["total_conversations"].as_u64().unwrap_or_default(),
            window_from: text("window_from")?,
            window_to: text("window_to")?,
        })
    }

    fn window(&self) -> (String, String) {
        (self.window_from.clone(), self.window_to.clone())
    }

    /// Whether a name is its id or name, whatever the case.
    fn is_called(&self, name: &str) -> bool {
        let names = [Some(&self.agent_id), self.agent_name.as_ref()];
        let mut names = names.into_iter().flatten();
        names.any(|own| own.to_lowercase() == name.to_lowercase())
    }
}

impl Compared {
    /// `named` are pairs of our names and theirs.
    fn of(
        stated: Vec<Stated>,
        spoken: &BTreeMap<(String, String), Spoken>,
        named: &[(String, String)],
    ) -> Self {
        let mut ours: BTreeMap<&str, u64> = BTreeMap::new();
        for (agent, conversations) in spoken.values().flatten() {
            let count = ours.entry(agent).or_default();
            *count = (*count).max(conversations.len() as u64);
        }
        let names = named.iter().map(|(agent, _)| agent.as_str());
        let known: BTreeSet<&str> = ours.keys().copied().chain(names).collect();
        let mut compared = Self::default();
        let mut met = BTreeSet::new();
        for stated in stated {
            let theirs = named.iter().find(|(_, theirs)| stated.is_called(theirs));
            let agent = theirs.map(|(agent, _)| agent.as_str()).or_else(|| {
                let is_named = |agent: &&str| named.iter().any(|(named, _)| named == agent);
                let mut free = known.iter().filter(|agent| !is_named(agent));
                free.find(|agent| stated.is_called(agent)).copied()
            });
            let Some(agent) = agent else {
                compared.others.push(stated);
                continue;
            };
            met.insert(agent.to_owned());
            let conversations = spoken.get(&stated.window()).and_then(|of| of.get(agent));
            let ours = conversations.map_or(0, |conversations| conversations.len() as u64);
            compared.agents.push(Agent {
                agent: agent.to_owned(),
                agrees: ours == stated.total_conversations,
                stated,
                ours,
            });
        }
        let missing = ours.into_iter().filter(|(agent, _)| !met.contains(*agent));
        compared.missing = missing
            .map(|(agent, ours)| Missing {
                agent: agent.to_owned(),
                ours,
            })
            .collect();
        compared
    }

    pub(super) fn differs(&self) -> bool {
        self.agents.iter().any(|agent| !agent.agrees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(id: &str, name: &str, total_conversations: u64) -> Stated {
        Stated {
            agent_id: id.into(),
            agent_name: Some(name.into()),
            total_conversations,
            window_from: "f".into(),
            window_to: "t".into(),
        }
    }

    fn spoken(agents: &[(&str, usize)]) -> BTreeMap<(String, String), Spoken> {
        let of = |count: usize| (0..count).map(|n| format!("c-{n}")).collect();
        let spoken = agents
            .iter()
            .map(|&(agent, count)| (agent.to_owned(), of(count)));
        BTreeMap::from([(("f".to_owned(), "t".to_owned()), spoken.collect())])
    }

    #[test]
    fn agents_meet_by_id_by_name_or_as_they_are_told_to() {
        let named = [("third".to_owned(), "va-3".to_owned())];
        let compared = Compared::of(
            vec![
                stated("va-1", "Shop", 2),
                stated("help", "x", 1),
                stated("va-3", "shop", 4),
            ],
            &spoken(&[("shop", 2), ("help", 2), ("lost", 1)]),
            &named,
        );
        let met: Vec<_> = compared
            .agents
            .iter()
            .map(|agent| (agent.agent.as_str(), agent.ours, agent.agrees))
            .collect();
        assert_eq!(
            met,
            [("shop", 2, true), ("help", 2, false), ("third", 0, false)]
        );
        assert_eq!(
            compared.missing,
            [Missing {
                agent: "lost".into(),
                ours: 1
            }]
        );
        assert!(compared.others.is_empty() && compared.differs());
        assert!(
            compared
                .render()
                .contains("help   x                     1     2  differ")
        );
    }

    #[test]
    fn a_virtual_agent_of_somebody_else_is_no_difference() {
        let compared = Compared::of(vec![stated("va-9", "Other", 5)], &spoken(&[]), &[]);
        assert_eq!(compared.others.len(), 1);
        assert!(!compared.differs());
        assert_eq!(
            Compared::default().render(),
            "virtual agents: nothing to compare\n"
        );
    }

    #[test]
    fn both_engines_times_are_read_and_an_inclusive_end_is_made_exclusive() {
        let at = |text| moment(text).map(OffsetDateTime::unix_timestamp);
        assert_eq!(at("2026-01-01 00:00:00.000"), Some(1_767_225_600));
        assert_eq!(at("2026-01-01 00:00:00"), Some(1_767_225_600));
        assert_eq!(at("2025-12-31 23:59:59"), Some(1_767_225_600));
        assert_eq!(at("soon"), None);
    }
}
