//! The item of a conversation's state: its JSON, and beside it what a begin changes without reading.
//!
//! | attribute | |
//! |---|---|
//! | `version`, `turns` | counted up by each begin |
//! | `key`, `sent` | the last event taken in |
//! | `quiet` | there where a turn may be begun without reading first |
//! | `begun`, `until` | the event in flight that has no record yet, and when its lease ends (ms since 1970) |
//! | `written_at` | the time of the last write, and so when that event came (ms since 1970) |

use std::borrow::Cow;

use conversation::{Conversation, EventStatus, Heard, InFlight, StoredEvent, Trigger};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::StoreError;
use super::item::{Item, Key, millis};

/// A begun event, without what the attributes beside it tell. Each KiB of the item costs a write unit.
#[derive(Serialize, Deserialize)]
struct Begun<'a> {
    trigger: Cow<'a, Trigger>,
    hash: Cow<'a, str>,
    attempt: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    topics: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    other: Cow<'a, Map<String, Value>>,
}

/// The item, with the event in flight if it `begins` one.
pub(super) fn item_of(
    conversation: &Conversation,
    begins: bool,
    expires_at: i64,
    now: OffsetDateTime,
) -> Result<Item, StoreError> {
    let key = Key::state(&conversation.agent, &conversation.id);
    let begun = conversation.begun().filter(|_| begins);
    let mut body = conversation.clone();
    match (begun, &mut body.in_flight) {
        (Some(_), in_flight) => *in_flight = None,
        (None, Some(turn)) => turn.event = None,
        (None, None) => {}
    }
    let mut item = Item::new(&key, &body)?
        .number("version", conversation.version)
        .number("turns", conversation.turns)
        .number("written_at", millis(now))
        .number("expires_at", expires_at);
    if let Some(heard) = &conversation.heard {
        item = item
            .string("key", &heard.key)
            .number("sent", heard.sent_millis);
    }
    if body.is_quiet() {
        item = item.flag("quiet");
    }
    if let Some(event) = begun
        && let Some((json, until)) = begun_of(event)
    {
        item = item.string("begun", &json).number("until", until);
    }
    Ok(item)
}

/// The attributes `begun` and `until` of an event in progress.
pub(super) fn begun_of(event: &StoredEvent) -> Option<(String, i64)> {
    let EventStatus::InProgress {
        lease_until,
        attempt,
    } = &event.status
    else {
        return None;
    };
    let begun = Begun {
        trigger: Cow::Borrowed(&event.trigger),
        hash: Cow::Borrowed(&event.payload_hash),
        attempt: Cow::Borrowed(attempt),
        topics: Cow::Borrowed(&event.topics),
        other: Cow::Borrowed(&event.other),
    };
    let json = serde_json::to_string(&begun).ok()?;
    Some((json, millis(*lease_until)))
}

/// The conversation of an item. A turn in flight may be over: the record of its event tells.
pub(super) fn conversation_of(item: &Item) -> Result<Conversation, StoreError> {
    let mut conversation: Conversation = item.body()?;
    if let Some(version) = item.integer("version") {
        conversation.version = u64::try_from(version).unwrap_or(0);
    }
    // Items of builds before it was counted here have it in their JSON.
    if let Some(turns) = item.integer("turns") {
        conversation.turns = u32::try_from(turns).unwrap_or(u32::MAX);
    }
    if let Some((agent, id)) = item.conversation() {
        conversation.agent = agent.to_owned();
        conversation.id = id.to_owned();
    }
    let heard = item.text("key").zip(item.integer("sent"));
    conversation.heard = heard.map(|(key, sent_millis)| Heard {
        key: key.to_owned(),
        sent_millis,
    });
    let (Some(begun), Some(until), Some(heard)) = (
        item.text("begun"),
        item.integer("until"),
        &conversation.heard,
    ) else {
        return Ok(conversation);
    };
    let begun: Begun<'_> = serde_json::from_str(begun).map_err(|error| item.unreadable(&error))?;
    let until = from_millis(until);
    let event = StoredEvent {
        key: heard.key.clone(),
        payload_hash: begun.hash.into_owned(),
        trigger: begun.trigger.into_owned(),
        episode: conversation.episode,
        received_at: from_millis(item.integer("written_at").unwrap_or_default()),
        topics: begun.topics.into_owned(),
        other: begun.other.into_owned(),
        status: EventStatus::InProgress {
            lease_until: until,
            attempt: begun.attempt.into_owned(),
        },
    };
    conversation.in_flight = Some(InFlight {
        turn_id: event.key.clone(),
        until,
        event: Some(Box::new(event)),
    });
    Ok(conversation)
}

pub(super) fn from_millis(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
