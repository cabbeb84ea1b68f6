//! Conversations of the whole table: for operators who look for one, not for serving.
//!
//! The table has no index by time, because that would cost a second write each time a conversation
//! changes. So listing reads all of it, at half a read unit for each 4 KiB.

use std::cmp::Reverse;

use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use conversation::{Conversation, State};
use futures::stream::{self, Stream, StreamExt};
use time::OffsetDateTime;

use super::item::{Item, Key, millis};
use super::state::conversation_of;
use super::{Store, StoreError};

/// Parts of the table that are read at the same time.
const SEGMENTS: i32 = 4;

/// Which conversations are wanted; by default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of this agent.
    pub agent: Option<String>,
    /// Those in this state.
    pub state: Option<State>,
    /// Those of which something changed at this moment or later.
    pub changed_since: Option<OffsetDateTime>,
}

/// A conversation of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its state.
    pub conversation: Conversation,
    /// When anything of its state was last written: a message came in, a turn ended, somebody took it.
    /// [`Conversation::changed_at`] is when it came to whom it is with.
    pub changed_at: OffsetDateTime,
}

/// What listing found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The newest change first.
    pub newest: Vec<Listed>,
    /// How many are wanted, listed or not.
    pub found: usize,
    /// How many more there are that this build can't read.
    pub unreadable: usize,
}

impl Wanted {
    fn wants(&self, listed: &Listed) -> bool {
        let of_agent = |agent: &String| *agent == listed.conversation.agent;
        self.agent.as_ref().is_none_or(of_agent)
            && self
                .state
                .is_none_or(|state| state == listed.conversation.state)
            && self
                .changed_since
                .is_none_or(|since| listed.changed_at >= since)
    }

    /// Lets DynamoDB leave out what it can tell by attributes. It is charged all the same.
    fn filter(&self, scan: ScanFluentBuilder, now: OffsetDateTime) -> ScanFluentBuilder {
        let number = |n: i64| AttributeValue::N(n.to_string());
        let mut filter = "sk = :state AND expires_at > :now".to_owned();
        let mut scan = scan
            .expression_attribute_values(":state", AttributeValue::S("STATE".into()))
            .expression_attribute_values(":now", number(now.unix_timestamp()));
        if let Some(agent) = &self.agent {
            filter.push_str(" AND begins_with(pk, :agent)");
            let partitions = AttributeValue::S(Key::partition(agent, ""));
            scan = scan.expression_attribute_values(":agent", partitions);
        }
        if let Some(since) = self.changed_since {
            // Items of builds that did not write it are judged by what is in them.
            filter.push_str(" AND (written_at >= :since OR attribute_not_exists(written_at))");
            scan = scan.expression_attribute_values(":since", number(millis(since)));
        }
        scan.filter_expression(filter)
    }
}

impl Listed {
    fn of(item: &Item) -> Result<Self, StoreError> {
        let conversation = conversation_of(item)?;
        let written_at = item.integer("written_at").and_then(|at| {
            let nanos = i128::from(at) * 1_000_000;
            OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
        });
        Ok(Self {
            changed_at: written_at.unwrap_or(conversation.changed_at),
            conversation,
        })
    }
}

impl Store {
    /// All conversations that are wanted, in no order, page by page. Reads the whole table. One that
    /// can't be read is an error in its place.
    pub fn conversations(
        &self,
        wanted: &Wanted,
        now: OffsetDateTime,
    ) -> impl Stream<Item = Result<Listed, StoreError>> + use<> {
        let segment = |segment: i32| {
            let scan = self.client.scan().table_name(&self.table);
            let scan = wanted.filter(scan.segment(segment).total_segments(SEGMENTS), now);
            let items = scan.into_paginator().items().send();
            Box::pin(stream::unfold(items, async |mut items| {
                items.next().await.map(|item| (item, items))
            }))
        };
        let wanted = wanted.clone();
        stream::select_all((0..SEGMENTS).map(segment)).filter_map(move |item| {
            let listed = match item {
                Ok(item) => Listed::of(&Item::from_map(item)),
                Err(error) => Err(StoreError::aws(error)),
            };
            let is_wanted = listed.as_ref().map_or(true, |listed| wanted.wants(listed));
            std::future::ready(is_wanted.then_some(listed))
        })
    }

    /// The `limit` conversations that changed last, of those that are wanted. Reads the whole table.
    pub async fn newest_conversations(
        &self,
        wanted: &Wanted,
        limit: usize,
        now: OffsetDateTime,
    ) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        let mut listed = std::pin::pin!(self.conversations(wanted, now));
        while let Some(found) = listed.next().await {
            match found {
                Ok(found) => listing.add(found, limit),
                Err(StoreError::Unreadable { .. }) => listing.unreadable += 1,
                Err(error) => return Err(error),
            }
        }
        listing.cut(limit);
        Ok(listing)
    }
}

impl Listing {
    fn add(&mut self, found: Listed, limit: usize) {
        self.found += 1;
        self.newest.push(found);
        // Now and then, so that memory holds a few times the limit and not the table.
        if self.newest.len() >= limit.saturating_mul(2).max(1_000) {
            self.cut(limit);
        }
    }

    fn cut(&mut self, limit: usize) {
        self.newest.sort_by(|a, b| order(a).cmp(&order(b)));
        self.newest.truncate(limit);
    }
}

fn order(listed: &Listed) -> (Reverse<OffsetDateTime>, &str, &str) {
    let conversation = &listed.conversation;
    (
        Reverse(listed.changed_at),
        &conversation.agent,
        &conversation.id,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;

    const T0: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn listed(n: i64) -> Listed {
        Listed {
            conversation: Conversation::new("demo", &format!("c-{n}"), T0),
            changed_at: T0 + Duration::seconds(n),
        }
    }

    #[test]
    fn the_newest_are_kept_in_whatever_order_they_are_found() {
        let (all, limit) = (5_000, 7);
        let mut listing = Listing::default();
        for n in 0..all {
            // The step has no common divisor with their number: each comes once, out of order.
            listing.add(listed(n * 1_237 % all), limit);
            assert!(listing.newest.len() <= 1_000);
        }
        listing.cut(limit);
        let newest: Vec<_> = (all - 7..all).rev().map(listed).collect();
        assert_eq!(listing.newest, newest);
        assert_eq!(listing.found, 5_000);
    }

    #[test]
    fn of_changes_at_the_same_moment_the_order_is_by_name() {
        let at = |agent: &str, id: &str| Listed {
            conversation: Conversation::new(agent, id, T0),
            changed_at: T0,
        };
        let mut listing = Listing::default();
        for found in [at("b", "1"), at("a", "2"), at("a", "1")] {
            listing.add(found, 10);
        }
        listing.cut(10);
        assert_eq!(listing.newest, [at("a", "1"), at("a", "2"), at("b", "1")]);
    }

    #[test]
    fn each_filter_leaves_out_what_it_says() {
        let mut closed = listed(60);
        closed.conversation.state = State::Resolved;
        let all = Wanted::default();
        assert!(all.wants(&closed));
        for (agent, wanted) in [("demo", true), ("dem", false), ("demo-2", false)] {
            let agent = Some(agent.to_owned());
            let wants = Wanted {
                agent,
                ..all.clone()
            };
            assert_eq!(wants.wants(&closed), wanted);
        }
        for (state, wanted) in [(State::Resolved, true), (State::WithBot, false)] {
            let state = Some(state);
            let wants = Wanted {
                state,
                ..all.clone()
            };
            assert_eq!(wants.wants(&closed), wanted);
        }
        for (second, wanted) in [(59, true), (60, true), (61, false)] {
            let changed_since = Some(T0 + Duration::seconds(second));
            let wants = Wanted {
                changed_since,
                ..all.clone()
            };
            assert_eq!(wants.wants(&closed), wanted);
        }
    }
}
