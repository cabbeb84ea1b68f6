//! Reading a conversation.

use conversation::{Channel, Conversation, Permission};
use lambda_http::http::StatusCode;
use platform::Transcript;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::authorize::permit;
use crate::call::{Call, Success};
use crate::entry::{answer_entry, event_entry, reply_entry, rfc3339};
use crate::problem::Problem;

/// `GET /v1/agents/{agent}/conversations/{id}`: state and transcript.
pub(crate) async fn conversation(call: &Call<'_>) -> Result<Success, Problem> {
    let (agent, id) = (&call.caller.agent.name, &call.conversation_id);
    let stored = call.platform.store.transcript(agent, id, call.now).await;
    let stored = stored.map_err(|error| Problem::unavailable(&error))?;
    let conversation = stored
        .conversation
        .as_ref()
        .ok_or_else(Problem::unknown_conversation)?;
    let channel = match conversation.channel_id() {
        Some(id) => call.channel(id).await?,
        None => None,
    };
    let access = channel.as_ref().map(|channel| &channel.access);
    let (token, id) = (&call.caller.token, conversation.channel_id());
    permit(token, Permission::Read, id, access)?;
    let body = told(conversation, channel.as_ref(), &stored);
    Ok((StatusCode::OK, body))
}

fn told(conversation: &Conversation, channel: Option<&Channel>, stored: &Transcript) -> Value {
    json!({
        "agent": conversation.agent,
        "conversationId": conversation.id,
        "state": conversation.state,
        "episode": conversation.episode,
        "turns": conversation.turns,
        "queuedTurns": conversation.queued.len(),
        "awaiting": conversation.awaiting,
        "language": conversation.language,
        "channel": channel.map(|channel| json!({
            "id": channel.id,
            "medium": channel.medium,
            "name": channel.shown_name(),
        })),
        "channelDetails": conversation.channel_details,
        "changedAt": rfc3339(conversation.changed_at),
        "handover": conversation.handover.as_ref().map(|handover| json!({
            "id": handover.id,
            "reason": handover.reason,
            "topics": handover.topics,
            "attributes": handover.attributes,
            "profiles": handover.profiles,
            "summary": handover.summary,
            "requestedAt": rfc3339(handover.requested_at),
        })),
        "transcript": entries(stored),
    })
}

/// Everything said and done, in order.
fn entries(stored: &Transcript) -> Vec<Value> {
    let mut entries: Vec<(OffsetDateTime, Value)> = Vec::new();
    for event in &stored.events {
        entries.push((event.received_at, event_entry(event)));
        let answer = answer_entry(event);
        entries.extend(answer.map(|answer| (event.received_at, answer)));
    }
    for reply in &stored.replies {
        entries.push((reply.created_at, reply_entry(reply)));
    }
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}
