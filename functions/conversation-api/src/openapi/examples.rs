//! Examples of answers, as the types give them.

use conversation::{
    AutoResolve, ChannelAccess, Delivery, EventStatus, OutboundReply, ReplySource, Role, State,
    StoredEvent,
};
use serde_json::{Value, json};
use sparkcentral::{Complete, MediumId, Reply};
use time::OffsetDateTime;

use crate::entry::{event_entry, reply_entry, rfc3339};
use crate::outgoing::{part_id, summary};
use crate::view::{ChannelName, ChannelView, ConversationView, Entry};

/// 2026-03-02 09:30 UTC.
fn at(seconds: i64) -> OffsetDateTime {
    let moment = OffsetDateTime::from_unix_timestamp(1_772_443_800 + seconds);
    moment.unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

const CHANNEL_ID: &str = "0-01c6421333d-000-00000001";
const REPLY_ID: &str = "7d0c6b1e";

fn part(id: &str, reply: Reply) -> OutboundReply {
    let token = "desk".to_owned();
    OutboundReply {
        id: part_id(id, 1),
        episode: 1,
        source: ReplySource::Api { token, parts: 1 },
        reply,
        upload: None,
        created_at: at(40),
        attempts: 0,
        doubted: false,
        delivery: Delivery::Pending,
    }
}

fn text() -> OutboundReply {
    let topics = vec!["Orders".to_owned()];
    part(
        REPLY_ID,
        Reply {
            apply_topics: topics,
            ..Reply::text("Your order is on its way.")
        },
    )
}

pub(super) fn reply() -> Value {
    json!(summary(REPLY_ID, &[text()]))
}

pub(super) fn resolving() -> Value {
    let complete = Some(Complete::Resolved);
    let resolve = Reply {
        complete,
        ..Reply::default()
    };
    json!(summary("resolve-1", &[part("resolve-1", resolve)]))
}

pub(super) fn channel() -> Value {
    let mut access = ChannelAccess::default();
    access.users.insert("agent-1".to_owned(), Role::Contributor);
    json!(ChannelView {
        id: CHANNEL_ID,
        medium: Some(&MediumId::from("smooch-rtm")),
        name: Some("Web chat"),
        display_name: Some("Desk"),
        auto_resolve: AutoResolve::default(),
        auto_ownership: true,
        access: Some(&access),
        learned_at: rfc3339(at(0)),
        changed_at: rfc3339(at(60)),
        role: Role::Supervisor,
    })
}

pub(super) fn conversation() -> Value {
    let event = json!({
        "type": "INBOUND_MESSAGE_RECEIVED",
        "idempotencyKey": "5f3c1a70",
        "data": {"conversationId": "0-01e639d0a57-000-00000001", "message": {"text": "Where is my order?"}},
    });
    let event = sparkcentral::event::parse(event.to_string().as_bytes()).ok();
    let later = EventStatus::Turned {
        reply_ids: Vec::new(),
        later: true,
    };
    let event = event.and_then(|envelope| StoredEvent::of(&envelope, at(0), later));
    let reply = text();
    let told = event.iter().map(|event| Entry::Event(event_entry(event)));
    let medium = MediumId::from("smooch-rtm");
    json!(ConversationView {
        agent: "demo",
        conversation_id: "0-01e639d0a57-000-00000001",
        state: State::WithBot,
        episode: 1,
        turns: 1,
        in_flight: None,
        queued_turns: 0,
        waiting: &[],
        awaiting: &["5f3c1a70".to_owned()],
        language: Some("en"),
        channel: Some(ChannelName {
            id: CHANNEL_ID,
            medium: Some(&medium),
            name: "Desk",
        }),
        channel_details: None,
        changed_at: rfc3339(at(0)),
        handover: None,
        transcript: told.chain([Entry::Reply(reply_entry(&reply))]).collect(),
    })
}
