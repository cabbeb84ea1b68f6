//! Channels of agents: learned once, saved against the revision that was read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use conversation::{Channel, SeenChannel};
use time::OffsetDateTime;

use super::item::{Item, Key};
use super::{Store, StoreError};

/// Channels remembered at most; a vendor that makes up ids must not fill the memory.
const MAX_KNOWN: usize = 1_000;
/// Saves tried, when others learn the same channel at the same moment.
const MAX_TRIES: usize = 3;

/// A channel as read, with what its next save is checked against.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedChannel {
    /// The channel.
    pub channel: Channel,
    revision: u64,
}

/// What this process knows to be in the table, by agent and channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<Mutex<HashMap<(String, String), SeenChannel>>>);

impl Known {
    /// Whether the event tells nothing new.
    fn has(&self, agent: &str, seen: &SeenChannel) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&(agent.to_owned(), seen.id.clone()))
            .is_some_and(|known| {
                (seen.name.is_none() || seen.name == known.name)
                    && (seen.medium.is_none() || seen.medium == known.medium)
            })
    }

    fn remember(&self, agent: &str, channel: &Channel) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        let seen = SeenChannel {
            id: channel.id.clone(),
            medium: channel.medium.clone(),
            name: channel.name.clone(),
        };
        known.insert((agent.to_owned(), channel.id.clone()), seen);
    }
}

impl Store {
    /// One channel of an agent.
    pub async fn channel(&self, agent: &str, id: &str) -> Result<Option<SavedChannel>, StoreError> {
        let Some(item) = self.get(&Key::channel(agent, id)).await? else {
            return Ok(None);
        };
        let revision = item.integer("revision");
        Ok(Some(SavedChannel {
            channel: item.body()?,
            revision: revision.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
        }))
    }

    /// All channels of an agent, by id.
    pub async fn channels(&self, agent: &str) -> Result<Vec<Channel>, StoreError> {
        let items = self.partition(Key::channels(agent)).await?;
        items.iter().map(Item::body).collect()
    }

    /// Adds a channel. `false`: the agent has one of that id already, nothing was written.
    pub async fn add_channel(&self, agent: &str, channel: &Channel) -> Result<bool, StoreError> {
        let item = Item::channel(agent, channel, 1)?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .condition_expression("attribute_not_exists(pk)");
        written(Box::pin(put.send()).await)
    }

    /// Saves a changed channel. `None`: somebody else changed it meanwhile, nothing was written.
    pub async fn save_channel(
        &self,
        agent: &str,
        read: &SavedChannel,
        channel: Channel,
    ) -> Result<Option<SavedChannel>, StoreError> {
        let next = SavedChannel {
            channel,
            revision: read.revision + 1,
        };
        let item = Item::channel(agent, &next.channel, next.revision)?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.into_map()))
            .condition_expression("revision = :read")
            .expression_attribute_values(":read", AttributeValue::N(read.revision.to_string()));
        if written(Box::pin(put.send()).await)? {
            return Ok(Some(next));
        }
        // Our own write may have got through and only its answer got lost: then what is stored is
        // what we wanted to store.
        let stored = self.channel(agent, &next.channel.id).await?;
        Ok(stored.filter(|stored| *stored == next))
    }

    /// Makes sure that the table has the channel an event told of, under its newest name. Costs
    /// nothing where this process knows that it has; else a read, and a write where it is news.
    pub async fn learn_channel(
        &self,
        agent: &str,
        seen: &SeenChannel,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if self.known_channels.has(agent, seen) {
            return Ok(());
        }
        for _ in 0..MAX_TRIES {
            let channel = match self.channel(agent, &seen.id).await? {
                None => {
                    let channel = Channel::new(seen.clone(), now);
                    self.add_channel(agent, &channel).await?.then_some(channel)
                }
                Some(read) => {
                    let mut channel = read.channel.clone();
                    if channel.learn(seen, now) {
                        let saved = self.save_channel(agent, &read, channel).await?;
                        saved.map(|saved| saved.channel)
                    } else {
                        Some(channel)
                    }
                }
            };
            if let Some(channel) = channel {
                self.known_channels.remember(agent, &channel);
                return Ok(());
            }
        }
        // Those who were faster have learned it.
        Ok(())
    }
}

/// Whether a conditional write went through.
fn written(result: Result<PutItemOutput, SdkError<PutItemError>>) -> Result<bool, StoreError> {
    match result {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
        {
            Ok(false)
        }
        Err(error) => Err(StoreError::aws(error)),
    }
}
