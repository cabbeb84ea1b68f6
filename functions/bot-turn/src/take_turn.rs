//! One turn: ask the bot, store what it wants done, queue it in order.
//!
//! Everything is stored in one commit before anything is queued. A crash in between is healed by
//! the queue: the turn comes again, is found done, and what it became is queued once more under the
//! same deduplication ids.

use std::time::Duration;

use conversation::{Conversation, EventStatus, QueueMessage, StoredEvent, Work as Queued};
use platform::{
    Agent, Attempts, Commit, CommitError, EventGuard, Failed, Platform, QueueError, Retry,
    Unfinished, Work,
};
use time::OffsetDateTime;

use crate::ask::{Said, ask};
use crate::outcome::{Outcome, leave_alone};

/// What a turn needs.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) bots: bots::Bots,
}

/// Takes one turn.
pub(crate) async fn take_turn(
    deps: &Deps,
    work: &Work,
    now: OffsetDateTime,
    remaining: Duration,
    record: &mut Unfinished,
) -> Result<&'static str, Failed> {
    let Queued::Turn { turn_id } = &work.message.work else {
        return Err(Failed::misrouted(work));
    };
    record.id = Some(turn_id.clone());
    let (name, id) = (&work.message.agent, &work.message.conversation_id);
    let agent = deps.platform.agent_of(work, record).await?;

    let store = &deps.platform.store;
    let (event, read) = tokio::join!(
        store.event(name, id, turn_id),
        store.conversation(name, id, now)
    );
    let unavailable = |error| Failed::because("store_unavailable", work, &error);
    let event = event.map_err(unavailable)?;
    let conversation = read.map_err(unavailable)?;
    let Some(event) = event else {
        return Ok("expired");
    };
    let EventStatus::Queued { answer } = &event.status else {
        // Delivered again: done before, but perhaps not queued on.
        queue_on(&deps.platform, &work.message, &event, conversation.as_ref())
            .await
            .map_err(|error| Failed::because("queue_unavailable", work, &error))?;
        return Ok("duplicate");
    };
    let conversation = conversation.unwrap_or_else(|| Conversation::new(name, id, now));
    let said = match answer {
        // Left alone whatever is said; see Outcome.
        _ if leave_alone(&conversation, &event).is_some() => Said::Later,
        Some(answer) => Said::Answer(answer.clone()),
        None => {
            let turn = event.turn(&conversation, agent.settings.answer_within_secs);
            ask(&deps.bots, &agent, work, &turn, remaining, record).await?
        }
    };
    let turn = Turn {
        platform: &deps.platform,
        agent: &agent,
        work,
        event: &event,
        said,
        now,
    };
    turn.commit(conversation, record).await
}

/// A turn the bot has had its say about.
struct Turn<'a> {
    platform: &'a Platform,
    agent: &'a Agent,
    work: &'a Work,
    event: &'a StoredEvent,
    said: Said,
    now: OffsetDateTime,
}

impl Turn<'_> {
    /// Stores what the turn became, then queues it.
    async fn commit(
        &self,
        mut before: Conversation,
        record: &mut Unfinished,
    ) -> Result<&'static str, Failed> {
        let Self {
            platform,
            agent,
            work,
            now,
            ..
        } = *self;
        let because =
            |outcome, error: &dyn std::error::Error| Failed::because(outcome, work, error);
        let retry = Retry::backed_off(work.received);
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let outcome = Outcome::of(&self.said, &before, self.event, &agent.settings, now);
            let committed = platform
                .store
                .commit(Commit {
                    conversation: &outcome.conversation,
                    read: (before.version > 0).then_some(&before),
                    event: Some((&outcome.event, EventGuard::Queued)),
                    replies: &outcome.replies,
                    expires_at: agent.settings.expires_at(now),
                    now,
                })
                .await;
            match committed {
                Ok(_) => {
                    let Outcome {
                        name,
                        reason,
                        conversation,
                        event,
                        ..
                    } = outcome;
                    record.reason = reason.or(record.reason.take());
                    queue_on(platform, &work.message, &event, Some(&conversation))
                        .await
                        .map_err(|error| because("queue_unavailable", &error))?;
                    return Ok(name);
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

/// Queues what a finished turn became: its replies in order, then the handover it asked for.
async fn queue_on(
    platform: &Platform,
    message: &QueueMessage,
    event: &StoredEvent,
    conversation: Option<&Conversation>,
) -> Result<(), QueueError> {
    let to = |work| QueueMessage::new(&message.agent, &message.conversation_id, work);
    if let EventStatus::Turned { reply_ids, .. } = &event.status {
        for id in reply_ids {
            platform
                .queues
                .send(&to(Queued::Reply {
                    reply_id: id.clone(),
                }))
                .await?;
        }
    }
    let asked = conversation.and_then(|conversation| conversation.handover.as_ref());
    if let Some(handover) = asked.filter(|handover| handover.id == event.key) {
        platform
            .queues
            .send(&to(Queued::Handover {
                handover_id: handover.id.clone(),
            }))
            .await?;
    }
    Ok(())
}
