//! Where our agents said something, read over the whole table: for comparisons, not for serving.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use conversation::{Delivery, EventStatus, OutboundReply, StoredEvent};
use sparkcentral::Reply;
use time::OffsetDateTime;

use super::item::Item;
use super::{Store, StoreError};

impl Store {
    /// By agent, the conversations in which it sent at least one message from `from` until before `to`,
    /// as far as items are kept. Reads the whole table.
    pub async fn spoken(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
        let text = |text: &str| AttributeValue::S(text.into());
        let mut items = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression(
                "begins_with(sk, :reply) OR (begins_with(sk, :event) AND #status = :answered)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":reply", text("REPLY#"))
            .expression_attribute_values(":event", text("EVENT#"))
            .expression_attribute_values(":answered", text("answered"))
            .into_paginator()
            .items()
            .send();
        let mut spoken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        while let Some(item) = items.next().await {
            let item = Item::from_map(item.map_err(StoreError::aws)?);
            let Some((agent, conversation)) = item.conversation() else {
                continue;
            };
            let at = match item.sort_key().starts_with("EVENT#") {
                true => answered_at(&item.body()?),
                false => sent_at(&item.body()?),
            };
            if at.is_some_and(|at| from <= at && at < to) {
                let conversations = spoken.entry(agent.to_owned()).or_default();
                conversations.insert(conversation.to_owned());
            }
        }
        Ok(spoken)
    }
}

/// An inline answer is given within seconds of its event.
fn answered_at(event: &StoredEvent) -> Option<OffsetDateTime> {
    match &event.status {
        EventStatus::Answered { reply } if has_message(reply) => Some(event.received_at),
        _ => None,
    }
}

fn sent_at(reply: &OutboundReply) -> Option<OffsetDateTime> {
    match reply.delivery {
        Delivery::Sent { at } if has_message(&reply.reply) => Some(at),
        _ => None,
    }
}

fn has_message(reply: &Reply) -> bool {
    reply.send_message.is_some() || !reply.send_messages.is_empty()
}
