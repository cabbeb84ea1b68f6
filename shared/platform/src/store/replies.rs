//! Replies on their way: each save is conditional on the revision that was read.

use aws_sdk_dynamodb::types::AttributeValue;
use conversation::OutboundReply;

use super::item::{Item, Key};
use super::{Store, StoreError};

/// A reply as read, with what its next save is checked against.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedReply {
    /// The reply.
    pub reply: OutboundReply,
    revision: u64,
    expires_at: i64,
}

impl Store {
    /// One reply of a conversation.
    pub async fn reply(
        &self,
        agent: &str,
        conversation: &str,
        id: &str,
    ) -> Result<Option<SavedReply>, StoreError> {
        let Some(item) = self.get(&Key::reply(agent, conversation, id)).await? else {
            return Ok(None);
        };
        Ok(Some(SavedReply {
            reply: item.body()?,
            revision: item
                .integer("revision")
                .and_then(|n| u64::try_from(n).ok())
                .unwrap_or(0),
            expires_at: item.integer("expires_at").unwrap_or(0),
        }))
    }

    /// Saves a changed reply. `None`: somebody else changed it meanwhile, nothing was written.
    pub async fn save_reply(
        &self,
        agent: &str,
        conversation: &str,
        read: &SavedReply,
        reply: OutboundReply,
    ) -> Result<Option<SavedReply>, StoreError> {
        let next = SavedReply {
            reply,
            revision: read.revision + 1,
            expires_at: read.expires_at,
        };
        let item = Item::reply(
            agent,
            conversation,
            &next.reply,
            next.revision,
            next.expires_at,
        )?;
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .condition_expression("revision = :read")
            .expression_attribute_values(":read", AttributeValue::N(read.revision.to_string()))
            .send()
            .await;
        match result {
            Ok(_) => Ok(Some(next)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|service| service.is_conditional_check_failed_exception()) =>
            {
                // Our own write may have got through and only its answer got lost: then what is
                // stored is what we wanted to store.
                let stored = self.reply(agent, conversation, &next.reply.id).await?;
                Ok(stored.filter(|stored| *stored == next))
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }
}
