//! One handover: decide on it, store the decision, queue it behind everything said before it.
//!
//! What it becomes goes through outbound.fifo like any other reply, in the same group as the bot's. A
//! reply that is stored may still not be queued, because its maker is slow or dead: so everything that is
//! on its way is queued once more, in front. The queue and reply-sender take each only once.

use conversation::{
    Conversation, Moment, Opening, OutboundReply, Presence, QueueMessage, Waiting, Work as Queued,
};
use platform::{
    Agent, Attempts, Commit, CommitError, Failed, Platform, Retry, StoreError, Unfinished, Work,
};
use time::OffsetDateTime;

use crate::lookout::Lookout;
use crate::outcome::{Case, Outcome, decide, decided};

/// What a handover needs.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) lookout: Lookout,
}

/// Hands one conversation over, or not, as the gate says.
pub(crate) async fn hand_over(
    deps: &Deps,
    work: &Work,
    now: OffsetDateTime,
    record: &mut Unfinished,
) -> Result<&'static str, Failed> {
    let Queued::Handover { handover_id } = &work.message.work else {
        return Err(Failed::misrouted(work));
    };
    record.id = Some(handover_id.clone());
    let (name, id) = (&work.message.agent, &work.message.conversation_id);
    let platform = &deps.platform;
    let agent = platform.agent_of(work, record).await?;
    let unavailable = |error: StoreError| Failed::because("store_unavailable", work, &error);

    let mut moment = None;
    let mut attempts = Attempts::default();
    while attempts.next().await {
        let read = platform.store.transcript(name, id, now).await;
        let read = read.map_err(unavailable)?;
        if decided(handover_id, &read.replies).next().is_some() {
            // Stored by an attempt that died before queueing it, perhaps.
            queue_on(platform, work, &on_their_way(&read.replies)).await?;
            return Ok("duplicate");
        }
        let conversation = read.conversation.as_ref();
        let Some(case) = conversation.and_then(|conversation| {
            Case::of(handover_id, conversation, &read.events, &read.replies)
        }) else {
            // Taken by people meanwhile, or of an earlier episode.
            return Ok("not_needed");
        };
        let moment = match moment {
            Some(moment) => moment,
            None => *moment.insert(look(deps, &agent, case.conversation, now).await),
        };
        let outcome = decide(&case, &agent.settings, moment, now);
        record.reason = Some(outcome.reason.clone());
        match store(platform, &agent, case.conversation, &outcome, now).await {
            Ok(()) => {
                // Once stored it is not decided on again, whatever becomes of queueing it.
                if outcome.is_handed_on() {
                    platform.telemetry.handed_over(case.handover.reason);
                }
                let mut replies = on_their_way(&read.replies);
                replies.extend(outcome.replies);
                queue_on(platform, work, &replies).await?;
                return Ok(outcome.name);
            }
            Err(CommitError::Store(error)) => return Err(unavailable(error)),
            // Changed, or decided on by another delivery of the same message: look again.
            Err(_) => {}
        }
    }
    Err(Failed {
        outcome: "contended",
        retry: Retry::backed_off(work.received),
    })
}

/// What the gate looks at. Outside of hours it does not matter who is there.
async fn look(
    deps: &Deps,
    agent: &Agent,
    conversation: &Conversation,
    now: OffsetDateTime,
) -> Moment {
    let channel = conversation.channel_id();
    let opening = agent.settings.handover.opening(channel, now);
    let (presence, waiting) = match opening {
        Opening::Open => {
            let agents = &deps.platform.agents;
            deps.lookout.look(agents, agent, channel, now).await
        }
        Opening::OutsideHours | Opening::Holiday => (Presence::Unknown, Waiting::Unknown),
    };
    Moment {
        opening,
        presence,
        waiting,
    }
}

async fn store(
    platform: &Platform,
    agent: &Agent,
    read: &Conversation,
    outcome: &Outcome,
    now: OffsetDateTime,
) -> Result<(), CommitError> {
    let commit = Commit {
        conversation: &outcome.conversation,
        read: Some(read),
        events: &[],
        replies: &outcome.replies,
        expires_at: agent.settings.expires_at(now),
        now,
    };
    platform.store.commit(commit).await.map(drop)
}

/// What is stored and not delivered yet, oldest first.
fn on_their_way(replies: &[OutboundReply]) -> Vec<OutboundReply> {
    let waiting = replies.iter().filter(|reply| !reply.delivery.is_final());
    waiting.cloned().collect()
}

/// Queues replies in order.
pub(crate) async fn queue_on(
    platform: &Platform,
    work: &Work,
    replies: &[OutboundReply],
) -> Result<(), Failed> {
    let QueueMessage {
        agent,
        conversation_id,
        ..
    } = &work.message;
    for reply in replies {
        let reply_id = reply.id.clone();
        let message = QueueMessage::new(agent, conversation_id, Queued::Reply { reply_id });
        let queued = platform.queues.send(&message).await;
        queued.map_err(|error| Failed::because("queue_unavailable", work, &error))?;
    }
    Ok(())
}
