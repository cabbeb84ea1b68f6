//! One turn: ask the bot, store what it wants done, queue it in order.
//!
//! Everything is stored in one commit before anything is queued. A crash in between is healed by
//! the queue: the turn comes again, is found done, and what it became is queued once more under the
//! same deduplication ids.
//!
//! The line of waiting turns is the conversation's, not the queue's: a turn whose inline answer was
//! not ready in time is queued behind messages that arrived later, and is given to the bot first.

use std::time::Duration;

use conversation::{Conversation, Early, EventStatus, StoredEvent, Work as Queued, merged};
use platform::{
    Agent, Attempts, Commit, CommitError, EventGuard, Failed, Platform, Retry, StoreError,
    Unfinished, Work,
};
use time::OffsetDateTime;

use crate::ask::{Said, ask};
use crate::line;
use crate::outcome::{Outcome, leave_alone};
use crate::queue_on::{again, queue_on};

/// What a turn needs.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) bots: bots::Bots,
}

/// Takes one turn, and those that wait before it.
pub(crate) async fn take_turn(
    deps: &Deps,
    work: &Work,
    until: OffsetDateTime,
    record: &mut Unfinished,
) -> Result<&'static str, Failed> {
    let Queued::Turn { turn_id } = &work.message.work else {
        return Err(Failed::misrouted(work));
    };
    record.id = Some(turn_id.clone());
    let (name, id) = (&work.message.agent, &work.message.conversation_id);
    let agent = deps.platform.agent_of(work, record).await?;
    let store = &deps.platform.store;
    let unavailable = |error: StoreError| Failed::because("store_unavailable", work, &error);
    let mut outcome = None;
    loop {
        let now = OffsetDateTime::now_utc();
        let (event, read) = tokio::join!(
            store.event(name, id, turn_id),
            store.conversation(name, id, now)
        );
        let (event, read) = (event.map_err(unavailable)?, read.map_err(unavailable)?);
        let Some(event) = event else {
            return Ok("expired");
        };
        if !matches!(event.status, EventStatus::Queued { .. }) {
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
            // Delivered again: done before, but perhaps not queued on.
            again(deps, work, &event, read.as_ref()).await?;
            return Ok("duplicate");
        }
        let conversation = read.unwrap_or_else(|| Conversation::new(name, id, now));
        let free = line::free(&deps.platform, conversation, turn_id).await;
        let conversation = free.map_err(unavailable)?;
        if conversation.is_busy_for(turn_id, OffsetDateTime::now_utc()) {
            return Err(Failed {
                outcome: "waiting",
                retry: Retry::backed_off(work.received),
            });
        }
        let settled = line::settle(&deps.platform, &agent, conversation).await;
        let mut conversation = settled.map_err(unavailable)?;
        let early = conversation.early.clone();
        let events = line::next(&deps.platform, &agent, &mut conversation, &early, event).await;
        let events = events.map_err(unavailable)?;
        let turn = Turn {
            deps,
            agent: &agent,
            work,
            early,
            events,
        };
        outcome = Some(turn.take(conversation, until, record).await?);
    }
}

/// Events that are given to the bot as one.
struct Turn<'a> {
    deps: &'a Deps,
    agent: &'a Agent,
    work: &'a Work,
    /// Answers to turns in work that were there before the bot was asked.
    early: Early,
    /// Oldest first, at least one.
    events: Vec<StoredEvent>,
}

impl Turn<'_> {
    async fn take(
        &self,
        conversation: Conversation,
        until: OffsetDateTime,
        record: &mut Unfinished,
    ) -> Result<&'static str, Failed> {
        let Some(event) = merged(&self.events) else {
            return Ok("expired");
        };
        let said = match &event.status {
            EventStatus::Queued {
                answer: Some(answer),
            } => Said::Answer(answer.clone()),
            _ if leave_alone(&conversation, &event).is_some() => Said::NotAsked,
            // By somebody who asked it and died: the answer came all the same.
            _ if self.early.names(&event.key) => Said::Answer(Box::default()),
            _ if self.agent.settings.paused => Said::Paused,
            _ => {
                let left = Duration::try_from(until - OffsetDateTime::now_utc());
                let left = left.unwrap_or_default();
                let (deps, agent, work) = (self.deps, self.agent, self.work);
                ask(deps, agent, work, &event, &conversation, left, record).await?
            }
        };
        self.commit(&said, &event, conversation, record).await
    }

    /// Stores what the turn became, then queues it.
    async fn commit(
        &self,
        said: &Said,
        event: &StoredEvent,
        mut before: Conversation,
        record: &mut Unfinished,
    ) -> Result<&'static str, Failed> {
        let (platform, settings) = (&self.deps.platform, &self.agent.settings);
        let now = OffsetDateTime::now_utc();
        let because =
            |outcome, error: &dyn std::error::Error| Failed::because(outcome, self.work, error);
        let retry = Retry::backed_off(self.work.received);
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let (events, asked) = (&self.events, &self.early);
            let outcome = Outcome::of(said, &before, event, events, asked, settings, now);
            let events: Vec<_> = outcome
                .events
                .iter()
                .map(|event| (event.clone(), EventGuard::Queued))
                .collect();
            let committed = platform
                .store
                .commit(Commit {
                    conversation: &outcome.conversation,
                    read: (before.version > 0).then_some(&before),
                    events: &events,
                    replies: &outcome.replies,
                    expires_at: settings.expires_at(now),
                    now,
                })
                .await;
            match committed {
                Ok(_) => {
                    record.reason = outcome.reason.clone().or(record.reason.take());
                    if let Some(first) = self.events.first() {
                        record.done_since(first.received_at, OffsetDateTime::now_utc());
                    }
                    let queued = queue_on(
                        platform,
                        &self.work.message,
                        outcome.turn(),
                        Some(&outcome.conversation),
                    );
                    queued
                        .await
                        .map_err(|error| because("queue_unavailable", &error))?;
                    return Ok(outcome.name);
                }
                Err(CommitError::Conflict) => {}
                // Another delivery of the same turn is faster; this one looks again.
                Err(CommitError::EventTaken(_)) => {
                    return Err(Failed {
                        outcome: "taken",
                        retry,
                    });
                }
                Err(error @ (CommitError::ReplyExists | CommitError::Store(_))) => {
                    return Err(because("store_unavailable", &error));
                }
            }
            let (name, id) = (&before.agent, &before.id);
            let read = platform.store.conversation(name, id, now).await;
            let read = read.map_err(|error| because("store_unavailable", &error))?;
            before = read.unwrap_or_else(|| Conversation::new(name, id, now));
        }
        Err(Failed {
            outcome: "contended",
            retry,
        })
    }
}
