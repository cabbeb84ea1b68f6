//! From the body's bytes to an [`Envelope`]. No error quotes the body: it holds a customer's words.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::{Iso8601, Rfc3339};

use super::{
    CONVERSATION_DELEGATED, CONVERSATION_STARTED, Envelope, Event, INBOUND_MESSAGE_RECEIVED,
    Inbound,
};

/// Why a body isn't an event. Names fields by their path (`data.conversationId`), never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Line and column count from 1; column 0 is the place before a line's first character.
    #[error("the body is not JSON: it stops making sense at line {line}, column {column}")]
    NotJson { line: usize, column: usize },
    /// A required field is absent, null or empty.
    #[error("the event lacks the field {field}")]
    MissingField { field: &'static str },
    #[error("the event's field {field} has the wrong type or form: expected {expected}")]
    WrongType {
        field: String,
        expected: &'static str,
    },
}

/// Reads a webhook's body, after its signature was verified.
///
/// # Errors
/// Not JSON; `type` missing; for a known type also `idempotencyKey`, `data` or
/// `data.conversationId` missing, or a known field of the wrong type. An unknown type needs
/// nothing but `type`.
pub fn parse(body: &[u8]) -> Result<Envelope, ParseError> {
    if let Some(message) = Usual::read(body) {
        return Ok(message);
    }
    // serde_json's own message is dropped: for some errors it quotes the input.
    let value = serde_json::from_slice(body).map_err(|error| ParseError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    from_value(value)
}

/// A message as documented, which nearly every event is: read straight from the bytes. To say what is
/// wrong with an event takes a tree of values and the path to each of them. Whatever differs in the least
/// is left to [`from_value`], which would read this one alike.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Usual<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    version: u32,
    idempotency_key: String,
    timestamp: &'a str,
    data: Inbound,
}

impl Usual<'_> {
    fn read(body: &[u8]) -> Option<Envelope> {
        let read: Usual<'_> = serde_json::from_slice(body).ok()?;
        let is_whole = read.event_type == INBOUND_MESSAGE_RECEIVED
            && !read.idempotency_key.is_empty()
            && !read.data.conversation_id.is_empty();
        let timestamp = moment(read.timestamp)?;
        is_whole.then(|| Envelope {
            event_type: read.event_type.to_owned(),
            version: Some(read.version),
            idempotency_key: read.idempotency_key,
            timestamp: Some(timestamp),
            data: Event::InboundMessageReceived(read.data),
            other: Map::new(),
        })
    }
}

pub(super) fn from_value(value: Value) -> Result<Envelope, ParseError> {
    let Value::Object(mut fields) = value else {
        return Err(wrong("(the whole body)", "an object"));
    };
    let event_type = text(&mut fields, "type")?.ok_or(missing("type"))?;
    let version = take_version(&mut fields);
    if !is_known(&event_type) {
        return Ok(unknown(event_type, version, fields));
    }
    let idempotency_key = text(&mut fields, "idempotencyKey")?.ok_or(missing("idempotencyKey"))?;
    let timestamp = match text(&mut fields, "timestamp")? {
        Some(text) => Some(moment(&text).ok_or(wrong("timestamp", "an RFC 3339 date and time"))?),
        None => None,
    };
    let data = match fields.remove("data") {
        None | Some(Value::Null) => return Err(missing("data")),
        Some(Value::Object(data)) => data,
        Some(_) => return Err(wrong("data", "an object")),
    };
    require_conversation_id(&data)?;
    let data = match event_type.as_str() {
        CONVERSATION_STARTED => Event::ConversationStarted(payload(data)?),
        CONVERSATION_DELEGATED => Event::ConversationDelegated(payload(data)?),
        _ => Event::InboundMessageReceived(payload(data)?),
    };
    Ok(Envelope {
        event_type,
        version,
        idempotency_key,
        timestamp,
        data,
        other: fields,
    })
}

fn is_known(event_type: &str) -> bool {
    [
        CONVERSATION_STARTED,
        CONVERSATION_DELEGATED,
        INBOUND_MESSAGE_RECEIVED,
    ]
    .contains(&event_type)
}

/// Nothing about an unknown type is promised, so nothing of the wrong type is an error: such a
/// field stays where it was, in `other`.
fn unknown(event_type: String, version: Option<u32>, mut fields: Map<String, Value>) -> Envelope {
    let idempotency_key = match fields.get("idempotencyKey") {
        Some(Value::String(key)) => key.clone(),
        _ => String::new(),
    };
    if !idempotency_key.is_empty() {
        fields.remove("idempotencyKey");
    }
    let timestamp = match fields.get("timestamp") {
        Some(Value::String(text)) => moment(text),
        _ => None,
    };
    if timestamp.is_some() {
        fields.remove("timestamp");
    }
    Envelope {
        data: Event::Unknown {
            event_type: event_type.clone(),
        },
        event_type,
        version,
        idempotency_key,
        timestamp,
        other: fields,
    }
}

/// Takes a text field out; null and empty count as absent (an empty idempotency key would make
/// unrelated events look like one).
fn text(fields: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ParseError> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong(name, "text")),
    }
}

/// Takes the version out if it is a whole number, as a number or as text. Anything else stays among
/// the unknown fields: no rule of ours depends on the version, so none is worth an error.
fn take_version(fields: &mut Map<String, Value>) -> Option<u32> {
    let version = match fields.get("version")? {
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            // Some writers turn every number into a decimal: 1.0.
            .or_else(|| number.to_string().strip_suffix(".0")?.parse().ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }?;
    fields.remove("version");
    Some(version)
}

/// RFC 3339 as documented; ISO 8601 at large because serialisers differ in how they write offsets.
fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, &Iso8601::DEFAULT))
        .ok()
}

fn require_conversation_id(data: &Map<String, Value>) -> Result<(), ParseError> {
    match data.get("conversationId") {
        None | Some(Value::Null) => Err(missing("data.conversationId")),
        Some(Value::String(id)) if id.is_empty() => Err(missing("data.conversationId")),
        Some(Value::String(_)) => Ok(()),
        Some(_) => Err(wrong("data.conversationId", "text")),
    }
}

fn payload<T: DeserializeOwned>(data: Map<String, Value>) -> Result<T, ParseError> {
    serde_path_to_error::deserialize(Value::Object(data)).map_err(|error| {
        // The path is built from our own field names and list positions; serde's message is
        // dropped because it quotes the value.
        ParseError::WrongType {
            field: format!("data.{}", error.path()),
            expected: "the type the protocol documents",
        }
    })
}

fn missing(field: &'static str) -> ParseError {
    ParseError::MissingField { field }
}

fn wrong(field: &str, expected: &'static str) -> ParseError {
    ParseError::WrongType {
        field: field.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A message with nothing but what is documented, at the top.
    fn message() -> Value {
        let full = include_str!("../../fixtures/inbound_full.json");
        let mut message: Value = serde_json::from_str(full).unwrap();
        message.as_object_mut().unwrap().remove("traceId");
        message
    }

    /// What may stand in a field's place; `None`: the field is absent.
    fn anything() -> impl Strategy<Value = Option<Value>> {
        prop::sample::select(vec![
            None,
            Some(json!(null)),
            Some(json!("")),
            Some(json!("text")),
            Some(json!("a \"quoted\" one")),
            Some(json!("2026-03-02T09:16:02.5+01")),
            Some(json!(1)),
            Some(json!(1.0)),
            Some(json!(-1e300)),
            Some(json!(true)),
            Some(json!([])),
            Some(json!(["text", null])),
            Some(json!({})),
            Some(json!({"id": null, "text": 7, "more": [{}]})),
        ])
    }

    fn somewhere() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "/type",
            "/version",
            "/idempotencyKey",
            "/timestamp",
            "/traceId",
            "/data",
            "/data/conversationId",
            "/data/message",
            "/data/message/text",
            "/data/message/payload",
            "/data/message/media",
            "/data/trigger",
            "/data/conversationTopics",
            "/data/channel",
            "/data/channel/id",
            "/data/contactProfile",
            "/data/contactProfile/pictureUrl",
            "/data/medium",
            "/data/medium/id",
            "/data/sentiment",
        ])
    }

    fn put(message: &mut Value, path: &str, value: Option<Value>) {
        let (parent, field) = path.rsplit_once('/').unwrap();
        let Some(Value::Object(fields)) = message.pointer_mut(parent) else {
            return;
        };
        match value {
            Some(value) => drop(fields.insert(field.to_owned(), value)),
            None => drop(fields.remove(field)),
        }
    }

    fn carefully(body: &[u8]) -> Option<Result<Envelope, ParseError>> {
        serde_json::from_slice(body).ok().map(from_value)
    }

    #[test]
    fn a_usual_message_is_read_at_once() {
        let body = message().to_string();
        let read = Usual::read(body.as_bytes());
        assert!(read.is_some());
        assert_eq!(read.map(Ok), carefully(body.as_bytes()));
    }

    proptest! {
        #[test]
        fn however_an_event_is_read_it_is_the_same(
            changes in prop::collection::vec((somewhere(), anything()), 0..4),
            is_repeated in any::<bool>(),
        ) {
            let mut message = message();
            for (path, value) in changes {
                put(&mut message, path, value);
            }
            let mut body = message.to_string();
            // The last of two counts.
            if is_repeated {
                body.insert_str(1, "\"version\": 7, \"data\": {\"conversationId\": \"c\"}, ");
            }
            prop_assert_eq!(Some(parse(body.as_bytes())), carefully(body.as_bytes()));
        }
    }
}
