//! What a report asks the tables, in SQL that Athena and DuckDB both read.

use super::period::Period;

/// One question, and what its answer is a picture of.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) topic: Topic,
    /// For messages: "asking for …".
    pub(super) about: &'static str,
    pub(super) sql: String,
}

/// The pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Volume,
    FirstResponse,
    Csat,
    Handovers,
    Containment,
    Presence,
}

/// All questions, in the page's order.
pub(super) fn questions(period: &Period) -> Vec<Question> {
    let (begin, end) = (period.begin(), period.end());
    let within = |column: &str| format!("{column} >= {begin} AND {column} < {end}");
    let question = |topic, about, sql: String| Question { topic, about, sql };
    vec![
        question(
            Topic::Volume,
            "messages by hour and channel",
            format!(
                "SELECT
  date_trunc('hour', created_at) AS hour_utc,
  channel_display_name AS channel,
  count(*) FILTER (WHERE direction = 'Inbound') AS inbound,
  count(*) FILTER (WHERE direction = 'Outbound') AS outbound
FROM messages_latest
WHERE deleted_at IS NULL AND {}
GROUP BY 1, 2
ORDER BY 1, 2",
                within("created_at")
            ),
        ),
        question(
            Topic::FirstResponse,
            "first responses by channel",
            format!(
                "WITH ranked AS (
  SELECT
    channel_display_name AS channel,
    first_response_time_s,
    row_number() OVER (PARTITION BY channel_display_name ORDER BY first_response_time_s) AS place,
    count(*) OVER (PARTITION BY channel_display_name) AS conversations
  FROM resolved_conversations_latest
  WHERE first_response_time_s IS NOT NULL AND {}
)
SELECT
  channel,
  max(conversations) AS conversations,
  min(first_response_time_s) FILTER (WHERE place >= 0.5 * conversations) AS p50_s,
  min(first_response_time_s) FILTER (WHERE place >= 0.9 * conversations) AS p90_s,
  min(first_response_time_s) FILTER (WHERE place >= 0.95 * conversations) AS p95_s
FROM ranked
GROUP BY channel
ORDER BY 2 DESC, 1",
                within("resolved_at")
            ),
        ),
        question(
            Topic::Csat,
            "CSAT scores by channel",
            format!(
                "SELECT channel_display_name AS channel, csat_score AS score, count(*) AS answers
FROM resolved_conversations_latest
WHERE csat_score IS NOT NULL AND {}
GROUP BY 1, 2
ORDER BY 1, 2",
                within("resolved_at")
            ),
        ),
        question(
            Topic::Handovers,
            "handovers by reason",
            format!(
                "SELECT
  coalesce(r.handover_reason, 'not given') AS reason,
  count(*) AS handovers,
  round(avg(r.agent_response_time_s), 1) AS average_wait_s
FROM response_times_latest r
JOIN messages_latest m ON m.message_id = r.outbound_message_id
WHERE r.started_by = 'VA_HANDED_OVER_CONVERSATION' AND {}
GROUP BY 1
ORDER BY handovers DESC, reason",
                within("m.created_at")
            ),
        ),
        question(
            Topic::Containment,
            "bot containment by channel",
            format!(
                "SELECT
  c.channel_display_name AS channel,
  count(*) AS resolved,
  count(*) FILTER (WHERE c.resolved_by = 'Virtual Agent' AND r.conversation_id IS NULL) AS contained
FROM resolved_conversations_latest c
LEFT JOIN (
  SELECT DISTINCT conversation_id FROM response_times_latest WHERE replying_agent_id IS NOT NULL
) r ON r.conversation_id = c.conversation_id
WHERE {}
GROUP BY 1
ORDER BY resolved DESC, channel",
                within("c.resolved_at")
            ),
        ),
        question(
            Topic::Presence,
            "agents' presence",
            format!(
                "SELECT
  coalesce(user_name, user_id) AS agent,
  CASE WHEN away_state IS NULL THEN type ELSE type || ': ' || away_state END AS state,
  CAST(sum(
    date_diff('second', greatest(from_at, {begin}), least(coalesce(to_at, {end}), {end}))
  ) AS bigint) AS seconds
FROM user_presence_latest
WHERE from_at < {end} AND (to_at IS NULL OR to_at > {begin})
GROUP BY 1, 2
ORDER BY 1, 2"
            ),
        ),
    ]
}
