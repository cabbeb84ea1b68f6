//! What conversation-api tells of a conversation, as far as the page shows it.

use serde::Deserialize;
use serde_json::Value;

/// A conversation as our own system has it. A field it doesn't tell is empty.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Account {
    pub(super) agent: String,
    pub(super) state: String,
    pub(super) episode: u64,
    pub(super) queued_turns: u64,
    pub(super) in_flight: Option<InFlight>,
    /// Ids of the turns that wait for the one in flight.
    pub(super) waiting: Vec<String>,
    /// Ids of the turns that the bot answers later.
    pub(super) awaiting: Vec<String>,
    pub(super) changed_at: String,
    pub(super) handover: Option<Handover>,
    pub(super) transcript: Vec<Entry>,
}

/// The turn the bot is asked about just now.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InFlight {
    pub(super) turn_id: String,
    pub(super) until: String,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Handover {
    pub(super) reason: String,
    pub(super) topics: Vec<String>,
    pub(super) profiles: Vec<String>,
    pub(super) summary: Option<String>,
    pub(super) requested_at: String,
}

/// An event with a `turn_id` and an `outcome`, or a reply with a `reply_id` and a `delivery`.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Entry {
    pub(super) at: String,
    pub(super) from: String,
    pub(super) episode: Option<u64>,
    pub(super) text: Option<String>,
    pub(super) turn_id: Option<String>,
    pub(super) event: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) reply_ids: Vec<String>,
    /// The bot answers later, through conversation-api.
    pub(super) later: bool,
    pub(super) merged_into: Option<String>,
    pub(super) reply_id: Option<String>,
    pub(super) reply: Value,
    pub(super) attempts: Option<u64>,
    pub(super) delivery: Option<Delivery>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Delivery {
    pub(super) status: String,
    /// `webhook_answer` where it went in the webhook's response, not through the outbox.
    pub(super) via: Option<String>,
    pub(super) at: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) problem: Option<String>,
}

impl Account {
    /// What contacts wrote and Sparkcentral told, newest first.
    pub(super) fn turns(&self) -> impl Iterator<Item = &Entry> {
        let turns = self.transcript.iter().rev();
        turns.filter(|entry| entry.outcome.is_some())
    }

    /// The replies that were or are to be sent over REST, newest first.
    pub(super) fn outbox(&self) -> impl Iterator<Item = &Entry> {
        let inline = |entry: &&Entry| entry.delivery.as_ref().is_some_and(|d| d.via.is_none());
        self.transcript.iter().rev().filter(inline)
    }

    /// Whether something is to come without anybody doing anything more.
    pub(super) fn is_settled(&self) -> bool {
        let under_way = |entry: &Entry| {
            matches!(entry.outcome.as_deref(), Some("in_progress" | "queued"))
                || matches!(
                    entry
                        .delivery
                        .as_ref()
                        .map(|delivery| delivery.status.as_str()),
                    Some("pending" | "sending")
                )
        };
        self.state != "handing_over"
            && self.queued_turns == 0
            && self.in_flight.is_none()
            && self.waiting.is_empty()
            && !self.transcript.iter().any(under_way)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_conversation_is_settled_when_nothing_is_under_way() {
        let turn = |outcome| json!({"transcript": [{"turnId": "t", "outcome": outcome}]});
        let reply =
            |status| json!({"transcript": [{"replyId": "r", "delivery": {"status": status}}]});
        for (settled, told) in [
            (true, json!({"state": "with_bot"})),
            (
                true,
                json!({"state": "with_bot", "awaiting": ["t"], "inFlight": null}),
            ),
            (true, turn("answered")),
            (true, reply("failed")),
            (false, json!({"state": "handing_over"})),
            (false, json!({"queuedTurns": 1})),
            (
                false,
                json!({"inFlight": {"turnId": "t", "until": "2026-01-01T00:00:00Z"}}),
            ),
            (false, json!({"waiting": ["t"]})),
            (false, turn("queued")),
            (false, turn("in_progress")),
            (false, reply("pending")),
            (false, reply("sending")),
        ] {
            let account: Account = serde_json::from_value(told.clone()).unwrap();
            assert_eq!(account.is_settled(), settled, "{told}");
        }
    }

    #[test]
    fn an_answer_in_the_webhooks_response_is_not_in_the_outbox() {
        let account: Account = serde_json::from_value(json!({"transcript": [
            {"turnId": "t1", "outcome": "answered"},
            {"turnId": "t1", "replyId": "t1.1", "delivery": {"status": "sent", "via": "webhook_answer"}},
            {"turnId": "t2", "outcome": "turned"},
            {"turnId": "t2", "replyId": "t2.1", "delivery": {"status": "sent"}},
        ]}))
        .unwrap();
        let ids = |entries: Vec<&Entry>| -> Vec<String> {
            let id = |entry: &&Entry| entry.reply_id.clone().or_else(|| entry.turn_id.clone());
            entries.iter().filter_map(id).collect()
        };
        assert_eq!(ids(account.turns().collect()), ["t2", "t1"]);
        assert_eq!(ids(account.outbox().collect()), ["t2.1"]);
    }
}
