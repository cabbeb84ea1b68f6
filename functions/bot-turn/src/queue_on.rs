//! Queueing what a finished turn became. Safe to repeat.

use conversation::{Conversation, EventStatus, QueueMessage, StoredEvent, Work as Queued};
use platform::{Failed, Platform, QueueError, Work};

use crate::take_turn::Deps;

/// Queues what a finished turn became: its replies in order, then the handover it asked for.
pub(crate) async fn queue_on(
    platform: &Platform,
    message: &QueueMessage,
    event: &StoredEvent,
    conversation: Option<&Conversation>,
) -> Result<(), QueueError> {
    let to = |work| QueueMessage::new(&message.agent, &message.conversation_id, work);
    if let EventStatus::Turned { reply_ids, .. } = &event.status {
        for id in reply_ids {
            let reply_id = id.clone();
            let reply = to(Queued::Reply { reply_id });
            platform.queues.send(&reply).await?;
        }
    }
    let asked = conversation.and_then(|conversation| conversation.handover.as_ref());
    if let Some(handover) = asked.filter(|handover| handover.id == event.key) {
        let handover_id = handover.id.clone();
        let handover = to(Queued::Handover { handover_id });
        platform.queues.send(&handover).await?;
    }
    Ok(())
}

/// The same for a turn that is delivered again, which may have become part of another.
pub(crate) async fn again(
    deps: &Deps,
    work: &Work,
    event: &StoredEvent,
    conversation: Option<&Conversation>,
) -> Result<(), Failed> {
    let message = &work.message;
    let turn = match &event.status {
        EventStatus::Merged { into } => {
            let (name, id) = (&message.agent, &message.conversation_id);
            let turn = deps.platform.store.event(name, id, into).await;
            turn.map_err(|error| Failed::because("store_unavailable", work, &error))?
        }
        _ => Some(event.clone()),
    };
    let Some(turn) = turn else {
        return Ok(());
    };
    queue_on(&deps.platform, message, &turn, conversation)
        .await
        .map_err(|error| Failed::because("queue_unavailable", work, &error))
}
