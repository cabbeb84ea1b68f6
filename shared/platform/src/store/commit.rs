//! Committing what was decided: state, event and replies in one transaction.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use conversation::{Conversation, OutboundReply, Refused, StoredEvent};
use time::OffsetDateTime;

use super::item::{Item, Key, millis};
use super::{Store, StoreError};

/// Lets a new event in, or one that has expired, or one whose first attempt died in mid-work. The
/// last way in asks for the same payload: another body under a known key is never begun.
const MAY_BEGIN: &str = "attribute_not_exists(pk) \
     OR expires_at <= :now \
     OR (#status = :in_progress AND lease_until <= :now_millis AND payload_hash = :hash)";

/// Which state the stored event must be in for a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventGuard {
    /// Not begun yet: new, expired, or with a lease that ran out.
    New,
    /// Begun by this attempt and by nobody since.
    HeldBy(String),
    /// Queued, and no other invocation has finished it.
    Queued,
}

/// Decisions to be written together or not at all.
#[derive(Clone, Debug)]
pub struct Commit<'a> {
    /// The conversation as it shall be; its `version` is still the one that was read.
    pub conversation: &'a Conversation,
    /// The conversation as it was read; `None` where there was none. An unchanged conversation is
    /// checked, not written.
    pub read: Option<&'a Conversation>,
    /// Events as they shall be, and the state each must be in before.
    pub events: &'a [(StoredEvent, EventGuard)],
    /// New replies. One that exists already is left as it is stored: its maker is retrying.
    pub replies: &'a [OutboundReply],
    /// Seconds since 1970 after which what is written counts as gone.
    pub expires_at: i64,
    /// The clock.
    pub now: OffsetDateTime,
}

/// What a commit came to when it was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Version of the conversation now.
    pub version: u64,
}

/// A commit that was not carried out; nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else changed the conversation meanwhile: read it again, decide again.
    #[error("the conversation was changed by somebody else")]
    Conflict,
    /// An event is not in the state the guard asks for.
    #[error("the event was taken by somebody else")]
    EventTaken(Refused),
    /// A reply with that id is there already.
    #[error("a reply with that id exists")]
    ReplyExists,
    /// The table could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Writes the decisions in one transaction.
    pub async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        let Commit {
            conversation,
            read,
            events,
            replies,
            expires_at,
            now,
        } = commit;
        let changed = read != Some(conversation);
        let version = if changed {
            conversation.version + 1
        } else {
            conversation.version
        };

        let mut items = vec![self.state_write(conversation, changed, expires_at, now)?];
        for (event, guard) in events {
            items.push(self.event_write(conversation, event, guard, expires_at, now)?);
        }
        for reply in replies {
            items.push(self.new_reply(conversation, reply, expires_at)?);
        }
        let Err(error) = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await
        else {
            return Ok(Committed { version });
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(StoreError::aws(error).into());
        };
        let refused = |index: usize| {
            cancelled
                .cancellation_reasons()
                .get(index)
                .filter(|reason| reason.code() == Some("ConditionalCheckFailed"))
        };
        // Events first: where one was dealt with, the conversation's change is usually its doing.
        for (index, (event, _)) in events.iter().enumerate() {
            let Some(reason) = refused(index + 1) else {
                continue;
            };
            let Some(map) = reason.item() else {
                return Err(CommitError::Conflict);
            };
            let existing: StoredEvent = Item::from_map(map.clone()).body()?;
            let refused = existing.judge(&event.payload_hash, now);
            return Err(CommitError::EventTaken(refused));
        }
        let first_reply = 1 + events.len();
        if (first_reply..first_reply + replies.len()).any(|index| refused(index).is_some()) {
            return Err(CommitError::ReplyExists);
        }
        let conflict = cancelled.cancellation_reasons().iter().any(|reason| {
            matches!(
                reason.code(),
                Some("ConditionalCheckFailed" | "TransactionConflict")
            )
        });
        if conflict {
            return Err(CommitError::Conflict);
        }
        tracing::warn!(code = cancelled.code(), "transaction cancelled");
        Err(StoreError::aws(error).into())
    }

    fn state_write(
        &self,
        conversation: &Conversation,
        changed: bool,
        expires_at: i64,
        now: OffsetDateTime,
    ) -> Result<TransactWriteItem, StoreError> {
        let unchanged_since_read = if conversation.version == 0 {
            "attribute_not_exists(pk) OR expires_at <= :now"
        } else {
            "version = :version AND expires_at > :now"
        };
        let version = AttributeValue::N(conversation.version.to_string());
        let at = now;
        let now = AttributeValue::N(at.unix_timestamp().to_string());
        let write = TransactWriteItem::builder();
        if changed {
            let next = Conversation {
                version: conversation.version + 1,
                ..conversation.clone()
            };
            let mut put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(Item::state(&next, expires_at, at)?.into_map()))
                .condition_expression(unchanged_since_read)
                .expression_attribute_values(":now", now);
            if conversation.version > 0 {
                put = put.expression_attribute_values(":version", version);
            }
            return Ok(write.put(put.build().map_err(StoreError::aws)?).build());
        }
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(
                Key::state(&conversation.agent, &conversation.id).to_map(),
            ))
            .condition_expression(unchanged_since_read)
            .expression_attribute_values(":version", version)
            .expression_attribute_values(":now", now)
            .build()
            .map_err(StoreError::aws)?;
        Ok(write.condition_check(check).build())
    }

    fn event_write(
        &self,
        conversation: &Conversation,
        event: &StoredEvent,
        guard: &EventGuard,
        expires_at: i64,
        now: OffsetDateTime,
    ) -> Result<TransactWriteItem, StoreError> {
        let item = Item::event(&conversation.agent, &conversation.id, event, expires_at)?;
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .expression_attribute_names("#status", "status")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match guard {
            EventGuard::New => {
                put = put.condition_expression(MAY_BEGIN);
                let number = |n: i64| AttributeValue::N(n.to_string());
                let text = |text: &str| AttributeValue::S(text.into());
                put = put
                    .expression_attribute_values(":now", number(now.unix_timestamp()))
                    .expression_attribute_values(":now_millis", number(millis(now)))
                    .expression_attribute_values(":in_progress", text("in_progress"))
                    .expression_attribute_values(":hash", text(&event.payload_hash));
            }
            EventGuard::HeldBy(attempt) => {
                put = put
                    .condition_expression("#status = :in_progress AND attempt = :attempt")
                    .expression_attribute_values(
                        ":in_progress",
                        AttributeValue::S("in_progress".into()),
                    )
                    .expression_attribute_values(":attempt", AttributeValue::S(attempt.clone()));
            }
            EventGuard::Queued => {
                put = put
                    .condition_expression("#status = :queued")
                    .expression_attribute_values(":queued", AttributeValue::S("queued".into()));
            }
        }
        Ok(TransactWriteItem::builder()
            .put(put.build().map_err(StoreError::aws)?)
            .build())
    }

    fn new_reply(
        &self,
        conversation: &Conversation,
        reply: &OutboundReply,
        expires_at: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        let item = Item::reply(&conversation.agent, &conversation.id, reply, 1, expires_at)?;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(StoreError::aws)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
