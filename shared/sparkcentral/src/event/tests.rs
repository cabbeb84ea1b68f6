use proptest::prelude::*;
use serde_json::json;
use time::macros::datetime;

use super::*;

const STARTED: &str = include_str!("../../fixtures/conversation_started.json");
const DELEGATED: &str = include_str!("../../fixtures/conversation_delegated.json");
const INBOUND: &str = include_str!("../../fixtures/inbound_text.json");
const INBOUND_FULL: &str = include_str!("../../fixtures/inbound_full.json");
const UNKNOWN: &str = include_str!("../../fixtures/unknown_type.json");

fn parsed(body: &str) -> Envelope {
    parse(body.as_bytes()).unwrap()
}

fn parsed_json(body: Value) -> Result<Envelope, ParseError> {
    parse(body.to_string().as_bytes())
}

/// A valid message event whose `data` the test can spoil.
fn inbound_with(field: &str, value: Value) -> Value {
    let mut body: Value = serde_json::from_str(INBOUND).unwrap();
    body["data"][field] = value;
    body
}

fn missing(field: &'static str) -> ParseError {
    ParseError::MissingField { field }
}

#[test]
fn every_fixture_comes_back_as_it_arrived() {
    for fixture in [STARTED, DELEGATED, INBOUND, INBOUND_FULL, UNKNOWN] {
        let envelope = parsed(fixture);
        let arrived: Value = serde_json::from_str(fixture).unwrap();
        assert_eq!(serde_json::to_value(&envelope).unwrap(), arrived);
        let again: Envelope = serde_json::from_value(arrived).unwrap();
        assert_eq!(again, envelope);
    }
}

#[test]
fn a_started_conversation_has_its_channel_contact_and_attributes() {
    let envelope = parsed(STARTED);
    assert_eq!(envelope.event_type, CONVERSATION_STARTED);
    assert_eq!(envelope.version, Some(1));
    assert_eq!(
        envelope.timestamp,
        Some(datetime!(2026-03-02 09:15:30.120456 UTC))
    );
    let Event::ConversationStarted(assigned) = &envelope.data else {
        panic!("another event");
    };
    assert_eq!(assigned.conversation_id, "0-01f00000001-000-0a0b0c0d");
    assert_eq!(assigned.medium_id(), Some(&MediumId::from("smooch-rtm")));
    let channel = assigned.channel.as_ref().unwrap();
    assert_eq!(channel.id.as_deref(), Some("0-01f00000003-000-2a2b2c2d"));
    let profile = assigned.contact_profile.as_ref().unwrap();
    assert_eq!(profile.vip, Some(false));
    assert_eq!(profile.profile_url, None);
    assert_eq!(assigned.contact_attributes[1].value, "nl-BE");
}

#[test]
fn a_message_has_its_payload_trigger_and_topics() {
    let Event::InboundMessageReceived(inbound) = parsed(INBOUND_FULL).data else {
        panic!("another event");
    };
    assert_eq!(inbound.message.payload.as_deref(), Some("TRACK|order-77"));
    assert!(inbound.message.other.contains_key("media"));
    let trigger = inbound.trigger.unwrap();
    assert_eq!(trigger.object.as_deref(), Some("STORY"));
    assert_eq!(inbound.conversation_topics, ["Order status", "Delivery"]);
    assert_eq!(inbound.other["sentiment"], json!("neutral"));
}

#[test]
fn a_delegated_conversation_is_told_apart_from_a_started_one() {
    assert!(matches!(
        parsed(DELEGATED).data,
        Event::ConversationDelegated(_)
    ));
}

#[test]
fn an_unknown_type_needs_nothing_but_its_type() {
    let envelope = parsed_json(json!({"type": "SOMETHING_NEW"})).unwrap();
    assert_eq!(envelope.idempotency_key, "");
    assert_eq!(
        envelope.data,
        Event::Unknown {
            event_type: "SOMETHING_NEW".to_owned()
        }
    );
    let odd = json!({"type": "SOMETHING_NEW", "idempotencyKey": 7, "timestamp": [], "data": 1});
    let envelope = parsed_json(odd.clone()).unwrap();
    assert_eq!(serde_json::to_value(&envelope).unwrap(), odd);
}

#[test]
fn nulls_count_as_absent() {
    let body = json!({
        "type": CONVERSATION_STARTED, "idempotencyKey": "key-1", "version": null, "timestamp": null,
        "data": {
            "conversationId": "c-1", "medium": null, "channel": {"id": null}, "language": null,
            "contactProfile": {"id": null, "vip": null},
            "contactAttributes": [{"attribute": "a", "value": null, "source": null}],
        },
    });
    let Event::ConversationStarted(assigned) = parsed_json(body).unwrap().data else {
        panic!("another event");
    };
    assert_eq!(assigned.medium, None);
    assert_eq!(assigned.contact_profile, Some(ContactProfile::default()));
    assert_eq!(assigned.contact_attributes[0].value, "");

    let body = json!({
        "type": INBOUND_MESSAGE_RECEIVED, "idempotencyKey": "key-1",
        "data": {"conversationId": "c-1", "message": null, "conversationTopics": null,
                 "trigger": null},
    });
    let Event::InboundMessageReceived(inbound) = parsed_json(body).unwrap().data else {
        panic!("another event");
    };
    assert_eq!(inbound.message, Message::default());
}

#[test]
fn loosely_typed_values_are_read_as_text() {
    let body = json!({
        "type": CONVERSATION_STARTED, "idempotencyKey": "key-1", "version": "1",
        "data": {"conversationId": "c-1",
                 "contactAttributes": [{"attribute": "orders", "value": 12, "source": "AGENT"}]},
    });
    let envelope = parsed_json(body).unwrap();
    assert_eq!(envelope.version, Some(1));
    let Event::ConversationStarted(assigned) = envelope.data else {
        panic!("another event");
    };
    assert_eq!(assigned.contact_attributes[0].value, "12");
}

#[test]
fn a_version_that_is_no_whole_number_is_kept_but_not_read() {
    for (sent, read) in [
        (json!(2), Some(2)),
        (json!(1.0), Some(1)),
        (json!(" 3 "), Some(3)),
        (json!(1.5), None),
        (json!(-1), None),
        (json!("one"), None),
        (json!(4_294_967_296_u64), None),
    ] {
        let envelope = parsed_json(json!({"type": "T", "version": sent})).unwrap();
        assert_eq!(envelope.version, read, "{sent}");
        assert_eq!(envelope.other.get("version").is_some(), read.is_none());
    }
}

#[test]
fn a_missing_field_is_named() {
    for (field, name) in [
        ("type", missing("type")),
        ("idempotencyKey", missing("idempotencyKey")),
        ("data", missing("data")),
    ] {
        let mut body: Value = serde_json::from_str(INBOUND).unwrap();
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(parsed_json(body), Err(name));
    }
    for spoilt in [json!(null), json!("")] {
        let mut body: Value = serde_json::from_str(INBOUND).unwrap();
        body["idempotencyKey"] = spoilt.clone();
        assert_eq!(parsed_json(body), Err(missing("idempotencyKey")));
        assert_eq!(
            parsed_json(inbound_with("conversationId", spoilt)),
            Err(missing("data.conversationId"))
        );
    }
}

#[test]
fn a_field_of_the_wrong_type_is_named_by_its_path() {
    for (field, value, path) in [
        ("conversationId", json!(12), "data.conversationId"),
        ("message", json!("hello"), "data.message"),
        ("message", json!({"messageId": 7}), "data.message.messageId"),
        ("medium", json!({"id": 7}), "data.medium.id"),
        (
            "contactProfile",
            json!({"vip": "very"}),
            "data.contactProfile.vip",
        ),
        (
            "conversationTopics",
            json!(["a", 7]),
            "data.conversationTopics[1]",
        ),
    ] {
        match parsed_json(inbound_with(field, value)) {
            Err(ParseError::WrongType { field, .. }) => assert_eq!(field, path),
            other => panic!("{path}: {other:?}"),
        }
    }
    let odd_time = json!({"type": CONVERSATION_STARTED, "idempotencyKey": "k",
                          "timestamp": "yesterday", "data": {"conversationId": "c"}});
    assert!(matches!(
        parsed_json(odd_time),
        Err(ParseError::WrongType { field, .. }) if field == "timestamp"
    ));
    assert!(matches!(
        parsed_json(json!([])),
        Err(ParseError::WrongType { .. })
    ));
}

#[test]
fn broken_json_is_placed_by_line_and_column() {
    assert_eq!(
        parse(b"{\n  \"type\": oops}"),
        Err(ParseError::NotJson {
            line: 2,
            column: 11
        })
    );
    assert!(matches!(parse(b""), Err(ParseError::NotJson { .. })));
    assert!(matches!(
        parse(b"{\"type\": \"\xff\"}"),
        Err(ParseError::NotJson { .. })
    ));
}

#[test]
fn no_error_and_no_debug_output_quotes_the_customer() {
    const WORD: &str = "Wilhelmina";
    for field in [
        "conversationId",
        "message",
        "medium",
        "contactProfile",
        "channel",
    ] {
        for value in [
            json!([WORD]),
            json!({"id": {"x": WORD}, "messageId": [WORD]}),
        ] {
            if let Err(error) = parsed_json(inbound_with(field, value)) {
                assert!(!format!("{error} {error:?}").contains(WORD));
            }
        }
    }
    let error = parse(format!("{{\"type\": \"{WORD}\" {WORD}}}").as_bytes()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(WORD));

    let told = json!({"text": WORD, "payload": WORD, "media": WORD});
    let profile = json!({"id": "p-1", "primaryIdentifier": WORD, "secondaryIdentifier": WORD,
                         "pictureUrl": WORD, "profileUrl": WORD, "nick": WORD});
    let mut body = inbound_with("message", told);
    body["data"]["contactProfile"] = profile.clone();
    body["data"]["trigger"] = json!({"type": "POST", "title": WORD});
    body["data"]["conversationTopics"] = json!([WORD]);
    body["data"][WORD] = json!(WORD);
    body["signed"] = json!(WORD);
    let shown = format!("{:#?}", parsed_json(body).unwrap());
    assert!(!shown.contains(WORD), "{shown}");
    let body = json!({
        "type": CONVERSATION_DELEGATED, "idempotencyKey": "key-1", "data": {
            "conversationId": "c-1", "contactProfile": profile,
            "contactAttributes": [{"attribute": "a", "value": WORD, "source": "AGENT", "x": WORD}],
        },
    });
    let shown = format!("{:#?}", parsed_json(body).unwrap());
    assert!(!shown.contains(WORD), "{shown}");
}

proptest! {
    #[test]
    fn no_body_makes_the_parser_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&body);
    }

    #[test]
    fn any_message_text_survives_storing(text in ".*", id in ".+", key in ".+") {
        let body = json!({"type": INBOUND_MESSAGE_RECEIVED, "idempotencyKey": key,
                          "data": {"conversationId": id, "message": {"text": text}}});
        let envelope = parsed_json(body.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&envelope).unwrap(), body);
    }
}

#[test]
fn a_canary_belongs_to_no_conversation_and_has_an_age() {
    let envelope = parsed_json(json!({
        "type": CANARY, "idempotencyKey": "key-1", "timestamp": "2026-07-01T10:00:00Z", "data": {},
    }))
    .unwrap();
    assert_eq!(envelope.event_type, "SPARKBRIDGE_CANARY");
    assert_eq!(envelope.data.conversation_id(), None);
    let sent = envelope.timestamp.unwrap();
    assert!(envelope.check_age(sent, 300).is_ok());
    assert!(
        envelope
            .check_age(sent + time::Duration::hours(1), 300)
            .is_err()
    );
}
