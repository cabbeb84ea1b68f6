//! Committing what was decided: state, event and replies in one transaction.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use conversation::{Conversation, OutboundReply, Refused, StoredEvent};
use time::OffsetDateTime;

use super::direct::Written;
use super::item::{Item, Key, millis};
use super::state::item_of;
use super::wire::Attributes;
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
    /// Begun by this attempt and by nobody since; or begun in its conversation, and without a record.
    HeldBy(String),
    /// Queued, and no other invocation has finished it.
    Queued,
    /// Without a record: it stands in its conversation.
    None,
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

/// The write of the conversation itself.
struct State<'a> {
    conversation: &'a Conversation,
    changed: bool,
    begins: bool,
}

impl State<'_> {
    fn write(
        &self,
        table: &str,
        expires_at: i64,
        now: OffsetDateTime,
    ) -> Result<TransactWriteItem, StoreError> {
        let write = TransactWriteItem::builder();
        if self.changed {
            return Ok(write.put(self.put(table, expires_at, now)?).build());
        }
        let key = Key::state(&self.conversation.agent, &self.conversation.id);
        let check = ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(key.to_map()))
            .condition_expression(self.unchanged_since_read())
            .set_expression_attribute_values(Some(self.values(now).into_map()))
            .build()
            .map_err(StoreError::aws)?;
        Ok(write.condition_check(check).build())
    }

    fn put(&self, table: &str, expires_at: i64, now: OffsetDateTime) -> Result<Put, StoreError> {
        Put::builder()
            .table_name(table)
            .set_item(Some(self.item(expires_at, now)?.into_map()))
            .condition_expression(self.unchanged_since_read())
            .set_expression_attribute_values(Some(self.values(now).into_map()))
            .build()
            .map_err(StoreError::aws)
    }

    fn item(&self, expires_at: i64, now: OffsetDateTime) -> Result<Item, StoreError> {
        let next = Conversation {
            version: self.conversation.version + 1,
            ..self.conversation.clone()
        };
        item_of(&next, self.begins, expires_at, now)
    }

    fn unchanged_since_read(&self) -> &'static str {
        match self.conversation.version {
            0 => "attribute_not_exists(pk) OR expires_at <= :now",
            _ => "version = :version AND expires_at > :now",
        }
    }

    fn values(&self, now: OffsetDateTime) -> Attributes {
        let values = Attributes::default().number(":now", now.unix_timestamp());
        match self.conversation.version {
            0 => values,
            version => values.number(":version", version),
        }
    }
}

impl Store {
    /// Writes the decisions in one transaction.
    ///
    /// A conversation with another event in flight than was read ([`Conversation::begin`]) is written
    /// with it. The event that was in flight when it was read gets its record, unless it is decided on
    /// here: so the answer that is being made for it is judged against what is written now.
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

        let begins = changed && conversation.begun() != read.and_then(Conversation::begun);
        let state = State {
            conversation,
            changed,
            begins,
        };
        let left = read
            .filter(|_| changed)
            .and_then(Conversation::begun_record)
            .filter(|left| !events.iter().any(|(event, _)| event.key == left.key))
            .filter(|left| {
                !(begins && conversation.begun().is_some_and(|new| new.key == left.key))
            });
        if begins && events.is_empty() && replies.is_empty() && left.is_none() {
            // One write of one item needs no transaction, which costs twice as much.
            let (condition, values) = (state.unchanged_since_read(), state.values(now));
            let put = self.putting(state.item(expires_at, now)?, condition, values);
            return match self.write(put).await? {
                Written::Done(_) => Ok(Committed { version }),
                Written::Refused(_) | Written::Conflicted(_) => Err(CommitError::Conflict),
            };
        }
        let mut items = vec![state.write(&self.table, expires_at, now)?];
        for (event, guard) in events {
            items.push(self.event_write(conversation, event, guard, expires_at, now)?);
        }
        for reply in replies {
            items.push(self.new_reply(conversation, reply, expires_at)?);
        }
        if let Some(event) = &left {
            items.push(self.event_write(
                conversation,
                event,
                &EventGuard::None,
                expires_at,
                now,
            )?);
        }
        let transact = self.client.transact_write_items();
        let sent = self.transact(transact.set_transact_items(Some(items)));
        let Err(error) = sent.await else {
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

    fn event_write(
        &self,
        conversation: &Conversation,
        event: &StoredEvent,
        guard: &EventGuard,
        expires_at: i64,
        now: OffsetDateTime,
    ) -> Result<TransactWriteItem, StoreError> {
        let item = Item::event(&conversation.agent, &conversation.id, event, expires_at)?;
        let number = |n: i64| AttributeValue::N(n.to_string());
        let text = |text: &str| AttributeValue::S(text.into());
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .expression_attribute_names("#status", "status")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match guard {
            EventGuard::New => {
                put = put
                    .condition_expression(MAY_BEGIN)
                    .expression_attribute_values(":now", number(now.unix_timestamp()))
                    .expression_attribute_values(":now_millis", number(millis(now)))
                    .expression_attribute_values(":in_progress", text("in_progress"))
                    .expression_attribute_values(":hash", text(&event.payload_hash));
            }
            EventGuard::HeldBy(attempt) => {
                put = put
                    .condition_expression(
                        "attribute_not_exists(pk) OR expires_at <= :now \
                         OR (#status = :in_progress AND attempt = :attempt)",
                    )
                    .expression_attribute_values(":now", number(now.unix_timestamp()))
                    .expression_attribute_values(":in_progress", text("in_progress"))
                    .expression_attribute_values(":attempt", text(attempt));
            }
            EventGuard::None => {
                put = put
                    .set_expression_attribute_names(None)
                    .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
                    .expression_attribute_values(":now", number(now.unix_timestamp()));
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
