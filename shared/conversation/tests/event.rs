//! Events begun once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use conversation::{Answer, EventStatus, Refused, StoredEvent, lease_until, payload_hash};
use sparkcentral::{Envelope, Reply};
use time::{Duration, OffsetDateTime};

const T0: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn envelope(json: &str) -> Envelope {
    sparkcentral::event::parse(json.as_bytes()).unwrap()
}

fn message(text: &str, timestamp: &str) -> Envelope {
    envelope(&format!(
        r#"{{"type":"INBOUND_MESSAGE_RECEIVED","version":1,"idempotencyKey":"k","timestamp":"{timestamp}",
            "data":{{"conversationId":"c","message":{{"text":"{text}","media":["x"]}},"later":true}}}}"#
    ))
}

const SENT: &str = "2026-01-01T00:00:00Z";

fn stored(status: EventStatus) -> StoredEvent {
    StoredEvent::of(&message("hi", SENT), T0, status).unwrap()
}

fn held(seconds: i64) -> EventStatus {
    EventStatus::InProgress {
        lease_until: T0 + Duration::seconds(seconds),
        attempt: "a".into(),
    }
}

#[test]
fn a_retry_with_a_new_timestamp_is_the_same_payload() {
    let retry = message("hi", "2026-01-01T00:00:02Z");
    assert_eq!(payload_hash(&message("hi", SENT)), payload_hash(&retry));
}

#[test]
fn another_text_under_the_same_key_is_a_mismatch_in_every_status() {
    let other = payload_hash(&message("ho", SENT));
    for status in [
        held(1),
        held(-1),
        EventStatus::Queued { answer: None },
        EventStatus::Failed,
    ] {
        assert_eq!(stored(status).judge(&other, T0), Refused::PayloadMismatch);
    }
}

#[test]
fn a_second_delivery_finds_what_became_of_the_first() {
    let hash = payload_hash(&message("hi", SENT));
    let reply = Box::new(Reply::text("hello"));
    let cases = [
        (held(1), Refused::InProgress),
        (held(0), Refused::LeaseExpired),
        (
            EventStatus::Queued {
                answer: Some(Box::new(Answer::default())),
            },
            Refused::AlreadyQueued,
        ),
        (
            EventStatus::Answered {
                reply: reply.clone(),
            },
            Refused::AlreadyAnswered(reply),
        ),
        (
            EventStatus::Turned {
                reply_ids: vec![],
                later: true,
            },
            Refused::AnsweredLater,
        ),
        (
            EventStatus::Turned {
                reply_ids: vec![],
                later: false,
            },
            Refused::AlreadyDone,
        ),
        (
            EventStatus::Merged { into: "k".into() },
            Refused::AlreadyDone,
        ),
        (EventStatus::Failed, Refused::AlreadyDone),
    ];
    for (status, expected) in cases {
        assert_eq!(stored(status).judge(&hash, T0), expected);
    }
}

#[test]
fn fields_nobody_knows_are_kept() {
    let event = stored(EventStatus::Failed);
    assert_eq!(event.other["later"], true);
    assert_eq!(event.other["message"]["media"][0], "x");
    let json = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<StoredEvent>(&json).unwrap(), event);
}

#[test]
fn debug_output_shows_no_words_of_the_contact() {
    assert!(!format!("{:?}", stored(EventStatus::Failed)).contains("hi\""));
}

#[test]
fn an_unknown_type_is_no_event_of_a_conversation() {
    let unknown = envelope(r#"{"type":"SOMETHING_NEW","data":{"conversationId":"c"}}"#);
    assert!(StoredEvent::of(&unknown, T0, EventStatus::Failed).is_none());
}

#[test]
fn a_lease_outlives_its_invocation() {
    let until = lease_until(T0, std::time::Duration::from_secs(10));
    assert_eq!(until, T0 + Duration::seconds(11));
    assert!(lease_until(T0, std::time::Duration::MAX) > T0);
}
