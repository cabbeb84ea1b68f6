//! One turn: ask the bot, store what it wants done, queue it in order.
//!
//! Everything is stored in one commit before anything is queued. A crash in between is healed by
//! the queue: the turn comes again, is found done, and what it became is queued once more under the
//! same deduplication ids.

use std::time::Duration;

use bots::BotError;
use conversation::{
    Answer, BotAnswer, Conversation, Delivery, EventStatus, Handover, HandoverReason, NotAsked,
    OutboundReply, Plan, QueueMessage, ReplySource, StoredEvent, Work as Queued, for_rest,
};
use platform::{
    Agent, AgentError, Commit, CommitError, EventGuard, Platform, Retry, Unfinished, Work,
};
use time::OffsetDateTime;

/// Times the bot is asked before people are.
const MAX_ATTEMPTS: u32 = 3;
/// Times a commit is tried against a conversation that others change at the same moment.
const COMMIT_TRIES: u32 = 10;

/// What a turn needs.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) bots: bots::Bots,
}

/// What the bot's part of the turn came to.
enum Said {
    /// Something to carry out.
    Answer(Box<Answer>),
    /// An answer through conversation-api, some time.
    Later,
    /// Nothing usable, and asking again won't help or can't be done in time.
    Failed(HandoverReason),
}

/// Takes one turn and records what became of it.
pub(crate) async fn take_turn(
    deps: &Deps,
    work: Work,
    now: OffsetDateTime,
    remaining: Duration,
) -> Result<(), Retry> {
    let mut record = deps.platform.telemetry.begin();
    record.conversation = Some(work.message.conversation_id.clone());
    record.attempt = Some(work.received.to_string());
    let result = decide(deps, &work, now, remaining, &mut record).await;
    match result {
        Ok(outcome) => {
            record.finish(outcome);
            Ok(())
        }
        Err((outcome, retry)) => {
            record.finish(outcome);
            Err(retry)
        }
    }
}

type Failure = (&'static str, Retry);

async fn decide(
    deps: &Deps,
    work: &Work,
    now: OffsetDateTime,
    remaining: Duration,
    record: &mut Unfinished,
) -> Result<&'static str, Failure> {
    let Queued::Turn { turn_id } = &work.message.work else {
        return Err(misrouted(work));
    };
    record.id = Some(turn_id.clone());
    let again = |outcome, error: &dyn std::error::Error| {
        tracing::error!(outcome, error = %error, "turn put back");
        (outcome, Retry::backed_off(work.received))
    };
    let (name, id) = (&work.message.agent, &work.message.conversation_id);
    let agent = match deps.platform.agents.agent(name).await {
        Ok(agent) => agent,
        Err(error @ AgentError::Unknown) => return Err(again("unknown_agent", &error)),
        Err(error) => return Err(again("agent_unavailable", &error)),
    };
    record.agent.clone_from(&agent.name);
    let store = &deps.platform.store;
    let (event, read) = tokio::join!(
        store.event(name, id, turn_id),
        store.conversation(name, id, now)
    );
    let event = event.map_err(|error| again("store_unavailable", &error))?;
    let read = read.map_err(|error| again("store_unavailable", &error))?;
    let Some(event) = event else {
        return Ok("expired");
    };
    let EventStatus::Queued { answer } = &event.status else {
        // Delivered again: done before, but perhaps not queued on.
        requeue(deps, &work.message, &event, read.as_ref())
            .await
            .map_err(|error| again("queue_unavailable", &error))?;
        return Ok("duplicate");
    };
    let conversation = read.unwrap_or_else(|| Conversation::new(name, id, now));
    let said = match (answer, leave_alone(&conversation, &event)) {
        (_, Some(_)) => Said::Later,
        (Some(answer), None) => Said::Answer(answer.clone()),
        (None, None) => {
            ask(
                deps,
                &agent,
                work,
                &event,
                &conversation,
                now,
                remaining,
                record,
            )
            .await?
        }
    };
    let turn = Turn {
        deps,
        agent: &agent,
        work,
        event: &event,
        said,
        now,
    };
    turn.commit(conversation, record).await
}

fn misrouted(work: &Work) -> Failure {
    tracing::error!(kind = ?work.message.work, "message in the wrong queue");
    ("misrouted", Retry::backed_off(work.received))
}

/// Why the bot is not asked about the event after all, if it isn't.
fn leave_alone(conversation: &Conversation, event: &StoredEvent) -> Option<NotAsked> {
    conversation
        .not_asked()
        .or((event.episode != conversation.episode).then_some(NotAsked::EarlierEpisode))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site, and each is its own thing"
)]
async fn ask(
    deps: &Deps,
    agent: &Agent,
    work: &Work,
    event: &StoredEvent,
    conversation: &Conversation,
    now: OffsetDateTime,
    remaining: Duration,
    record: &mut Unfinished,
) -> Result<Said, Failure> {
    let turn = event.turn(conversation, agent.settings.answer_within_secs);
    let left = Duration::try_from(turn.answer_by - now).unwrap_or_default();
    if left.is_zero() {
        return Ok(Said::Failed(HandoverReason::Deadline));
    }
    let key = agent.secrets.current.bot_signing_key.as_ref();
    let bot = match deps.bots.get(&agent.name, &agent.settings.bot, key) {
        Ok(bot) => bot,
        Err(error) => {
            tracing::error!(agent = agent.name, %error, "the agent's bot can't be built");
            return Ok(Said::Failed(HandoverReason::BotFailed));
        }
    };
    let within = left.min(remaining);
    let answer = tokio::time::timeout(within, bot.answer(&turn, within)).await;
    let error = match answer {
        Ok(Ok(BotAnswer::Now(answer))) => return Ok(Said::Answer(Box::new(answer))),
        Ok(Ok(BotAnswer::Later)) => return Ok(Said::Later),
        Ok(Err(error)) => error,
        Err(_elapsed) => BotError::TimedOut { after: within },
    };
    let retry = Retry::backed_off(work.received);
    let in_time = retry.after + within < left;
    tracing::warn!(agent = agent.name, attempt = work.received, %error, "the bot failed");
    record.reason = Some(error.to_string());
    if error.is_retryable() && work.received < MAX_ATTEMPTS && in_time {
        return Err(("bot_failed_retrying", retry));
    }
    let reason = if in_time {
        HandoverReason::BotFailed
    } else {
        HandoverReason::Deadline
    };
    Ok(Said::Failed(reason))
}

/// A turn the bot has had its say about.
struct Turn<'a> {
    deps: &'a Deps,
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
    ) -> Result<&'static str, Failure> {
        let store = &self.deps.platform.store;
        let retry = Retry::backed_off(self.work.received);
        for _ in 0..COMMIT_TRIES {
            let mut conversation = before.clone();
            let mut event = self.event.clone();
            let (outcome, replies) = self.apply(&mut conversation, &mut event, record);
            let committed = store
                .commit(Commit {
                    conversation: &conversation,
                    read: (before.version > 0).then_some(&before),
                    event: Some((&event, EventGuard::Queued)),
                    replies: &replies,
                    expires_at: self.agent.settings.expires_at(self.now),
                    now: self.now,
                })
                .await;
            match committed {
                Ok(_) => {
                    let message = &self.work.message;
                    requeue(self.deps, message, &event, Some(&conversation))
                        .await
                        .map_err(|error| {
                            tracing::error!(%error, "turn stored, its replies not queued yet");
                            ("queue_unavailable", retry)
                        })?;
                    return Ok(outcome);
                }
                Err(CommitError::Conflict) => {}
                // Another delivery of the same turn is faster; this one looks again.
                Err(CommitError::EventTaken(_)) => return Err(("taken", retry)),
                Err(error @ (CommitError::ReplyExists | CommitError::Store(_))) => {
                    tracing::error!(%error, "turn not stored");
                    return Err(("store_unavailable", retry));
                }
            }
            let (name, id) = (&before.agent, &before.id);
            let read = store
                .conversation(name, id, self.now)
                .await
                .map_err(|error| {
                    tracing::error!(%error, "turn not stored");
                    ("store_unavailable", retry)
                })?;
            before = read.unwrap_or_else(|| Conversation::new(name, id, self.now));
        }
        Err(("contended", retry))
    }

    /// What the turn does to conversation and event, and the replies it becomes.
    fn apply(
        &self,
        conversation: &mut Conversation,
        event: &mut StoredEvent,
        record: &mut Unfinished,
    ) -> (&'static str, Vec<OutboundReply>) {
        conversation.queued_turns = conversation.queued_turns.saturating_sub(1);
        if let Some(reason) = leave_alone(conversation, event) {
            record.reason = Some(reason.as_str().to_owned());
            event.status = EventStatus::NotAsked { reason };
            return ("not_asked", Vec::new());
        }
        let answer = match &self.said {
            Said::Answer(answer) => answer,
            Said::Later => {
                event.status = EventStatus::Turned {
                    reply_ids: Vec::new(),
                    later: true,
                };
                return ("answered_later", Vec::new());
            }
            Said::Failed(reason) => {
                self.hand_over(conversation, event, *reason);
                return ("failed", Vec::new());
            }
        };
        let medium = conversation.medium().cloned();
        let plan = match Plan::of(answer, &self.agent.settings.features(), medium.as_ref()) {
            Ok(plan) => plan,
            Err(error) => {
                tracing::error!(agent = self.agent.name, %error, "the bot's answer is refused");
                record.reason = Some(error.to_string());
                self.hand_over(conversation, event, HandoverReason::BotFailed);
                return ("failed", Vec::new());
            }
        };
        if let Some(session) = &answer.session {
            conversation.session.clone_from(session);
        }
        let replies: Vec<_> = plan
            .replies
            .into_iter()
            .enumerate()
            .map(|(index, reply)| OutboundReply {
                id: format!("{}.{}", event.key, index + 1),
                episode: conversation.episode,
                source: ReplySource::Bot {
                    turn_id: event.key.clone(),
                },
                reply: for_rest(reply, event.message_id()),
                // A nanosecond apart: the transcript is sorted by time.
                created_at: self.now + Duration::from_nanos(index as u64),
                attempts: 0,
                delivery: Delivery::Pending,
            })
            .collect();
        event.status = EventStatus::Turned {
            reply_ids: replies.iter().map(|reply| reply.id.clone()).collect(),
            later: false,
        };
        let Some(handover) = plan.handover else {
            return ("answered", replies);
        };
        record.reason = Some(handover.reason.as_str().to_owned());
        let handover = Handover {
            id: event.key.clone(),
            reason: handover.reason,
            topics: handover.topics,
            attributes: handover.attributes,
            requested_at: self.now,
        };
        conversation.ask_handover(handover, self.now);
        ("handing_over", replies)
    }

    fn hand_over(
        &self,
        conversation: &mut Conversation,
        event: &mut StoredEvent,
        reason: HandoverReason,
    ) {
        event.status = EventStatus::Failed;
        let handover = Handover {
            id: event.key.clone(),
            reason,
            topics: Vec::new(),
            attributes: std::collections::BTreeMap::new(),
            requested_at: self.now,
        };
        conversation.ask_handover(handover, self.now);
    }
}

/// Queues what a finished turn became: its replies in order, then the handover it asked for.
async fn requeue(
    deps: &Deps,
    message: &QueueMessage,
    event: &StoredEvent,
    conversation: Option<&Conversation>,
) -> Result<(), platform::QueueError> {
    let queues = &deps.platform.queues;
    let send = |work| QueueMessage::new(&message.agent, &message.conversation_id, work);
    if let EventStatus::Turned { reply_ids, .. } = &event.status {
        for id in reply_ids {
            queues
                .send(&send(Queued::Reply {
                    reply_id: id.clone(),
                }))
                .await?;
        }
    }
    let asked = conversation.and_then(|conversation| conversation.handover.as_ref());
    if let Some(handover) = asked.filter(|handover| handover.id == event.key) {
        queues
            .send(&send(Queued::Handover {
                handover_id: handover.id.clone(),
            }))
            .await?;
    }
    Ok(())
}
