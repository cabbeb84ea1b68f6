//! From the body's bytes to an [`Envelope`]. No error quotes the body: it holds a customer's words.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::{Iso8601, Rfc3339};

use super::{
    CONVERSATION_DELEGATED, CONVERSATION_STARTED, Envelope, Event, INBOUND_MESSAGE_RECEIVED,
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
    // serde_json's own message is dropped: for some errors it quotes the input.
    let value = serde_json::from_slice(body).map_err(|error| ParseError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    from_value(value)
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
