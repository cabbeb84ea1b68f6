//! Which of a conversation's waiting events are the next turn.

use std::time::Duration;

use conversation::{Conversation, EventStatus, MAX_MERGED, StoredEvent, together};
use futures::future::try_join_all;
use platform::{Agent, Platform, StoreError};
use time::OffsetDateTime;

/// Longest time that messages may keep coming before the bot is asked about those that are there.
const LONGEST_DEBOUNCE: Duration = Duration::from_secs(15);

/// The conversation, and the events that are its next turn, oldest first. `turn_id` is next where the
/// line is empty: it was queued for a state that is gone.
pub(crate) async fn next(
    platform: &Platform,
    agent: &Agent,
    conversation: &Conversation,
    turn_id: &str,
) -> Result<Vec<StoredEvent>, StoreError> {
    let waiting: Vec<&str> = match conversation.queued.is_empty() {
        true => vec![turn_id],
        false => conversation.queued.iter().map(String::as_str).collect(),
    };
    // One more than fits, so that the merge ends where it would with all of them.
    let first = waiting.iter().take(MAX_MERGED + 1);
    let events = first.map(|key| {
        platform
            .store
            .event(&conversation.agent, &conversation.id, key)
    });
    let mut events: Vec<StoredEvent> = try_join_all(events).await?.into_iter().flatten().collect();
    // Events that are done but still in the line: left there by a state that was written anew.
    events.retain(|event| matches!(event.status, EventStatus::Queued { .. }));
    events.truncate(together(&events, agent.settings.turns.while_busy));
    Ok(events)
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
