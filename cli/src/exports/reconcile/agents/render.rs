//! The comparison for people.

use super::{Compared, Stated};
use crate::output::{Align, Table, number, visible};

impl Compared {
    pub(in super::super) fn render(&self) -> String {
        let Some(stated) = self
            .agents
            .first()
            .map(|agent| &agent.stated)
            .or(self.others.first())
        else {
            return "virtual agents: nothing to compare\n".to_owned();
        };
        let mut text = format!(
            "virtual agents against our own conversations, from {} to {} UTC\n",
            stated.window_from, stated.window_to
        );
        let mut table = Table::new([
            ("agent", Align::Left),
            ("virtual agent", Align::Left),
            ("exported", Align::Right),
            ("ours", Align::Right),
            ("", Align::Left),
        ]);
        let named = |stated: &Stated| match &stated.agent_name {
            Some(name) => visible(name),
            None => visible(&stated.agent_id),
        };
        for agent in &self.agents {
            table.row([
                agent.agent.as_str(),
                &named(&agent.stated),
                &number(agent.stated.total_conversations),
                &number(agent.ours),
                if agent.agrees { "agree" } else { "differ" },
            ]);
        }
        for other in &self.others {
            let exported = number(other.total_conversations);
            table.row(["-", &named(other), &exported, "", "not ours, or --agent"]);
        }
        for missing in &self.missing {
            let ours = number(missing.ours);
            table.row([
                missing.agent.as_str(),
                "-",
                "",
                &ours,
                "not there, or --agent",
            ]);
        }
        text.push_str(&table.render());
        text
    }
}
