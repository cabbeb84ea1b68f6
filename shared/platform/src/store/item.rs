//! Items: a key, a JSON body, and the attributes that conditions need.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use conversation::{Channel, EventStatus, OutboundReply, StoredEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::StoreError;
use super::wire::Attributes;

/// Key of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    /// The partition of all agents' settings.
    pub(super) const AGENTS: &str = "AGENT";

    pub(super) fn settings(agent: &str) -> Self {
        Self {
            pk: Self::AGENTS.into(),
            sk: agent.into(),
        }
    }

    /// No agent's name has capitals, so no conversation shares the partition.
    pub(super) fn channel(agent: &str, channel: &str) -> Self {
        Self {
            pk: Self::channels(agent),
            sk: format!("CHANNEL#{channel}"),
        }
    }

    /// The partition of all of an agent's channels.
    pub(super) fn channels(agent: &str) -> String {
        format!("CHANNELS#{agent}")
    }

    /// No agent's name has capitals, so no conversation shares the partition.
    pub(super) fn old_secret(agent: &str, which: String) -> Self {
        Self {
            pk: Self::old_secrets(agent),
            sk: which,
        }
    }

    /// The partition of what is known of the use of an agent's old secrets.
    pub(super) fn old_secrets(agent: &str) -> String {
        format!("OLDSECRETS#{agent}")
    }

    pub(super) fn state(agent: &str, conversation: &str) -> Self {
        Self {
            pk: Self::partition(agent, conversation),
            sk: "STATE".into(),
        }
    }

    pub(super) fn event(agent: &str, conversation: &str, key: &str) -> Self {
        Self {
            pk: Self::partition(agent, conversation),
            sk: format!("EVENT#{key}"),
        }
    }

    pub(super) fn reply(agent: &str, conversation: &str, id: &str) -> Self {
        Self {
            pk: Self::partition(agent, conversation),
            sk: format!("REPLY#{id}"),
        }
    }

    /// An agent's name holds no `#`, so no two conversations share a partition.
    pub(super) fn partition(agent: &str, conversation: &str) -> String {
        format!("{agent}#{conversation}")
    }

    pub(super) fn to_map(&self) -> HashMap<String, AttributeValue> {
        self.attributes().into_map()
    }

    pub(super) fn attributes(&self) -> Attributes {
        let attributes = Attributes::default();
        attributes.text("pk", &self.pk).text("sk", &self.sk)
    }
}

/// One item of the table.
pub(super) struct Item(Attributes);

impl Item {
    pub(super) fn new<T: Serialize>(key: &Key, body: &T) -> Result<Self, StoreError> {
        let body = Self::body_value(key, body)?;
        Ok(Self(key.attributes().with("body", body)))
    }

    /// What is in an item's `body`.
    pub(super) fn body_value<T: Serialize>(
        key: &Key,
        body: &T,
    ) -> Result<AttributeValue, StoreError> {
        let json = serde_json::to_string(body).map_err(|error| StoreError::Unreadable {
            key: format!("{} {}", key.pk, key.sk),
            problem: error.to_string(),
        })?;
        Ok(AttributeValue::S(json))
    }

    pub(super) fn event(
        agent: &str,
        conversation: &str,
        event: &StoredEvent,
        expires_at: i64,
    ) -> Result<Self, StoreError> {
        let key = Key::event(agent, conversation, &event.key);
        let mut item = Self::new(&key, event)?
            .string("status", event.status.name())
            .string("payload_hash", &event.payload_hash)
            .number("expires_at", expires_at);
        if let EventStatus::InProgress {
            lease_until,
            attempt,
        } = &event.status
        {
            item = item
                .number("lease_until", millis(*lease_until))
                .string("attempt", attempt);
        }
        Ok(item)
    }

    pub(super) fn reply(
        agent: &str,
        conversation: &str,
        reply: &OutboundReply,
        revision: u64,
        expires_at: i64,
    ) -> Result<Self, StoreError> {
        let key = Key::reply(agent, conversation, &reply.id);
        Ok(Self::new(&key, reply)?
            .number("revision", revision)
            .number("expires_at", expires_at))
    }

    /// Kept until somebody deletes it: a channel has no expiry.
    pub(super) fn channel(
        agent: &str,
        channel: &Channel,
        revision: u64,
    ) -> Result<Self, StoreError> {
        let key = Key::channel(agent, &channel.id);
        Ok(Self::new(&key, channel)?.number("revision", revision))
    }

    pub(super) fn from_map(map: HashMap<String, AttributeValue>) -> Self {
        Self(Attributes::from_map(map))
    }

    pub(super) fn into_map(self) -> HashMap<String, AttributeValue> {
        self.0.into_map()
    }

    pub(super) fn into_attributes(self) -> Attributes {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn sort_key(&self) -> &str {
        self.text("sk").unwrap_or_default()
    }

    /// Agent and conversation, of an item that belongs to one.
    pub(super) fn conversation(&self) -> Option<(&str, &str)> {
        self.text("pk")?.split_once('#')
    }

    /// DynamoDB deletes expired items hours late, so the clock decides.
    pub(super) fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.integer("expires_at")
            .is_some_and(|at| at <= now.unix_timestamp())
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        let body = self.body_text();
        let body = body.ok_or_else(|| self.unreadable(&"no body"))?;
        // serde_json's messages name fields and positions; a value of a wrong type it quotes is
        // never one of the free-text fields, which accept any string.
        serde_json::from_str(body).map_err(|error| self.unreadable(&error))
    }

    pub(super) fn unreadable(&self, problem: &dyn std::fmt::Display) -> StoreError {
        StoreError::Unreadable {
            key: format!("{} {}", self.text("pk").unwrap_or("?"), self.sort_key()),
            problem: problem.to_string(),
        }
    }

    pub(super) fn body_text(&self) -> Option<&str> {
        self.text("body")
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    pub(super) fn number(self, name: &'static str, value: impl ToString) -> Self {
        Self(self.0.number(name, value))
    }

    pub(super) fn flag(self, name: &'static str) -> Self {
        Self(self.0.with(name, AttributeValue::Bool(true)))
    }

    pub(super) fn string(self, name: &'static str, value: &str) -> Self {
        Self(self.0.text(name, value))
    }
}

impl From<Attributes> for Item {
    fn from(attributes: Attributes) -> Self {
        Self(attributes)
    }
}

/// Milliseconds since 1970: finer than `expires_at`, because leases last seconds.
pub(super) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
