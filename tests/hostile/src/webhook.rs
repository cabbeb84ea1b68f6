//! A webhook: the signature's header on the first line, the body behind it.

use conversation::{Conversation, EventStatus, StoredEvent, TurnSettings, payload_hash};
use serde_json::Value;
use sparkcentral::event::{ParseError, parse};
use sparkcentral::{Envelope, SecretVersion, Verifier, WebhookSecret, sign};
use time::OffsetDateTime;

/// Bytes that an error's text may have: it stands in a log line.
const LONGEST_PROBLEM: usize = 512;

/// The last second of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// Verifies, reads and stores.
pub fn check(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let header = parts.next().unwrap_or_default();
    let body = parts.next().unwrap_or_default();
    signature(std::str::from_utf8(header).ok(), body);
    match parse(body) {
        Ok(envelope) => event(&envelope, body),
        Err(problem) => refused(&problem),
    }
}

fn secret(version: SecretVersion) -> WebhookSecret {
    let hex = match version {
        SecretVersion::Current => "00ff10".repeat(11),
        SecretVersion::Previous => "5ec2".repeat(40),
    };
    WebhookSecret::from_hex(version, &hex).unwrap()
}

/// Nothing is accepted but the body's own signature.
fn signature(header: Option<&str>, body: &[u8]) {
    let versions = [SecretVersion::Current, SecretVersion::Previous];
    let verifier = Verifier::new(versions.map(secret).into());
    let [current, previous] = versions.map(|version| sign(&secret(version), body));
    let is = |own: &str| header.is_some_and(|given| given.eq_ignore_ascii_case(own));
    let expected = match (is(&current), is(&previous)) {
        (true, _) => Some(SecretVersion::Current),
        (_, true) => Some(SecretVersion::Previous),
        _ => None,
    };
    assert_eq!(verifier.verify(body, header).ok(), expected);
    assert_eq!(
        verifier.verify(body, Some(&previous)),
        Ok(SecretVersion::Previous)
    );
    let mut longer = body.to_vec();
    longer.push(b' ');
    assert!(verifier.verify(&longer, Some(&current)).is_err());
    if let Some(first) = longer.first_mut() {
        *first ^= 1;
        longer.pop();
        assert!(longer.is_empty() || verifier.verify(&longer, Some(&current)).is_err());
    }
}

fn refused(problem: &ParseError) {
    assert!(problem.to_string().len() <= LONGEST_PROBLEM, "{problem}");
}

/// An event that was read means the same when it was stored, and however its keys were ordered.
fn event(envelope: &Envelope, body: &[u8]) {
    let hash = payload_hash(envelope);
    let stored = serde_json::to_vec(envelope).expect("an event can be stored");
    let again = parse(&stored).expect("a stored event can be read");
    assert!(again == *envelope, "an event changes by being stored");
    assert_eq!(payload_hash(&again), hash);
    let value: Value = serde_json::from_slice(body).unwrap();
    let reordered = backwards(&value);
    let again = parse(reordered.as_bytes()).expect("the order of keys means nothing");
    assert_eq!(payload_hash(&again), hash);
    let mut later = envelope.clone();
    later.timestamp = Some(OffsetDateTime::UNIX_EPOCH);
    assert_eq!(payload_hash(&later), hash);
    for now in [OffsetDateTime::UNIX_EPOCH, envelope_time(envelope)] {
        let _judged = envelope.check_age(now, 300);
        turn(envelope, now, &hash);
    }
}

fn envelope_time(envelope: &Envelope) -> OffsetDateTime {
    envelope
        .timestamp
        .unwrap_or_else(|| OffsetDateTime::from_unix_timestamp(LATEST).expect("a moment"))
}

/// The event as it is stored, and as a bot is asked about it.
fn turn(envelope: &Envelope, now: OffsetDateTime, hash: &str) {
    let Some(id) = envelope.data.conversation_id() else {
        return;
    };
    assert!(!id.is_empty() && !envelope.idempotency_key.is_empty());
    let queued = EventStatus::Queued { answer: None };
    let Some(event) = StoredEvent::of(envelope, now, queued) else {
        panic!("an event of a conversation is stored");
    };
    assert_eq!(event.payload_hash, hash);
    let settings = TurnSettings::default();
    let _deadline = event.deadline(&settings);
    let _judged = event.judge(hash, now);
    let mut conversation = Conversation::new("shop", id, OffsetDateTime::UNIX_EPOCH);
    let _reception = conversation.receive(&envelope.data, envelope.timestamp, now);
    let turn = event.turn(&conversation, &settings);
    // A moment that RFC 3339 can't write would keep the bot from being asked.
    if (1..=9998).contains(&now.to_offset(time::UtcOffset::UTC).year()) {
        let json = serde_json::to_string(&event).expect("an event can be stored");
        let again: StoredEvent = serde_json::from_str(&json).expect("a stored event can be read");
        assert!(again == event, "an event changes by being stored");
        serde_json::to_string(&conversation).expect("a conversation can be stored");
        serde_json::to_string(&turn).expect("a turn can be sent");
    }
}

/// The same JSON with every object's keys in descending order.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|one, other| other.0.cmp(one.0));
            let fields = fields
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), backwards(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(backwards).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}
