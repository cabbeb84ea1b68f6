//! One handover: what people are told, and `complete: HANDOVER` behind everything said before it.
//!
//! The completing reply goes through outbound.fifo like any other. The bot's replies were queued
//! there, in the same group, before this function heard of the handover, so it can't overtake them.

use conversation::{
    Conversation, Delivery, Handover, OutboundReply, QueueMessage, ReplySource, State,
    Work as Queued,
};
use platform::{Agent, Attempts, Commit, CommitError, Failed, Platform, Retry, Unfinished, Work};
use sparkcentral::{Complete, Reply};
use time::OffsetDateTime;

/// Hands one conversation over.
pub(crate) async fn hand_over(
    platform: &Platform,
    work: &Work,
    now: OffsetDateTime,
    record: &mut Unfinished,
) -> Result<&'static str, Failed> {
    let Queued::Handover { handover_id } = &work.message.work else {
        return Err(Failed::misrouted(work));
    };
    record.id = Some(handover_id.clone());
    let (name, id) = (&work.message.agent, &work.message.conversation_id);
    let agent = platform.agent_of(work, record).await?;

    let mut attempts = Attempts::default();
    while attempts.next().await {
        let read = platform.store.conversation(name, id, now).await;
        let conversation =
            read.map_err(|error| Failed::because("store_unavailable", work, &error))?;
        let Some((conversation, handover)) = conversation.as_ref().and_then(|conversation| {
            let handover = conversation
                .handover
                .as_ref()
                .filter(|asked| asked.id == *handover_id)?;
            (conversation.state == State::HandingOver).then_some((conversation, handover))
        }) else {
            // Done before, taken by people meanwhile, or of an earlier episode.
            return Ok("not_needed");
        };
        record.reason = Some(handover.reason.as_str().to_owned());
        let reply = completing(&agent, conversation, handover, now);
        let committed = platform
            .store
            .commit(Commit {
                conversation,
                read: Some(conversation),
                event: None,
                replies: std::slice::from_ref(&reply),
                expires_at: agent.settings.expires_at(now),
                now,
            })
            .await;
        match committed {
            // There already: stored by an attempt that died before queueing it.
            Ok(_) | Err(CommitError::ReplyExists) => {
                let reply = QueueMessage::new(name, id, Queued::Reply { reply_id: reply.id });
                let queued = platform.queues.send(&reply).await;
                queued.map_err(|error| Failed::because("queue_unavailable", work, &error))?;
                return Ok("handed_on");
            }
            Err(CommitError::Conflict | CommitError::EventTaken(_)) => {}
            Err(CommitError::Store(error)) => {
                return Err(Failed::because("store_unavailable", work, &error));
            }
        }
    }
    Err(Failed {
        outcome: "contended",
        retry: Retry::backed_off(work.received),
    })
}

/// The reply that completes a handover. Attributes travel with `complete`, as the vendor advises:
/// its routing reads them then.
fn completing(
    agent: &Agent,
    conversation: &Conversation,
    handover: &Handover,
    now: OffsetDateTime,
) -> OutboundReply {
    let mut topics: Vec<String> = agent
        .settings
        .handover_topic(handover.reason)
        .into_iter()
        .collect();
    for topic in &handover.topics {
        if !topics.contains(topic) {
            topics.push(topic.clone());
        }
    }
    OutboundReply {
        id: format!("handover.{}", handover.id),
        episode: conversation.episode,
        source: ReplySource::Handover {
            handover_id: handover.id.clone(),
        },
        reply: Reply {
            apply_topics: topics,
            set_contact_attributes: handover.attributes.clone(),
            complete: Some(Complete::Handover),
            ..Reply::default()
        },
        created_at: now,
        attempts: 0,
        delivery: Delivery::Pending,
    }
}
