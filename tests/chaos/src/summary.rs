//! What a run came to, on a page.

use std::{collections::BTreeMap, fmt::Write};

use crate::{logs::Signed, run::Ran};

/// Webhooks of one agent in a few seconds, by the version of the secret that had signed them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fading {
    pub from_secs: u64,
    pub with_new: u64,
    pub with_old: u64,
}

/// How an old secret went out of use, in steps of so many seconds.
pub fn fading(signed: &[Signed], agent: &str, step_secs: u64) -> Vec<Fading> {
    let mut steps: BTreeMap<u64, Fading> = BTreeMap::new();
    for one in signed.iter().filter(|one| one.agent == agent) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds of a run"
        )]
        let from_secs = one.at_secs as u64 / step_secs * step_secs;
        let step = steps.entry(from_secs).or_default();
        step.from_secs = from_secs;
        if one.with_old {
            step.with_old += 1;
        } else {
            step.with_new += 1;
        }
    }
    steps.into_values().collect()
}

impl Ran {
    /// The table that is printed.
    pub fn summary(&self) -> String {
        let mut page = String::new();
        let mut line = |name: &str, value: String| {
            // A String takes everything.
            let _ = writeln!(page, "  {name:<44} {value:>9}");
        };
        line("seed", self.seed.0.to_string());
        line("messages", self.messages.to_string());
        line("conversations", self.conversations.to_string());
        line("export files", self.files.to_string());
        for (name, count) in &self.counts {
            line(name, count.to_string());
        }
        line("load, s", self.load.as_secs().to_string());
        line("until at rest, s", self.settling.as_secs().to_string());
        line("all, s", self.all.as_secs().to_string());
        line("violations", self.violations.len().to_string());
        page.push_str(&self.old_secrets());
        for violation in &self.violations {
            let _ = write!(page, "\nseed {}: {violation}", self.seed.0);
        }
        page
    }

    /// Old webhook secrets going out of use: webhooks signed with the new and the old one in each ten seconds.
    fn old_secrets(&self) -> String {
        let mut agents: Vec<&str> = self
            .signed
            .iter()
            .filter(|one| one.with_old)
            .map(|one| one.agent.as_str())
            .collect();
        agents.sort_unstable();
        agents.dedup();
        let mut page = String::new();
        for agent in agents {
            let steps: Vec<String> = fading(&self.signed, agent, 10)
                .iter()
                .map(|step| format!("{}/{}", step.with_new, step.with_old))
                .collect();
            let _ = writeln!(
                page,
                "  secrets of {agent}, new/old each 10 s: {}",
                steps.join(" ")
            );
        }
        page
    }
}
