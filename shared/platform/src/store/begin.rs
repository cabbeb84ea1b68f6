//! Beginning a turn and storing its answer, with one write each; see `begin.rs` of `conversation`.

use aws_sdk_dynamodb::types::AttributeValue;
use conversation::{Conversation, EventStatus, StoredEvent};
use time::OffsetDateTime;

use super::direct::Written;
use super::item::{Item, Key, millis};
use super::state::{begun_of, conversation_of};
use super::wire::Attributes;
use super::{Store, StoreError};

/// Lets an event begin without a look at anything: the conversation is new, or nothing waits in it,
/// the last event was another one and sent before, and whoever was given the last turn is done or dead.
const AT_ONCE: &str = "attribute_not_exists(pk) OR (quiet = :yes AND expires_at > :now \
     AND #key <> :key AND sent < :sent \
     AND (attribute_not_exists(begun) OR #until < :now_millis))";

/// What begins stays as it is; the rest is as a first event would have it.
const BEGIN: &str = "SET body = if_not_exists(body, :body), quiet = :yes, \
     version = if_not_exists(version, :zero) + :one, turns = if_not_exists(turns, :zero) + :one, \
     begun = :begun, #until = :until, #key = :key, sent = :sent, \
     expires_at = :expires_at, written_at = :now_millis";

/// Lets an answer in where its event has no record.
const NO_RECORD: &str = "attribute_not_exists(pk) OR expires_at <= :now";

impl Store {
    /// Begins an event's turn without reading anything first. `first` is the conversation if the event
    /// begins it: not begun yet, and `first.heard` is the event. The conversation as it is stored then;
    /// `None`: not on these conditions, nothing was written. Read, and look for the event's record.
    pub async fn begin_at_once(
        &self,
        first: &Conversation,
        event: &StoredEvent,
        expires_at: i64,
        now: OffsetDateTime,
    ) -> Result<Option<Conversation>, StoreError> {
        let (Some((begun, until)), Some(heard)) = (begun_of(event), &first.heard) else {
            return Ok(None);
        };
        let key = Key::state(&first.agent, &first.id);
        let values = Attributes::default()
            .with(":yes", AttributeValue::Bool(true))
            .number(":now", now.unix_timestamp())
            .number(":now_millis", millis(now))
            .text(":key", &event.key)
            .number(":sent", heard.sent_millis)
            .with(":body", Item::body_value(&key, first)?)
            .number(":zero", 0)
            .number(":one", 1)
            .with(":begun", AttributeValue::S(begun))
            .number(":until", until)
            .number(":expires_at", expires_at);
        let update = self
            .updating(&key, BEGIN, AT_ONCE, values)
            .with_names(&[("#key", "key"), ("#until", "until")])
            .returning_before();
        match self.write(update).await? {
            Written::Done(before) => {
                // Whether nothing was there is told as nothing or as an item without attributes.
                let mut stored = match before.filter(|before| !before.is_empty()) {
                    Some(before) => conversation_of(&before)?,
                    None => first.clone(),
                };
                stored.version += 1;
                stored.heard.clone_from(&first.heard);
                stored.begin(event, false);
                Ok(Some(stored))
            }
            Written::Refused(found) => {
                let found = found.as_ref().map(conversation_of).transpose()?;
                // Our own write may have got through and only its answer got lost.
                Ok(found.filter(|found| found.begun().is_some_and(|begun| is_same(begun, event))))
            }
            Written::Conflicted(_) => Ok(None),
        }
    }

    /// Stores the answer of an event that was begun and has no record yet. What is there instead, where
    /// something is: somebody was faster, or changed the conversation meanwhile.
    pub async fn answer_begun(
        &self,
        conversation: &Conversation,
        event: &StoredEvent,
        expires_at: i64,
        now: OffsetDateTime,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let (agent, id) = (&conversation.agent, &conversation.id);
        let item = Item::event(agent, id, event, expires_at)?;
        let values = Attributes::default().number(":now", now.unix_timestamp());
        let put = self.putting(item, NO_RECORD, values).returning_refused();
        match self.write(put).await? {
            Written::Done(_) => Ok(None),
            Written::Refused(Some(found)) => found.body().map(Some),
            Written::Refused(None) => self.event(agent, id, &event.key).await,
            Written::Conflicted(error) => Err(StoreError::aws(error)),
        }
    }
}

/// Whether both were begun by the same attempt.
fn is_same(begun: &StoredEvent, event: &StoredEvent) -> bool {
    let attempt = |event: &StoredEvent| match &event.status {
        EventStatus::InProgress { attempt, .. } => Some(attempt.clone()),
        _ => None,
    };
    begun.key == event.key && attempt(begun) == attempt(event)
}
