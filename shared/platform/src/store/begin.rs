//! Beginning an event: one conditional write.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use conversation::{EventStatus, Refused, StoredEvent};
use time::OffsetDateTime;

use super::item::{Item, millis};
use super::{Store, StoreError};

/// Lets a new event in, or one that has expired, or one whose first attempt died in mid-work. The
/// last way in asks for the same payload: another body under a known key is never begun.
pub(super) const MAY_BEGIN: &str = "attribute_not_exists(pk) \
     OR expires_at <= :now \
     OR (#status = :in_progress AND lease_until <= :now_millis AND payload_hash = :hash)";

/// Values of [`MAY_BEGIN`].
pub(super) fn may_begin_values(
    event: &StoredEvent,
    now: OffsetDateTime,
) -> [(&'static str, AttributeValue); 4] {
    [
        (":now", AttributeValue::N(now.unix_timestamp().to_string())),
        (":now_millis", AttributeValue::N(millis(now).to_string())),
        (":in_progress", AttributeValue::S("in_progress".into())),
        (":hash", AttributeValue::S(event.payload_hash.clone())),
    ]
}

/// What beginning an event came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Begin {
    /// It is ours until the lease ends.
    Started,
    /// It was there already.
    Refused(Refused),
}

impl Begin {
    /// Judges the item that stood in the way of `event`.
    pub(super) fn refused(
        event: &StoredEvent,
        existing: &StoredEvent,
        now: OffsetDateTime,
    ) -> Self {
        match (&event.status, &existing.status) {
            // Our own write, whose answer got lost and which the SDK then repeated.
            (
                EventStatus::InProgress { attempt: ours, .. },
                EventStatus::InProgress {
                    attempt: theirs, ..
                },
            ) if ours == theirs => Self::Started,
            _ => Self::Refused(existing.judge(&event.payload_hash, now)),
        }
    }
}

impl Store {
    /// Begins an event whose status is [`EventStatus::InProgress`].
    pub async fn begin(
        &self,
        agent: &str,
        conversation: &str,
        event: &StoredEvent,
        expires_at: i64,
        now: OffsetDateTime,
    ) -> Result<Begin, StoreError> {
        let item = Item::event(agent, conversation, event, expires_at)?;
        let mut request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .condition_expression(MAY_BEGIN)
            .expression_attribute_names("#status", "status")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in may_begin_values(event, now) {
            request = request.expression_attribute_values(name, value);
        }
        let error = match request.send().await {
            Ok(_) => return Ok(Begin::Started),
            Err(error) => error,
        };
        let existing = match error.as_service_error() {
            Some(service) if service.is_conditional_check_failed_exception() => match service {
                aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
                    refused,
                ) => refused.item().cloned(),
                _ => None,
            },
            _ => return Err(StoreError::aws(error)),
        };
        match existing {
            Some(map) => {
                let existing: StoredEvent = Item::from_map(map).body()?;
                Ok(Begin::refused(event, &existing, now))
            }
            // Refused by an item that is gone again: whoever deleted it is done with it too.
            None => Err(StoreError::aws(error)),
        }
    }
}
