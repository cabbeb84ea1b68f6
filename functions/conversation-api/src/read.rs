//! Reading a conversation.

use conversation::{EventStatus, OutboundReply, Permission, ReplySource, StoredEvent, Trigger};
use lambda_http::http::StatusCode;
use serde_json::{Value, json};
use sparkcentral::Reply;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::call::{Call, Success};
use crate::problem::Problem;

/// `GET /v1/agents/{agent}/conversations/{id}`: state and transcript.
pub(crate) async fn conversation(call: &Call<'_>) -> Result<Success, Problem> {
    let agent = &call.caller.agent.name;
    let stored = call
        .platform
        .store
        .transcript(agent, &call.conversation_id, call.now)
        .await
        .map_err(|error| Problem::unavailable(&error))?;
    let conversation = stored
        .conversation
        .ok_or_else(Problem::unknown_conversation)?;
    call.caller
        .require(Permission::Read, conversation.channel_id())?;

    let mut transcript: Vec<(OffsetDateTime, Value)> = Vec::new();
    for event in &stored.events {
        transcript.push((event.received_at, event_entry(event)));
        if let EventStatus::Answered { reply } = &event.status {
            let mut entry = said("bot", event.received_at, reply);
            entry["replyId"] = Value::from(format!("{}.1", event.key));
            entry["turnId"] = Value::from(event.key.clone());
            entry["delivery"] = json!({"status": "sent", "via": "webhook_answer"});
            if !reply.is_empty() {
                transcript.push((event.received_at, entry));
            }
        }
    }
    for reply in &stored.replies {
        transcript.push((reply.created_at, reply_entry(reply)));
    }
    transcript.sort_by_key(|(at, _)| *at);

    let body = json!({
        "agent": agent,
        "conversationId": conversation.id,
        "state": conversation.state,
        "episode": conversation.episode,
        "queuedTurns": conversation.queued_turns,
        "language": conversation.language,
        "channelDetails": conversation.channel_details,
        "changedAt": rfc3339(conversation.changed_at),
        "handover": conversation.handover.as_ref().map(|handover| json!({
            "id": handover.id,
            "reason": handover.reason,
            "topics": handover.topics,
            "attributes": handover.attributes,
            "requestedAt": rfc3339(handover.requested_at),
        })),
        "transcript": transcript.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>(),
    });
    Ok((StatusCode::OK, body))
}

fn event_entry(event: &StoredEvent) -> Value {
    let mut entry = json!({
        "at": rfc3339(event.received_at),
        "from": "contact",
        "turnId": event.key,
        "episode": event.episode,
        "event": event.trigger.name(),
        "outcome": event.status.name(),
    });
    match &event.trigger {
        Trigger::Message { text, payload, .. } => {
            entry["text"] = Value::from(text.clone());
            if let Some(payload) = payload {
                entry["payload"] = Value::from(payload.clone());
            }
        }
        Trigger::Started | Trigger::Delegated => entry["from"] = "sparkcentral".into(),
    }
    if let EventStatus::NotAsked { reason } = &event.status {
        entry["reason"] = reason.as_str().into();
    }
    entry
}

/// One reply with where it is.
pub(crate) fn reply_entry(reply: &OutboundReply) -> Value {
    let from = match &reply.source {
        ReplySource::Bot { .. } => "bot",
        ReplySource::Api { .. } => "api",
        ReplySource::Handover { .. } => "handover",
    };
    let mut entry = said(from, reply.created_at, &reply.reply);
    entry["replyId"] = reply.id.clone().into();
    entry["episode"] = reply.episode.into();
    entry["attempts"] = reply.attempts.into();
    entry["delivery"] = json!(reply.delivery);
    if let ReplySource::Bot { turn_id } = &reply.source {
        entry["turnId"] = turn_id.clone().into();
    }
    entry
}

fn said(from: &str, at: OffsetDateTime, reply: &Reply) -> Value {
    let mut entry = json!({ "at": rfc3339(at), "from": from, "reply": reply });
    if let Some(text) = reply.messages().find_map(|message| message.text.clone()) {
        entry["text"] = text.into();
    }
    entry
}

fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
