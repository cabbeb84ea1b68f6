//! Beginning a turn and storing its answer, with one write each; see `begin.rs` of `conversation`.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use conversation::{Conversation, EventStatus, StoredEvent};
use time::OffsetDateTime;

use super::item::{Item, Key, millis};
use super::state::{begun_of, conversation_of};
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
        let number = |n: i64| AttributeValue::N(n.to_string());
        let key = Key::state(&first.agent, &first.id);
        let body = Item::new(&key, first)?;
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.to_map()))
            .condition_expression(AT_ONCE)
            .update_expression(BEGIN)
            .expression_attribute_names("#key", "key")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .expression_attribute_values(":now", number(now.unix_timestamp()))
            .expression_attribute_values(":now_millis", number(millis(now)))
            .expression_attribute_values(":key", AttributeValue::S(event.key.clone()))
            .expression_attribute_values(":sent", number(heard.sent_millis))
            .expression_attribute_values(":body", body.body_value())
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":begun", AttributeValue::S(begun))
            .expression_attribute_values(":until", number(until))
            .expression_attribute_values(":expires_at", number(expires_at))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let result = self.update(update).await;
        let error = match result {
            Ok(output) => {
                let before = output.attributes.filter(|before| !before.is_empty());
                let mut stored = match before {
                    Some(before) => conversation_of(&Item::from_map(before))?,
                    None => first.clone(),
                };
                stored.version += 1;
                stored.heard.clone_from(&first.heard);
                stored.begin(event, false);
                return Ok(Some(stored));
            }
            Err(error) => error,
        };
        use aws_sdk_dynamodb::operation::update_item::UpdateItemError as Refusal;
        match error.as_service_error() {
            Some(Refusal::ConditionalCheckFailedException(refused)) => {
                let found = refused.item().cloned().map(Item::from_map);
                let found = found.as_ref().map(conversation_of).transpose()?;
                // Our own write may have got through and only its answer got lost.
                Ok(found.filter(|found| found.begun().is_some_and(|begun| is_same(begun, event))))
            }
            Some(Refusal::TransactionConflictException(_)) => Ok(None),
            _ => Err(StoreError::aws(error)),
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
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .condition_expression(NO_RECORD)
            .expression_attribute_values(
                ":now",
                AttributeValue::N(now.unix_timestamp().to_string()),
            )
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let result = self.put(put).await;
        let Err(error) = result else {
            return Ok(None);
        };
        use aws_sdk_dynamodb::operation::put_item::PutItemError as Refusal;
        match error.as_service_error() {
            Some(Refusal::ConditionalCheckFailedException(refused)) => match refused.item() {
                Some(found) => Item::from_map(found.clone()).body().map(Some),
                None => self.event(agent, id, &event.key).await,
            },
            _ => Err(StoreError::aws(error)),
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
