//! What an erasure leaves: counts, and nothing that names a person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::output::{Align, Table, number};

/// The receipt of an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    /// `begun`, `done` or `unfinished`. One that stays `begun` is of a run that was killed.
    pub(crate) state: String,
    /// RFC 3339, UTC.
    pub(crate) begun_at: String,
    #[serde(default)]
    pub(crate) ended_at: Option<String>,
    /// Who asked for it.
    pub(crate) operator: String,
    /// Conversations that were found.
    pub(crate) conversations: u64,
    /// What was removed.
    pub(crate) removed: Removed,
    /// Other contacts that have one of the identifiers too, and keep it.
    pub(crate) other_contacts_with_an_identifier: u64,
    /// What could not be done, and what to do.
    pub(crate) open: Vec<String>,
}

/// What was removed, by store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Removed {
    /// Items of the conversations' table: states, events, replies.
    pub(crate) table_items: u64,
    /// By queue: messages.
    pub(crate) queue_messages: BTreeMap<String, u64>,
    /// By table: rows.
    pub(crate) rows: BTreeMap<String, u64>,
    /// Files in raw/ that were written anew.
    pub(crate) raw_rewritten: u64,
    /// Rows that are in them no more, rejected ones included.
    pub(crate) raw_rows: u64,
    /// Files that were removed whole, since their rows can't be told apart or are not needed any more.
    pub(crate) raw_files: u64,
    pub(crate) inbox_files: u64,
    pub(crate) quarantined_files: u64,
    /// Answers of queries.
    pub(crate) query_results: u64,
}

impl Removed {
    /// Lines of store and count, without those that are 0.
    fn lines(&self) -> Vec<(String, u64)> {
        let mut lines = vec![(
            "items of the conversations' table".to_owned(),
            self.table_items,
        )];
        let queues = self.queue_messages.iter();
        lines.extend(queues.map(|(queue, count)| (format!("messages of {queue}"), *count)));
        let rows = self.rows.iter();
        lines.extend(rows.map(|(table, count)| (format!("rows of {table}"), *count)));
        lines.extend([
            ("rows of files in raw/".to_owned(), self.raw_rows),
            ("whole files in raw/".to_owned(), self.raw_files),
            ("whole files in inbox/".to_owned(), self.inbox_files),
            (
                "whole files in quarantine/".to_owned(),
                self.quarantined_files,
            ),
            ("answers of queries".to_owned(), self.query_results),
        ]);
        lines.retain(|(_, count)| *count > 0);
        lines
    }
}

/// What no erasure here reaches.
const OUTSIDE: &str = "\
Not reached from here: Sparkcentral itself, whose next exports bring the contact back unless it is erased there
too; backups of the tables (point-in-time recovery), up to 35 days; logs, which name conversations and no contact;
copies of files and answers outside the account. See docs/privacy.md.\n";

impl Receipt {
    /// For people.
    pub(crate) fn render(&self) -> String {
        let mut table = Table::new([("removed", Align::Right), ("what", Align::Left)]);
        let lines = self.removed.lines();
        for (what, count) in &lines {
            table.row([&number(*count), what]);
        }
        let mut text = match lines.is_empty() {
            true => "nothing was found\n".to_owned(),
            false => table.render(),
        };
        text.push_str(&format!("conversations: {}\n", number(self.conversations)));
        if self.other_contacts_with_an_identifier > 0 {
            text.push_str(&format!(
                "{} other contacts have one of the identifiers too and keep it\n",
                number(self.other_contacts_with_an_identifier)
            ));
        }
        for open in &self.open {
            text.push_str(&format!("open: {open}\n"));
        }
        text.push_str(OUTSIDE);
        text
    }
}

/// One line per receipt.
pub(crate) fn list(receipts: &[(String, Receipt)]) -> String {
    let mut table = Table::new([
        ("receipt", Align::Left),
        ("state", Align::Left),
        ("conversations", Align::Right),
        ("removed", Align::Right),
        ("operator", Align::Left),
    ]);
    for (id, receipt) in receipts {
        let removed = receipt.removed.lines().iter().map(|(_, count)| count).sum();
        table.row([
            id.as_str(),
            &receipt.state,
            &number(receipt.conversations),
            &number(removed),
            &receipt.operator,
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_says_what_was_removed_and_what_is_open() {
        let receipt = Receipt {
            removed: Removed {
                table_items: 3,
                rows: BTreeMap::from([("messages".into(), 1200)]),
                ..Removed::default()
            },
            open: vec!["one file".into()],
            ..Receipt::default()
        };
        let text = receipt.render();
        assert!(
            text.contains("      3  items of the conversations' table\n"),
            "{text}"
        );
        assert!(text.contains("  1,200  rows of messages\n"), "{text}");
        assert!(text.contains("open: one file\n"), "{text}");
        assert!(
            Receipt::default()
                .render()
                .starts_with("nothing was found\n")
        );
        let stored = serde_json::to_string(&receipt).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&stored).unwrap(), receipt);
    }
}
