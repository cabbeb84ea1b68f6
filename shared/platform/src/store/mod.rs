//! The conversations table.
//!
//! One item collection per conversation, so that everything about it is one consistent query:
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `AGENT` | `{agent}` | the agent's settings |
//! | `CHANNELS#{agent}` | `CHANNEL#{channel}` | a [`Channel`](conversation::Channel) |
//! | `OLDSECRETS#{agent}` | which | when a secret of before a rotation was last used: an [`OldSecret`] |
//! | `{agent}#{conversation}` | `STATE` | the [`Conversation`] |
//! | `{agent}#{conversation}` | `EVENT#{idempotency key}` | a [`StoredEvent`]: the contact's message and its answer |
//! | `{agent}#{conversation}` | `REPLY#{reply id}` | an [`OutboundReply`] |
//!
//! Each item is its type's JSON in `body`, and beside it only the attributes that conditions need.
//! Every guarantee is a condition on a write; nothing is locked. Items carry `expires_at` (seconds
//! since 1970): DynamoDB deletes late, so an expired item counts as absent here.

mod begin;
mod channels;
mod commit;
mod direct;
mod erase;
mod item;
mod listing;
mod old_secrets;
mod replies;
mod settings;
mod spoken;
mod state;
mod transaction;
mod wire;

use std::sync::Arc;

use aws_access::Direct;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::AttributeValue;
use conversation::{Conversation, OutboundReply, StoredEvent, Utterance, history};
use time::OffsetDateTime;

pub use channels::SavedChannel;
pub use commit::{Commit, CommitError, Committed, EventGuard};
pub use erase::RawItem;
pub use listing::{Listed, Listing, Wanted};
pub use old_secrets::OldSecret;
pub use replies::SavedReply;
pub use settings::SavedSettings;

use item::{Item, Key};

/// The table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
    known_channels: channels::Known,
    direct: Option<Arc<Direct>>,
}

/// The table could not be used, or holds what this build can't read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused or did not answer, after the SDK's own retries.
    #[error("DynamoDB did not carry the request out")]
    Aws(#[source] BoxError),
    /// An item without the attributes or the JSON it should have.
    #[error("item {key} can't be read: {problem}")]
    Unreadable {
        /// pk and sk.
        key: String,
        /// What is wrong with it, without its content.
        problem: String,
    },
}

impl StoreError {
    fn aws(error: impl Into<BoxError>) -> Self {
        Self::Aws(error.into())
    }
}

/// Everything stored of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// The conversation's state.
    pub conversation: Option<Conversation>,
    /// Its events, oldest first.
    pub events: Vec<StoredEvent>,
    /// Its replies, oldest first.
    pub replies: Vec<OutboundReply>,
}

impl Transcript {
    /// Puts the event in flight among the others, if it has no record yet.
    fn place_begun(&mut self) {
        let Some(conversation) = &mut self.conversation else {
            return;
        };
        let Some(begun) = conversation.begun_record() else {
            return;
        };
        match self.events.iter().any(|event| event.key == begun.key) {
            true => conversation.begun_is_over(),
            false => self.events.push(begun),
        }
    }
}

impl Store {
    /// A store on a table.
    pub fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            known_channels: channels::Known::default(),
            direct: None,
        }
    }

    /// The same, whose most frequent writes need not go through the SDK.
    pub fn with_direct(mut self, direct: Option<Direct>) -> Self {
        self.direct = direct.map(Arc::new);
        self
    }

    /// State of a conversation, as of all writes before.
    pub async fn conversation(
        &self,
        agent: &str,
        conversation: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Conversation>, StoreError> {
        let item = self.get(&Key::state(agent, conversation)).await?;
        let Some(item) = item.filter(|item| !item.is_expired(now)) else {
            return Ok(None);
        };
        let mut read = state::conversation_of(&item)?;
        if let Some(begun) = read.begun()
            && self
                .record(agent, conversation, &begun.key, now)
                .await?
                .is_some()
        {
            read.begun_is_over();
        }
        Ok(Some(read))
    }

    /// One event of a conversation.
    pub async fn event(
        &self,
        agent: &str,
        conversation: &str,
        key: &str,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let item = self.get(&Key::event(agent, conversation, key)).await?;
        item.map(|item| item.body()).transpose()
    }

    /// The record of an event, unless it has expired.
    pub async fn record(
        &self,
        agent: &str,
        conversation: &str,
        key: &str,
        now: OffsetDateTime,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let item = self.get(&Key::event(agent, conversation, key)).await?;
        item.filter(|item| !item.is_expired(now))
            .map(|item| item.body())
            .transpose()
    }

    /// Everything stored of a conversation.
    pub async fn transcript(
        &self,
        agent: &str,
        conversation: &str,
        now: OffsetDateTime,
    ) -> Result<Transcript, StoreError> {
        let mut transcript = Transcript::default();
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(
                ":pk",
                AttributeValue::S(Key::partition(agent, conversation)),
            )
            .into_paginator()
            .items()
            .send();
        while let Some(item) = pages.next().await {
            let item = Item::from_map(item.map_err(StoreError::aws)?);
            if item.is_expired(now) {
                continue;
            }
            match item.sort_key().split('#').next() {
                Some("STATE") => transcript.conversation = Some(state::conversation_of(&item)?),
                Some("EVENT") => transcript.events.push(item.body()?),
                Some("REPLY") => transcript.replies.push(item.body()?),
                // Written by a newer build.
                _ => {}
            }
        }
        transcript.place_begun();
        transcript.events.sort_by_key(|event| event.received_at);
        transcript.replies.sort_by_key(|reply| reply.created_at);
        Ok(transcript)
    }

    /// The last `most` texts of the conversation's episode that were said before the turn `turn_id`, for
    /// its bot; see [`history`]. Reads nothing where the bot wants none.
    pub async fn history(
        &self,
        conversation: &Conversation,
        turn_id: &str,
        most: usize,
        now: OffsetDateTime,
    ) -> Result<Vec<Utterance>, StoreError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let Conversation {
            agent, id, episode, ..
        } = conversation;
        let said = Box::pin(self.transcript(agent, id, now)).await?;
        Ok(history(
            &said.events,
            &said.replies,
            *episode,
            Some(turn_id),
            most,
        ))
    }

    /// Every item of a partition that is small, by sort key, as of all writes before.
    async fn partition(&self, pk: String) -> Result<Vec<Item>, StoreError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            found.push(Item::from_map(item.map_err(StoreError::aws)?));
        }
        Ok(found)
    }

    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.to_map()))
            .consistent_read(true);
        // Boxed, because webhooks seldom need it, and all of them would carry it along.
        let output = Box::pin(get.send()).await.map_err(StoreError::aws)?;
        Ok(output.item.map(Item::from_map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue;
    use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;

    use telemetry::Causes;

    #[test]
    fn causes_are_told_and_what_people_wrote_is_not() {
        let refused = ConditionalCheckFailedException::builder()
            .message("the condition failed")
            .item("body", AttributeValue::S("what the contact wrote".into()))
            .build();
        assert!(
            format!("{refused:?}").contains("what the contact wrote"),
            "the danger is real"
        );
        let error = StoreError::Aws(refused.into());
        let told = Causes(&error).to_string();
        assert!(
            told.contains("DynamoDB") && told.contains("the condition failed"),
            "{told}"
        );
        assert!(!told.contains("what the contact wrote"), "{told}");
    }
}
