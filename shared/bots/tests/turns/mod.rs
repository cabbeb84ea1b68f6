//! Turns for tests.
#![allow(dead_code)] // no test uses all of them

use conversation::{Internal, Trigger, Turn};
use time::OffsetDateTime;

/// A turn with nothing in it but its trigger.
pub(crate) fn turn(trigger: Trigger) -> Turn {
    Turn {
        version: 1,
        turn_id: "turn-1".to_owned(),
        agent: "shop".to_owned(),
        conversation_id: "conversation-1".to_owned(),
        episode: 1,
        trigger,
        language: None,
        topics: Vec::new(),
        internal: Internal::default(),
        history: Vec::new(),
        session: serde_json::Value::Null,
        received_at: OffsetDateTime::UNIX_EPOCH,
        answer_by: OffsetDateTime::UNIX_EPOCH,
    }
}

/// The contact wrote.
pub(crate) fn message(text: &str) -> Turn {
    turn(Trigger::Message {
        text: text.to_owned(),
        message_id: None,
        payload: None,
    })
}

/// The contact tapped a quick reply.
pub(crate) fn tap(payload: &str) -> Turn {
    turn(Trigger::Message {
        text: String::new(),
        message_id: None,
        payload: Some(payload.to_owned()),
    })
}
