//! Which of a conversation's waiting events are the next turn.

use std::time::Duration;

use conversation::{Conversation, Early, EventStatus, MAX_MERGED, StoredEvent, together};
use futures::future::try_join_all;
use platform::{Agent, Platform, StoreError};
use time::OffsetDateTime;

/// Longest time that messages may keep coming before the bot is asked about those that are there.
const LONGEST_DEBOUNCE: Duration = Duration::from_secs(15);

/// How long a turn waits here for the one in flight before it is put back into its queue.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pause between two looks at the turn in flight.
const POLL: Duration = Duration::from_millis(200);

/// Waits a moment for the turn in flight. A conversation and its first message arrive within
/// milliseconds of each other, and a queue hides a message for a second at least: that second would be
/// added to the first answer of every conversation.
pub(crate) async fn free(
    platform: &Platform,
    mut conversation: Conversation,
    turn_id: &str,
) -> Result<Conversation, StoreError> {
    let begun = OffsetDateTime::now_utc();
    loop {
        let now = OffsetDateTime::now_utc();
        if !conversation.is_busy_for(turn_id, now) || now >= begun + PATIENCE {
            return Ok(conversation);
        }
        tokio::time::sleep(POLL).await;
        let (name, id) = (&conversation.agent, &conversation.id);
        match platform.store.conversation(name, id, now).await? {
            Some(read) => conversation = read,
            None => return Ok(conversation),
        }
    }
}

/// The events that are the conversation's next turn, oldest first; at least `own`, which is queued. `early`:
/// which turns are answered already.
///
/// What stands in the line and is not queued any more is taken out of it: nothing leaves such a place
/// by itself, and while somebody waits no answer is given at once.
pub(crate) async fn next(
    platform: &Platform,
    agent: &Agent,
    conversation: &mut Conversation,
    early: &Early,
    own: StoredEvent,
) -> Result<Vec<StoredEvent>, StoreError> {
    // One more than fits, so that the merge ends where it would with all of them.
    let first: Vec<String> = conversation
        .queued
        .iter()
        .take(MAX_MERGED + 1)
        .cloned()
        .collect();
    let (name, id) = (&conversation.agent, &conversation.id);
    let events = first.iter().map(async |key| match *key == own.key {
        true => Ok(Some(own.clone())),
        false => platform.store.event(name, id, key).await,
    });
    let events = try_join_all(events).await?;
    let mut waiting = Vec::new();
    for (key, event) in first.iter().zip(events) {
        match event {
            Some(event) if matches!(event.status, EventStatus::Queued { .. }) => {
                waiting.push(event);
            }
            _ => conversation.done([key.as_str()]),
        }
    }
    if waiting.is_empty() {
        waiting.push(own);
    }
    let while_busy = agent.settings.turns.while_busy;
    waiting.truncate(together(&waiting, while_busy, early));
    Ok(waiting)
}

/// Waits until the contact has stopped writing for the agent's debounce time. The conversation as
/// it is then.
pub(crate) async fn settle(
    platform: &Platform,
    agent: &Agent,
    mut conversation: Conversation,
) -> Result<Conversation, StoreError> {
    let debounce = Duration::from_millis(agent.settings.turns.debounce_ms);
    let begun = OffsetDateTime::now_utc();
    while !debounce.is_zero() {
        let Some(last) = conversation.queued.last() else {
            break;
        };
        let (name, id) = (&conversation.agent, &conversation.id);
        let Some(last) = platform.store.event(name, id, last).await? else {
            break;
        };
        let now = OffsetDateTime::now_utc();
        let quiet_at = (last.received_at + debounce).min(begun + LONGEST_DEBOUNCE);
        let Ok(wait) = Duration::try_from(quiet_at - now) else {
            break;
        };
        if wait.is_zero() {
            break;
        }
        // Billed time, but there is no other timer within a FIFO queue.
        tokio::time::sleep(wait).await;
        match platform.store.conversation(name, id, now).await? {
            Some(read) => conversation = read,
            None => break,
        }
    }
    Ok(conversation)
}
