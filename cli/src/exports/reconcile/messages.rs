//! Messages, counted per conversation, against the counts that conversations state.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{Days, NaiveDate};
use serde::Serialize;
use serde_json::Value;

use super::Args;
use crate::exports::athena::Athena;
use crate::output::{Align, Table, count};

/// What can be the matter with a conversation; the first two are none.
const AGREE: &str = "agree";
const TOO_RECENT: &str = "too_recent";
const DIFFER: &str = "differ";
const ONLY_IN_MESSAGES: &str = "only_in_messages";
const ONLY_IN_CONVERSATIONS: &str = "only_in_conversations";

/// Conversations by finding.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Compared {
    agree: u64,
    /// Changed after the last moment that all tables reach to.
    too_recent: u64,
    differ: u64,
    only_in_messages: u64,
    only_in_conversations: u64,
    /// From when, and up to when, the tables were compared. UTC.
    since: Option<String>,
    until: Option<String>,
    listed: Vec<Listed>,
}

/// One conversation that is not as it should be.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Listed {
    conversation_id: String,
    finding: String,
    /// Messages in the table.
    inbound: Option<i64>,
    outbound: Option<i64>,
    /// Messages that the conversation's row states.
    stated_inbound: Option<i64>,
    stated_outbound: Option<i64>,
}

pub(super) async fn compare(athena: &Athena, args: &Args) -> Result<Compared> {
    let answer = athena
        .ask(&question(args.from, args.to, args.limit))
        .await?;
    Ok(Compared::of(&answer.to_json(), args.limit))
}

/// A conversation's row states its counts as of its export, so that only messages up to then count.
/// Messages and rows come in files of different times: what changed after the last moment that all of
/// them reach to can't be judged yet. Times in file names are whole seconds, as are a server's times of
/// files: hence the second more.
fn question(from: Option<NaiveDate>, to: Option<NaiveDate>, limit: u32) -> String {
    let since = match from {
        Some(day) => format!("TIMESTAMP '{day} 00:00:00'"),
        None => "beginning.since".to_owned(),
    };
    let until_day = match to.and_then(|day| day.checked_add_days(Days::new(1))) {
        Some(day) => format!(" AND began_at < TIMESTAMP '{day} 00:00:00'"),
        None => String::new(),
    };
    format!(
        "WITH reach AS (
  SELECT min(until) AS until FROM (
    SELECT max(coalesce(window_to, exported_at)) AS until FROM messages
    UNION ALL SELECT max(coalesce(window_to, exported_at)) FROM resolved_conversations
    UNION ALL SELECT max(coalesce(window_to, exported_at)) FROM open_conversations
  ) ends
),
beginning AS (
  SELECT min(coalesce(window_from, created_at)) AS since FROM messages
),
statements AS (
  SELECT conversation_id, created_at, last_updated,
    number_of_inbound_messages AS inbound, number_of_outbound_messages AS outbound,
    greatest(coalesce(window_to, exported_at), exported_at) AS stated_at
  FROM resolved_conversations_latest
  UNION ALL
  SELECT conversation_id, created_at, last_updated,
    number_of_inbound_messages, number_of_outbound_messages,
    greatest(coalesce(window_to, exported_at), exported_at)
  FROM open_conversations_current
),
stated AS (
  SELECT * FROM (
    SELECT statements.*, row_number() OVER (
      PARTITION BY conversation_id ORDER BY stated_at DESC NULLS LAST, last_updated DESC NULLS LAST
    ) AS statement_number
    FROM statements WHERE conversation_id IS NOT NULL
  ) numbered WHERE statement_number = 1
),
counted AS (
  SELECT said.conversation_id, min(said.created_at) AS first_at, max(said.created_at) AS last_at,
    count(*) FILTER (WHERE said.is_stated AND said.direction = 'inbound') AS inbound,
    count(*) FILTER (WHERE said.is_stated AND said.direction = 'outbound') AS outbound
  FROM (
    SELECT messages_latest.conversation_id, messages_latest.created_at, lower(direction) AS direction,
      coalesce(messages_latest.created_at < stated_at + INTERVAL '1' SECOND, true) AS is_stated
    FROM messages_latest
    LEFT JOIN stated ON stated.conversation_id = messages_latest.conversation_id
    WHERE messages_latest.conversation_id IS NOT NULL
  ) said
  GROUP BY said.conversation_id
),
joined AS (
  SELECT coalesce(counted.conversation_id, stated.conversation_id) AS conversation_id,
    coalesce(stated.created_at, first_at) AS began_at,
    greatest(coalesce(last_updated, stated_at, last_at), coalesce(last_at, last_updated, stated_at)) AS changed_at,
    counted.inbound AS inbound, counted.outbound AS outbound,
    stated.inbound AS stated_inbound, stated.outbound AS stated_outbound,
    counted.conversation_id IS NOT NULL AS has_messages,
    stated.conversation_id IS NOT NULL AS has_statement
  FROM counted FULL OUTER JOIN stated ON counted.conversation_id = stated.conversation_id
),
compared AS (
  SELECT joined.*, {since} AS since, until,
    CASE
      WHEN changed_at > until + INTERVAL '1' SECOND THEN '{TOO_RECENT}'
      WHEN NOT has_statement THEN '{ONLY_IN_MESSAGES}'
      WHEN NOT has_messages AND coalesce(stated_inbound, 0) + coalesce(stated_outbound, 0) = 0 THEN '{AGREE}'
      WHEN NOT has_messages THEN '{ONLY_IN_CONVERSATIONS}'
      WHEN coalesce(inbound = stated_inbound, true) AND coalesce(outbound = stated_outbound, true) THEN '{AGREE}'
      ELSE '{DIFFER}'
    END AS finding
  FROM joined CROSS JOIN reach CROSS JOIN beginning
  WHERE began_at >= {since}{until_day}
)
SELECT finding, conversation_id, inbound, outbound, stated_inbound, stated_outbound, conversations,
  CAST(since AS varchar) AS since, CAST(until AS varchar) AS until
FROM (
  SELECT compared.*, count(*) OVER (PARTITION BY finding) AS conversations,
    row_number() OVER (PARTITION BY finding ORDER BY conversation_id) AS place
  FROM compared
) placed
WHERE place = 1 OR (place <= {limit} AND finding NOT IN ('{AGREE}', '{TOO_RECENT}'))
ORDER BY finding, place"
    )
}

impl Compared {
    /// From the answer's rows: each kind of finding has at least one, which also says how many there are.
    fn of(rows: &[Value], limit: u32) -> Self {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        let mut compared = Self::default();
        for row in rows {
            let text = |name: &str| row[name].as_str().map(str::to_owned);
            let finding = row["finding"].as_str().unwrap_or_default();
            counts.insert(finding, row["conversations"].as_u64().unwrap_or_default());
            compared.since = text("since");
            compared.until = text("until");
            if finding == AGREE || finding == TOO_RECENT || limit == 0 {
                continue;
            }
            compared.listed.push(Listed {
                conversation_id: text("conversation_id").unwrap_or_default(),
                finding: finding.to_owned(),
                inbound: row["inbound"].as_i64(),
                outbound: row["outbound"].as_i64(),
                stated_inbound: row["stated_inbound"].as_i64(),
                stated_outbound: row["stated_outbound"].as_i64(),
            });
        }
        let of = |finding| counts.get(finding).copied().unwrap_or_default();
        compared.agree = of(AGREE);
        compared.too_recent = of(TOO_RECENT);
        compared.differ = of(DIFFER);
        compared.only_in_messages = of(ONLY_IN_MESSAGES);
        compared.only_in_conversations = of(ONLY_IN_CONVERSATIONS);
        compared
    }

    pub(super) fn differs(&self) -> bool {
        self.differ + self.only_in_messages + self.only_in_conversations > 0
    }

    pub(super) fn render(&self) -> String {
        let (Some(since), Some(until)) = (&self.since, &self.until) else {
            return "messages: nothing to compare\n".to_owned();
        };
        let conversations = usize::try_from(self.agree).unwrap_or(usize::MAX);
        let mut text = format!(
            "messages against conversations, from {since} to {until} UTC: {} agree, {} differ, {} only in \
             messages, {} only in conversations, {} too recent\n",
            count(conversations, "conversation"),
            self.differ,
            self.only_in_messages,
            self.only_in_conversations,
            self.too_recent
        );
        if self.listed.is_empty() {
            return text;
        }
        let mut table = Table::new([
            ("conversation", Align::Left),
            ("finding", Align::Left),
            ("inbound", Align::Right),
            ("stated", Align::Right),
            ("outbound", Align::Right),
            ("stated", Align::Right),
        ]);
        let shown = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
        for listed in &self.listed {
            table.row([
                listed.conversation_id.as_str(),
                &listed.finding.replace('_', " "),
                &shown(listed.inbound),
                &shown(listed.stated_inbound),
                &shown(listed.outbound),
                &shown(listed.stated_outbound),
            ]);
        }
        text.push_str(&table.render());
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_are_whole_although_only_some_are_listed() {
        let at = ("2026-01-01 00:00:00.000", "2026-02-01 00:00:00.000");
        let rows = [
            json!({"finding": "agree", "conversation_id": "c-1", "conversations": 7,
                   "since": at.0, "until": at.1}),
            json!({"finding": "differ", "conversation_id": "c-2", "conversations": 3, "inbound": 2,
                   "outbound": 1, "stated_inbound": 3, "stated_outbound": null,
                   "since": at.0, "until": at.1}),
        ];
        let compared = Compared::of(&rows, 1);
        assert_eq!((compared.agree, compared.differ), (7, 3));
        assert_eq!(compared.listed.len(), 1);
        assert!(compared.differs());
        let text = compared.render();
        assert!(text.contains("7 conversations agree, 3 differ"), "{text}");
        assert!(
            text.contains("c-2           differ         2       3         1"),
            "{text}"
        );
        assert!(Compared::of(&rows, 0).listed.is_empty());
        assert!(!Compared::of(&rows[..1], 1).differs());
        assert_eq!(
            Compared::of(&[], 1).render(),
            "messages: nothing to compare\n"
        );
    }

    #[test]
    fn days_bound_where_conversations_began() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 1, day);
        let all = question(None, None, 20);
        assert!(all.contains("WHERE began_at >= beginning.since\n"), "{all}");
        let some = question(day(1), day(31), 20);
        assert!(
            some.contains(
                "WHERE began_at >= TIMESTAMP '2026-01-01 00:00:00' AND began_at < TIMESTAMP '2026-02-01 00:00:00'"
            ),
            "{some}"
        );
    }
}
