//! What conversation-api tells of a conversation.

use serde::Deserialize;
use serde_json::{Map, Value};
use sparkcentral::Reply;
use time::OffsetDateTime;

/// A conversation with its transcript.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conversation {
    pub(crate) agent: String,
    pub(crate) conversation_id: String,
    pub(crate) state: conversation::State,
    pub(crate) episode: u32,
    #[serde(default)]
    pub(crate) turns: u32,
    #[serde(default)]
    pub(crate) in_flight: Option<InFlight>,
    #[serde(default)]
    pub(crate) waiting: Vec<String>,
    #[serde(default)]
    pub(crate) awaiting: Vec<String>,
    #[serde(default)]
    pub(crate) language: Option<String>,
    #[serde(default)]
    pub(crate) channel: Option<Channel>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) changed_at: OffsetDateTime,
    #[serde(default)]
    pub(crate) handover: Option<Handover>,
    pub(crate) transcript: Vec<Entry>,
}

/// A turn being answered.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InFlight {
    pub(crate) turn_id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) until: OffsetDateTime,
}

/// The channel as the registry has it.
#[derive(Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) medium: Option<String>,
    pub(crate) name: String,
}

/// The last handover asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Handover {
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) topics: Vec<String>,
    #[serde(default)]
    pub(crate) profiles: Vec<String>,
    #[serde(default)]
    pub(crate) summary: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) requested_at: OffsetDateTime,
}

/// One entry of the transcript: an event with its outcome, or something said with its delivery.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) turn_id: Option<String>,
    #[serde(default)]
    pub(crate) event: Option<String>,
    #[serde(default)]
    pub(crate) outcome: Option<String>,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) merged_into: Option<String>,
    #[serde(default)]
    pub(crate) later: bool,
    #[serde(default)]
    pub(crate) reply_ids: Vec<String>,
    #[serde(default)]
    pub(crate) reply_id: Option<String>,
    #[serde(default)]
    pub(crate) token: Option<String>,
    #[serde(default)]
    pub(crate) attempts: u32,
    #[serde(default)]
    pub(crate) delivery: Option<Delivery>,
    #[serde(default)]
    pub(crate) reply: Option<Reply>,
    #[serde(default)]
    pub(crate) upload: Option<Upload>,
}

/// A file sent along.
#[derive(Clone, Deserialize)]
pub(crate) struct Upload {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) problem: Option<String>,
}

/// Where a reply is.
#[derive(Clone, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) status: String,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) at: Option<OffsetDateTime>,
    #[serde(default)]
    pub(crate) problem: Option<String>,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) via: Option<String>,
}

impl Delivery {
    /// Whether nothing more will happen to it.
    pub(crate) fn is_final(&self) -> bool {
        is_final(&self.status)
    }
}

/// Whether nothing more will happen to a reply of this status.
pub(crate) fn is_final(status: &str) -> bool {
    !matches!(status, "pending" | "sending")
}

/// The API's answer without what people wrote, and who they are.
pub(crate) fn without_text(mut told: Value) -> Value {
    let remove = |fields: &mut Map<String, Value>, names: &[&str]| {
        for name in names {
            fields.remove(*name);
        }
    };
    if let Some(fields) = told.as_object_mut() {
        remove(fields, &["channelDetails"]);
    }
    if let Some(handover) = told.get_mut("handover").and_then(Value::as_object_mut) {
        remove(handover, &["summary", "attributes"]);
    }
    let transcript = told.get_mut("transcript").and_then(Value::as_array_mut);
    for entry in transcript.into_iter().flatten() {
        if let Some(fields) = entry.as_object_mut() {
            remove(fields, &["text", "payload", "reply"]);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn without_text_nothing_that_somebody_wrote_is_left() {
        let told = json!({
            "agent": "demo", "state": "with_bot",
            "channelDetails": {"contactProfile": {"primaryIdentifier": "secret"}},
            "handover": {"reason": "bot_asked", "summary": "secret", "attributes": {"a": "secret"}},
            "transcript": [
                {"from": "contact", "text": "secret", "payload": "secret", "outcome": "answered"},
                {"from": "bot", "text": "secret", "reply": {"sendMessage": {"text": "secret"}},
                    "delivery": {"status": "sent"}},
            ],
        });
        let told = without_text(told);
        assert!(!told.to_string().contains("secret"), "{told}");
        assert_eq!(told["handover"]["reason"], "bot_asked");
        assert_eq!(told["transcript"][1]["delivery"]["status"], "sent");
    }
}
