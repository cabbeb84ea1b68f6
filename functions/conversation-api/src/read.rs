//! Reading a conversation.

use conversation::{Channel, Conversation, OutboundReply, Permission, ReplySource, Role};
use lambda_http::http::StatusCode;
use platform::Transcript;
use serde_json::json;
use time::OffsetDateTime;

use crate::authorize::permit;
use crate::call::{Call, Success};
use crate::entry::{answer_entry, event_entry, reply_entry, rfc3339};
use crate::problem::Problem;
use crate::view::{ChannelName, ConversationView, Entry, HandoverView, InFlightView};

/// `GET /v1/agents/{agent}/conversations/{id}`: state and transcript.
pub(crate) async fn conversation(call: &Call<'_>) -> Result<Success, Problem> {
    let (agent, id) = (&call.caller.agent, &call.conversation_id);
    let stored = call.platform.store.transcript(agent, id, call.now).await;
    let stored = stored.map_err(|error| Problem::unavailable(&error))?;
    let conversation = call.found(stored.conversation.as_ref())?;
    let channel = match conversation.channel_id() {
        Some(id) => call.channel(id).await?,
        None => None,
    };
    let access = channel.as_ref().map(|channel| &channel.access);
    let (token, id) = (&call.caller.token, conversation.channel_id());
    permit(token, Permission::Read, id, access)?;
    let mut told = told(conversation, channel.as_ref(), call.now);
    // Tokens are often named after people: as with access, only who manages the channel sees them.
    let names_tokens = token.role_in(id, access) == Some(Role::Supervisor);
    told.transcript = entries(&stored, names_tokens);
    Ok((StatusCode::OK, json!(told)))
}

/// The conversation without what was said in it.
fn told<'a>(
    conversation: &'a Conversation,
    channel: Option<&'a Channel>,
    now: OffsetDateTime,
) -> ConversationView<'a> {
    // An invocation that is dead answers nothing any more.
    let in_flight = conversation
        .in_flight
        .as_ref()
        .filter(|turn| turn.until > now);
    ConversationView {
        agent: &conversation.agent,
        conversation_id: &conversation.id,
        state: conversation.state,
        episode: conversation.episode,
        turns: conversation.turns,
        in_flight: in_flight.map(|turn| InFlightView {
            turn_id: &turn.turn_id,
            until: rfc3339(turn.until),
        }),
        queued_turns: conversation.queued.len(),
        waiting: &conversation.queued,
        awaiting: &conversation.awaiting,
        language: conversation.language.as_deref(),
        channel: channel.map(|channel| ChannelName {
            id: &channel.id,
            medium: channel.medium.as_ref(),
            name: channel.shown_name(),
        }),
        channel_details: conversation.channel_details.as_ref(),
        changed_at: rfc3339(conversation.changed_at),
        handover: conversation.handover.as_ref().map(|handover| HandoverView {
            id: &handover.id,
            reason: handover.reason,
            topics: &handover.topics,
            attributes: &handover.attributes,
            profiles: &handover.profiles,
            summary: handover.summary.as_deref(),
            requested_at: rfc3339(handover.requested_at),
        }),
        transcript: Vec::new(),
    }
}

/// Everything said and done, in order.
fn entries(stored: &Transcript, names_tokens: bool) -> Vec<Entry<'_>> {
    let mut entries: Vec<(OffsetDateTime, Entry<'_>)> = Vec::new();
    for event in &stored.events {
        entries.push((event.received_at, Entry::Event(event_entry(event))));
        let answer = answer_entry(event).map(Entry::Reply);
        entries.extend(answer.map(|answer| (event.received_at, answer)));
    }
    for reply in &stored.replies {
        let mut entry = reply_entry(reply);
        entry.token = token(reply).filter(|_| names_tokens);
        entries.push((reply.created_at, Entry::Reply(entry)));
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
    use serde_json::Value;
    use sparkcentral::Reply;
    use time::Duration;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn the_turn_in_flight_and_those_that_wait_are_told() {
        let mut conversation = Conversation::new("shop", "c-1", NOW);
        let quiet = json!(told(&conversation, None, NOW));
        assert_eq!(quiet["inFlight"], Value::Null);
        assert_eq!(quiet["waiting"], json!([]));
        conversation.take_off("k-1", NOW + Duration::SECOND);
        conversation.wait("k-2");
        conversation.wait("k-3");
        let busy = json!(told(&conversation, None, NOW));
        let in_flight = json!({"turnId": "k-1", "until": "1970-01-01T00:00:01Z"});
        assert_eq!(busy["inFlight"], in_flight);
        assert_eq!(busy["waiting"], json!(["k-2", "k-3"]));
        assert_eq!(busy["queuedTurns"], 2);
        let dead = json!(told(&conversation, None, NOW + Duration::SECOND));
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
            doubted: false,
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
        let named = json!(entries(&stored, true));
        assert_eq!(
            (&named[0]["token"], &named[1]["token"]),
            (&json!("desk"), &Value::Null)
        );
        let unnamed = json!(entries(&stored, false));
        assert!(
            unnamed
                .as_array()
                .unwrap()
                .iter()
                .all(|entry| entry.get("token").is_none())
        );
    }
}
