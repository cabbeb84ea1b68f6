//! Reading a conversation.

use conversation::{Channel, Conversation, OutboundReply, Permission, ReplySource, Role};
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
    let (agent, id) = (&call.caller.agent, &call.conversation_id);
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
    let mut body = told(conversation, channel.as_ref(), call.now);
    // Tokens are often named after people: as with access, only who manages the channel sees them.
    let names_tokens = token.role_in(id, access) == Some(Role::Supervisor);
    body["transcript"] = entries(&stored, names_tokens).into();
    Ok((StatusCode::OK, body))
}

/// The conversation without what was said in it.
fn told(conversation: &Conversation, channel: Option<&Channel>, now: OffsetDateTime) -> Value {
    // An invocation that is dead answers nothing any more.
    let in_flight = conversation
        .in_flight
        .as_ref()
        .filter(|turn| turn.until > now);
    json!({
        "agent": conversation.agent,
        "conversationId": conversation.id,
        "state": conversation.state,
        "episode": conversation.episode,
        "turns": conversation.turns,
        "inFlight": in_flight.map(|turn| json!({
            "turnId": turn.turn_id,
            "until": rfc3339(turn.until),
        })),
        "queuedTurns": conversation.queued.len(),
        "waiting": conversation.queued,
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
    })
}

/// Everything said and done, in order.
fn entries(stored: &Transcript, names_tokens: bool) -> Vec<Value> {
    let mut entries: Vec<(OffsetDateTime, Value)> = Vec::new();
    for event in &stored.events {
        entries.push((event.received_at, event_entry(event)));
        let answer = answer_entry(event);
        entries.extend(answer.map(|answer| (event.received_at, answer)));
    }
    for reply in &stored.replies {
        let mut entry = reply_entry(reply);
        if let (true, Some(token)) = (names_tokens, token(reply)) {
            entry["token"] = token.into();
        }
        entries.push((reply.created_at, entry));
    }
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Name of the token a reply was sent with.
fn token(reply: &OutboundReply) -> Option<&str> {
    match &reply.source {
        ReplySource::Api { token, .. } => Some(token),
        ReplySource::Bot { .. }
        | ReplySource::Sparkbridge { .. }
        | ReplySource::Handover { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::Delivery;
    use sparkcentral::Reply;
    use time::Duration;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn the_turn_in_flight_and_those_that_wait_are_told() {
        let mut conversation = Conversation::new("shop", "c-1", NOW);
        let quiet = told(&conversation, None, NOW);
        assert_eq!(quiet["inFlight"], Value::Null);
        assert_eq!(quiet["waiting"], json!([]));
        conversation.take_off("k-1", NOW + Duration::SECOND);
        conversation.wait("k-2");
        conversation.wait("k-3");
        let busy = told(&conversation, None, NOW);
        let in_flight = json!({"turnId": "k-1", "until": "1970-01-01T00:00:01Z"});
        assert_eq!(busy["inFlight"], in_flight);
        assert_eq!(busy["waiting"], json!(["k-2", "k-3"]));
        assert_eq!(busy["queuedTurns"], 2);
        let dead = told(&conversation, None, NOW + Duration::SECOND);
        assert_eq!(dead["inFlight"], Value::Null, "its invocation is over");
    }

    #[test]
    fn only_who_manages_the_channel_sees_whose_token_it_was() {
        let reply = |source| OutboundReply {
            id: "r".into(),
            episode: 1,
            source,
            reply: Reply::text("hello"),
            upload: None,
            created_at: NOW,
            attempts: 0,
            delivery: Delivery::Pending,
        };
        let (token, parts) = ("desk".to_owned(), 1);
        let turn_id = "k-1".to_owned();
        let stored = Transcript {
            replies: vec![
                reply(ReplySource::Api { token, parts }),
                reply(ReplySource::Bot { turn_id }),
            ],
            ..Transcript::default()
        };
        let named = entries(&stored, true);
        assert_eq!(
            (&named[0]["token"], &named[1]["token"]),
            (&json!("desk"), &Value::Null)
        );
        let unnamed = entries(&stored, false);
        assert!(unnamed.iter().all(|entry| entry.get("token").is_none()));
    }
}
