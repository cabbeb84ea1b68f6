//! What of a transcript was not told yet.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::conversation::entry::{headline, shown};
use crate::conversation::told::{Entry, without_text};
use crate::output::visible;

/// What was told of each conversation.
pub(super) struct News {
    known: HashMap<String, Known>,
    /// Entries of before are no news, also in a conversation that is seen for the first time.
    since: OffsetDateTime,
}

#[derive(Default)]
struct Known {
    version: Option<u64>,
    /// Entries by what they are, with where they were when they were told.
    entries: HashMap<String, String>,
    /// Whether a reply is on its way or a turn not dealt with: their ends are not written to the state.
    open: bool,
}

/// Something to print.
pub(super) struct Line {
    pub(super) at: OffsetDateTime,
    conversation: String,
    /// As the API tells it.
    told: Value,
    entry: Entry,
    /// Whether it was printed before, with another outcome or delivery.
    again: bool,
}

impl News {
    pub(super) fn since(since: OffsetDateTime) -> Self {
        Self {
            known: HashMap::new(),
            since,
        }
    }

    /// Of the conversations seen with their versions, those to look at: changed ones and open ones.
    pub(super) fn to_look_at(&self, seen: Vec<(String, u64)>) -> Vec<(String, Option<u64>)> {
        let mut wanted: Vec<(String, Option<u64>)> = Vec::new();
        let mut listed = std::collections::HashSet::new();
        for (id, version) in seen {
            let known = self.known.get(&id);
            if known.is_none_or(|known| known.open || known.version != Some(version)) {
                wanted.push((id.clone(), Some(version)));
            }
            listed.insert(id);
        }
        for (id, known) in &self.known {
            if known.open && !listed.contains(id) {
                wanted.push((id.clone(), known.version));
            }
        }
        wanted
    }

    pub(super) fn forget(&mut self, id: &str) {
        self.known.remove(id);
    }

    /// What is new in a conversation, in order, and remembered from now on.
    pub(super) fn of(&mut self, id: &str, told: &Value, version: Option<u64>) -> Result<Vec<Line>> {
        let known = self.known.entry(id.to_owned()).or_default();
        known.version = version;
        known.open = false;
        let transcript = told["transcript"].as_array();
        let mut lines = Vec::new();
        for told in transcript.map(Vec::as_slice).unwrap_or_default() {
            let entry: Entry = serde_json::from_value(told.clone())
                .context("conversation-api tells an entry this version does not understand")?;
            known.open |= is_open(&entry);
            let before = known.entries.insert(name(&entry), place(&entry));
            let is_old = before.is_none() && entry.at < self.since;
            if is_old || before.as_ref() == Some(&place(&entry)) {
                continue;
            }
            lines.push(Line {
                at: entry.at,
                conversation: id.to_owned(),
                told: told.clone(),
                entry,
                again: before.is_some(),
            });
        }
        Ok(lines)
    }
}

/// An event and the answer given to it at once have the same turn.
fn name(entry: &Entry) -> String {
    match (&entry.reply_id, &entry.turn_id) {
        (Some(reply), _) => format!("reply {reply}"),
        (None, turn) => format!("turn {}", turn.as_deref().unwrap_or_default()),
    }
}

fn place(entry: &Entry) -> String {
    let delivery = entry
        .delivery
        .as_ref()
        .map(|delivery| delivery.status.as_str());
    delivery
        .or(entry.outcome.as_deref())
        .unwrap_or_default()
        .to_owned()
}

fn is_open(entry: &Entry) -> bool {
    match &entry.delivery {
        Some(delivery) => !delivery.is_final(),
        None => matches!(entry.outcome.as_deref(), Some("in_progress" | "queued")),
    }
}

impl Line {
    /// For people. An entry told before is told without its text.
    pub(super) fn shown(&self, named: bool, text: bool) -> String {
        let shown = match self.again {
            true => format!("{}\n", headline(&self.entry)),
            false => shown(&self.entry, text),
        };
        match named {
            true => format!("{}  {shown}", visible(&self.conversation)),
            false => shown,
        }
    }

    /// For programs: the API's entry with its conversation, in one line.
    pub(super) fn json(&self, text: bool) -> String {
        let mut told = self.told.clone();
        if !text {
            let mut whole = without_text(json!({ "transcript": [told] }));
            told = whole["transcript"][0].take();
        }
        told["conversationId"] = self.conversation.clone().into();
        format!("{told}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, outcome: &str) -> Value {
        json!({
            "at": "2026-07-30T10:01:02Z", "from": "contact", "turnId": id, "event": "message",
            "outcome": outcome, "text": "hello",
        })
    }

    fn reply(id: &str, status: &str) -> Value {
        json!({
            "at": "2026-07-30T10:01:03Z", "from": "bot", "turnId": "k-1", "replyId": id,
            "text": "hi", "delivery": {"status": status},
        })
    }

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.shown(false, true)).collect()
    }

    #[test]
    fn an_entry_is_told_once_and_again_when_it_got_further() {
        let blanks = " ".repeat(24);
        let mut news = News::since(OffsetDateTime::UNIX_EPOCH);
        let mut told = |entries: Value| {
            let lines = news.of("c-1", &json!({ "transcript": entries }), None);
            texts(&lines.unwrap())
        };
        assert_eq!(
            told(json!([message("k-1", "queued")])),
            [format!(
                "10:01:02  contact       waits for the bot  [k-1]\n{blanks}hello\n"
            )]
        );
        assert!(told(json!([message("k-1", "queued")])).is_empty());
        assert_eq!(
            told(json!([message("k-1", "turned"), reply("k-1.1", "pending")])),
            [
                "10:01:02  contact       the bot had nothing to say  [k-1]\n".to_owned(),
                format!("10:01:03  bot           pending  [k-1.1]\n{blanks}hi\n"),
            ]
        );
        assert_eq!(
            told(json!([message("k-1", "turned"), reply("k-1.1", "sent")])),
            ["10:01:03  bot           sent  [k-1.1]\n"]
        );
    }

    #[test]
    fn conversations_are_looked_at_when_they_changed_or_something_is_on_its_way() {
        let mut news = News::since(OffsetDateTime::UNIX_EPOCH);
        let mut seen = |id: &str, version, status| {
            let told = json!({"transcript": [reply("r", status)]});
            news.of(id, &told, Some(version)).unwrap();
        };
        seen("quiet", 1, "sent");
        seen("changed", 1, "sent");
        seen("open", 1, "pending");
        seen("open and long ago", 4, "sending");
        let listed = ["quiet", "open", "new"].map(|id| (id.to_owned(), 1));
        let listed = listed.into_iter().chain([("changed".to_owned(), 2)]);
        let mut wanted = news.to_look_at(listed.collect());
        wanted.sort();
        let expected = [
            ("changed", 2),
            ("new", 1),
            ("open", 1),
            ("open and long ago", 4),
        ];
        assert_eq!(
            wanted,
            expected.map(|(id, version)| (id.to_owned(), Some(version)))
        );
        news.forget("open and long ago");
        assert_eq!(news.to_look_at(Vec::new()), [("open".to_owned(), Some(1))]);
    }

    #[test]
    fn what_was_there_before_is_no_news_until_it_gets_further() {
        let late = time::Duration::seconds(3);
        let at: Entry = serde_json::from_value(reply("r", "sent")).unwrap();
        let mut news = News::since(at.at + late);
        let mut told = |status| {
            let lines = news.of("c-1", &json!({"transcript": [reply("r", status)]}), None);
            lines.unwrap().len()
        };
        assert_eq!((told("pending"), told("sent")), (0, 1));
    }

    #[test]
    fn a_line_for_programs_is_one_object_with_its_conversation() {
        let mut news = News::since(OffsetDateTime::UNIX_EPOCH);
        let told = json!({"transcript": [message("k-1", "answered")]});
        let lines = news.of("c-1", &told, None).unwrap();
        let parsed = |text| -> Value { serde_json::from_str(&lines[0].json(text)).unwrap() };
        let mut expected = message("k-1", "answered");
        expected["conversationId"] = "c-1".into();
        assert_eq!(parsed(true), expected);
        assert_eq!(parsed(false).get("text"), None);
        assert_eq!(lines[0].json(true).lines().count(), 1);
        assert!(
            lines[0]
                .shown(true, false)
                .starts_with("c-1  10:01:02  contact")
        );
    }
}
