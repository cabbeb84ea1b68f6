//! From the simulator's view and conversation-api's answer to a history.

use std::collections::BTreeMap;

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::history::{
    Attempt, Change, Delivered, Entry, Event, History, Outcome, Owner, Rest, Said, Token, Written,
};

/// What texts of the settings begin with.
const FIXED: char = '~';

/// The marks in a text, such as `c12m3`.
pub fn tokens(text: &str) -> Vec<Token> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| {
            let (conversation, message) = word.strip_prefix('c')?.split_once('m')?;
            Some((conversation.parse().ok()?, message.parse().ok()?))
        })
        .collect()
}

/// A conversation's history. `seen` is the simulator's view, `told` the API's answer, if there was one.
pub fn history(number: usize, resends: bool, seen: &Value, told: Option<&Value>) -> History {
    let mut written = Vec::new();
    let mut said = Vec::new();
    let mut ids: BTreeMap<&str, Token> = BTreeMap::new();
    for message in list(&seen["messages"]) {
        let text = text(&message["text"]);
        let (at, names) = (micros(&message["at"]), tokens(text));
        match message["author"].as_str() {
            Some("contact") => {
                let Some(token) = names.first().copied() else {
                    continue;
                };
                ids.insert(self::text(&message["id"]), token);
                written.push(Written {
                    token,
                    at,
                    asks_people: text.contains("human"),
                    event: None,
                });
            }
            Some("virtual_agent") => said.push(Said {
                names,
                at,
                inline: message["via"] == "webhook_answer",
                fixed: text.starts_with(FIXED),
            }),
            _ => {}
        }
    }
    let events = events(seen);
    for attempt in list(&seen["webhooks"]) {
        let Some(token) = ids.get(text(&attempt["message_id"])) else {
            continue;
        };
        let key = text(&attempt["idempotencyKey"]).to_owned();
        if let Some(written) = written.iter_mut().find(|written| written.token == *token) {
            written.event = Some(key);
        }
    }
    History {
        agent: text(&seen["agent"]).to_owned(),
        id: text(&seen["id"]).to_owned(),
        number,
        resends,
        written,
        said,
        changes: list(&seen["history"]).iter().map(change).collect(),
        events,
        rest: list(&seen["rest"]).iter().map(rest).collect(),
        record: told.map(|told| list(&told["transcript"]).iter().map(entry).collect()),
        in_dead_letters: false,
    }
}

fn events(seen: &Value) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for told in list(&seen["webhooks"]) {
        let key = text(&told["idempotencyKey"]);
        let began = micros(&told["at"]);
        let latency = told["latency_ms"].as_i64().unwrap_or(0);
        let attempt = Attempt {
            began,
            ended: began + latency * 1_000,
            number: told["attempt"].as_u64().unwrap_or(0),
            status: status(&told["status"]),
            applied: told["answer"]["applied"].as_bool(),
        };
        match events.iter_mut().find(|event| event.key == key) {
            Some(event) => event.attempts.push(attempt),
            None => events.push(Event {
                key: key.to_owned(),
                is_message: told["type"] == "INBOUND_MESSAGE_RECEIVED",
                attempts: vec![attempt],
            }),
        }
    }
    events
}

fn change(told: &Value) -> Change {
    Change {
        at: micros(&told["at"]),
        owner: match told["owner"]["kind"].as_str() {
            Some("virtual_agent") => Owner::Bot,
            Some(_) => Owner::Human,
            None => Owner::Nobody,
        },
        reason: text(&told["reason"]).to_owned(),
    }
}

fn rest(told: &Value) -> Rest {
    Rest {
        at: micros(&told["at"]),
        status: status(&told["status"]).unwrap_or(0),
        names: named_in(&told["body"]),
        completes: told["body"]["complete"].as_str().map(str::to_owned),
        faults: list(&told["faults"])
            .iter()
            .map(|fault| text(fault).to_owned())
            .collect(),
    }
}

fn entry(told: &Value) -> Entry {
    if told.get("event").is_some() {
        return Entry::Event {
            key: text(&told["turnId"]).to_owned(),
            outcome: match text(&told["outcome"]) {
                "in_progress" => Outcome::InProgress,
                "queued" => Outcome::Queued,
                "answered" => Outcome::Answered,
                "turned" => Outcome::Turned,
                "not_asked" => Outcome::NotAsked,
                "merged" => Outcome::Merged,
                "too_late" => Outcome::TooLate,
                "failed" => Outcome::Failed,
                _ => Outcome::Other,
            },
            merged_into: told["mergedInto"].as_str().map(str::to_owned),
        };
    }
    let delivery = &told["delivery"];
    let why = [&delivery["reason"], &delivery["problem"]];
    Entry::Reply {
        id: text(&told["replyId"]).to_owned(),
        from: text(&told["from"]).to_owned(),
        names: named_in(&told["reply"]),
        completes: told["reply"]["complete"].as_str().map(str::to_owned),
        delivered: match text(&delivery["status"]) {
            "pending" => Delivered::Pending,
            "sending" => Delivered::Sending,
            "sent" => Delivered::Sent,
            "failed" => Delivered::Failed,
            "unknown" => Delivered::Unknown,
            "dropped" => Delivered::Dropped,
            _ => Delivered::Other,
        },
        inline: delivery["via"] == "webhook_answer",
        why: why.into_iter().map(text).collect(),
    }
}

/// Marks in the messages of a reply's body, in either of its forms.
fn named_in(body: &Value) -> Vec<Token> {
    let one = std::iter::once(&body["sendMessage"]);
    one.chain(list(&body["sendMessages"]))
        .flat_map(|message| tokens(text(&message["text"])))
        .collect()
}

fn micros(at: &Value) -> i64 {
    OffsetDateTime::parse(text(at), &Rfc3339)
        .map(|at| i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX))
        .unwrap_or(0)
}

fn status(told: &Value) -> Option<u16> {
    told.as_u64().and_then(|status| u16::try_from(status).ok())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A list, which may be absent.
fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
