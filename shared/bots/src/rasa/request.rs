//! From a turn to a message in Rasa's words.

use std::borrow::Cow;

use conversation::{RasaSettings, Trigger, Turn};
use serde_json::{Value, json};

/// What Rasa is told, if anything.
pub(super) fn message<'a>(
    settings: &'a RasaSettings,
    trigger: &'a Trigger,
) -> Option<Cow<'a, str>> {
    let told = match trigger {
        Trigger::Started => settings.started.as_str(),
        Trigger::Delegated => settings.delegated.as_str(),
        Trigger::Message { text, payload, .. } => match (tapped(payload), typed(text)) {
            (Some(payload), _) => payload,
            (None, "") => settings.no_text.as_str(),
            (None, text) => text,
        },
    };
    (!told.trim().is_empty()).then_some(Cow::Borrowed(told))
}

fn tapped(payload: &Option<String>) -> Option<&str> {
    payload
        .as_deref()
        .map(str::trim)
        .filter(|payload| !payload.is_empty())
}

/// What the contact wrote, without slashes before it: to Rasa a message that begins with one is a
/// command (`/restart`, an intent with slots of one's choice), which is for payloads only.
fn typed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '/' || c.is_whitespace() || c.is_control())
}

/// The request's body.
pub(super) fn body(turn: &Turn, message: Cow<'_, str>) -> Value {
    json!({
        // As a person can read it: whoever looks for a conversation in Rasa finds it.
        "sender": format!("{}.{}.{}", turn.agent, turn.conversation_id, turn.episode),
        "message": message,
        "metadata": {
            "turnId": turn.turn_id,
            "agent": turn.agent,
            "conversationId": turn.conversation_id,
            "episode": turn.episode,
            "trigger": turn.trigger.name(),
            "language": turn.language,
            "topics": turn.topics,
            "channelDetails": turn.internal.channel_details,
        },
    })
}
