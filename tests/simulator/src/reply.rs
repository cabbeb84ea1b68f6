//! The reply shape: one JSON object, in a webhook's answer as over REST; every field may be absent or null.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{dialect::INBOX_ONLY_FIELDS, refusal::Refusal};

/// A note for human agents holds so many characters.
const NOTE_LIMIT: usize = 2000;

/// A reply that is well-formed by itself. Whether its attachments and topics exist is another question.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) typing: Option<bool>,
    pub(crate) messages: Vec<OutboundMessage>,
    pub(crate) topics: Vec<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) notes: Vec<String>,
    pub(crate) complete: Option<Complete>,
    /// What was in the body and has no effect, in words for people.
    pub(crate) ignored: Vec<String>,
}

/// Text, an uploaded attachment's name, or both; never neither.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OutboundMessage {
    pub(crate) text: Option<String>,
    pub(crate) attachment: Option<String>,
}

/// A tag for one message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Absent: the message that is being answered.
    pub(crate) message_id: Option<String>,
    pub(crate) tag: String,
}

/// How the agent ends its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Complete {
    Handover,
    Resolved,
}

/// As it stands on the wire. `unknown` also keeps serde from taking an array for an object.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    indicate_typing: Option<Typing>,
    send_message: Option<WireMessage>,
    send_messages: Option<Vec<WireMessage>>,
    apply_topics: Option<Vec<String>>,
    apply_tags: Option<Vec<WireTag>>,
    set_contact_attributes: Option<BTreeMap<String, Option<String>>>,
    apply_conversation_notes: Option<Vec<WireNote>>,
    complete: Option<Complete>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Typing {
    Start,
    Stop,
}

#[derive(Deserialize)]
struct WireMessage {
    text: Option<String>,
    attachment: Option<String>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Deserialize)]
struct WireNote {
    text: Option<String>,
    #[serde(flatten)]
    _unknown: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireTag {
    Latest(String),
    Of {
        #[serde(rename = "messageId")]
        message_id: String,
        tag: String,
    },
}

/// Reads a reply. Without `inbox_fields`, the fields only Inbox documents are as unknown as any other:
/// not read, not checked, mentioned in [`Reply::ignored`].
///
/// # Errors
/// [`Refusal::Malformed`]: a wrong type, an unknown value, an empty message, a bad attribute name or a
/// note that is too long.
pub(crate) fn parse(body: Value, inbox_fields: bool) -> Result<Reply, Refusal> {
    let Value::Object(mut fields) = body else {
        return Err(Refusal::malformed("the body is not a JSON object"));
    };
    let mut ignored = Vec::new();
    if !inbox_fields {
        for field in INBOX_ONLY_FIELDS {
            if fields.remove(field).is_some_and(|value| !value.is_null()) {
                ignored.push(format!("{field} is not a field of this dialect"));
            }
        }
    }
    let wire: Wire = serde_json::from_value(Value::Object(fields))
        .map_err(|error| Refusal::malformed(format!("the body can't be read: {error}")))?;
    ignored.extend(wire.unknown.keys().map(|key| format!("{key} is unknown")));

    let messages = wire
        .send_message
        .into_iter()
        .chain(wire.send_messages.unwrap_or_default())
        .map(|message| outbound(message, &mut ignored))
        .collect::<Result<_, _>>()?;
    let notes = wire
        .apply_conversation_notes
        .unwrap_or_default()
        .into_iter()
        .map(note)
        .collect::<Result<_, _>>()?;
    Ok(Reply {
        typing: wire
            .indicate_typing
            .map(|typing| matches!(typing, Typing::Start)),
        messages,
        topics: wire.apply_topics.unwrap_or_default(),
        tags: wire
            .apply_tags
            .unwrap_or_default()
            .into_iter()
            .map(Tag::from)
            .collect(),
        attributes: attributes(wire.set_contact_attributes.unwrap_or_default())?,
        notes,
        complete: wire.complete,
        ignored,
    })
}

fn outbound(wire: WireMessage, ignored: &mut Vec<String>) -> Result<OutboundMessage, Refusal> {
    ignored.extend(
        wire.unknown
            .keys()
            .map(|key| format!("{key} of a message is unknown")),
    );
    let message = OutboundMessage {
        text: wire.text.filter(|text| !text.is_empty()),
        attachment: wire.attachment.filter(|name| !name.is_empty()),
    };
    if message.text.is_none() && message.attachment.is_none() {
        return Err(Refusal::malformed(
            "a message needs text or the name of an uploaded attachment",
        ));
    }
    Ok(message)
}

fn note(wire: WireNote) -> Result<String, Refusal> {
    let text = wire
        .text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Refusal::malformed("a note needs text"))?;
    if text.chars().count() > NOTE_LIMIT {
        return Err(Refusal::malformed(format!(
            "a note has more than {NOTE_LIMIT} characters"
        )));
    }
    Ok(text)
}

fn attributes(wire: BTreeMap<String, Option<String>>) -> Result<BTreeMap<String, String>, Refusal> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Some(key) = wire
        .keys()
        .find(|key| key.is_empty() || !key.chars().all(legal))
    {
        return Err(Refusal::malformed(format!(
            "contact attribute {key:?} has characters other than A-Z, a-z, 0-9 and _"
        )));
    }
    Ok(wire
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect())
}

impl From<WireTag> for Tag {
    fn from(wire: WireTag) -> Self {
        match wire {
            WireTag::Latest(tag) => Self {
                message_id: None,
                tag,
            },
            WireTag::Of { message_id, tag } => Self {
                message_id: Some(message_id),
                tag,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_object_and_nulls_are_an_empty_reply() {
        let nulls = json!({"sendMessage": null, "applyTopics": null, "complete": null, "sendMessages": null});
        for body in [json!({}), nulls] {
            assert_eq!(parse(body, false).unwrap(), Reply::default());
        }
    }

    #[test]
    fn a_null_inside_a_message_counts_as_absent() {
        let reply = parse(
            json!({"sendMessage": {"text": "Hi", "attachment": null}}),
            false,
        )
        .unwrap();
        assert_eq!(reply.messages[0].text.as_deref(), Some("Hi"));
        assert_eq!(reply.messages[0].attachment, None);
    }

    #[test]
    fn what_breaks_the_contract_is_malformed() {
        for body in [
            json!(null),
            json!([]),
            json!("HANDOVER"),
            json!({"sendMessage": "Hi"}),
            json!({"sendMessage": ["Hi"]}),
            json!({"sendMessage": {}}),
            json!({"sendMessage": {"text": ""}}),
            json!({"sendMessage": {"text": 1}}),
            json!({"applyTopics": "Refund"}),
            json!({"applyTopics": [null]}),
            json!({"applyTags": [{"tag": "Happy"}]}),
            json!({"complete": "handover"}),
            json!({"complete": "CLOSED"}),
            json!({"setContactAttributes": {"order-number": "1"}}),
            json!({"setContactAttributes": {"": "1"}}),
            json!({"setContactAttributes": {"order": 1}}),
        ] {
            assert!(
                matches!(parse(body.clone(), false), Err(Refusal::Malformed(_))),
                "{body}"
            );
        }
    }

    #[test]
    fn inbox_fields_are_not_even_checked_where_they_are_unknown() {
        let body =
            json!({"sendMessages": "wrong", "indicateTyping": 7, "applyConversationNotes": {}});
        let reply = parse(body.clone(), false).unwrap();
        assert_eq!(reply.ignored.len(), 3);
        assert!(parse(body, true).is_err());
    }

    #[test]
    fn inbox_fields_are_read_where_they_are_known() {
        let body = json!({
            "indicateTyping": "STOP",
            "sendMessage": {"text": "one"},
            "sendMessages": [{"text": "two"}, {"attachment": "a.png"}],
            "applyConversationNotes": [{"text": "a note"}],
        });
        let reply = parse(body, true).unwrap();
        assert_eq!(reply.typing, Some(false));
        assert_eq!(reply.messages.len(), 3);
        assert_eq!(reply.notes, ["a note"]);
        assert!(reply.ignored.is_empty());
    }

    #[test]
    fn a_note_holds_two_thousand_characters_and_no_more() {
        let body = |length| json!({"applyConversationNotes": [{"text": "ä".repeat(length)}]});
        assert!(parse(body(2000), true).is_ok());
        assert!(parse(body(2001), true).is_err());
    }
}
