//! From a turn to a `DetectIntentRequest`.

use conversation::{DialogflowSettings, Trigger, Turn};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::session::Session;

/// Most characters of a `TextInput`.
const MAX_TEXT_CHARS: usize = 256;

/// The session parameter that holds what Sparkcentral told, and the webhook payload's field.
pub(super) const DETAILS: &str = "channelDetails";

/// Name of the episode's session: at most 36 characters, of which none tells who it is about.
pub(super) fn session_id(turn: &Turn) -> String {
    let name = format!("{}\n{}\n{}", turn.agent, turn.conversation_id, turn.episode);
    let mut id = hex::encode(Sha256::digest(name));
    id.truncate(36);
    id
}

/// The request's body; `None` where Dialogflow is not to be asked.
pub(super) fn body(settings: &DialogflowSettings, turn: &Turn, before: &Session) -> Option<Value> {
    let language = turn.language.as_deref().map(str::trim);
    let language = language.filter(|language| !language.is_empty());
    let mut input = input(settings, &turn.trigger)?;
    let language = language.unwrap_or(&settings.default_language);
    input.insert("languageCode".to_owned(), language.into());
    let details = json!(turn.internal.channel_details);
    let mut parameters = Map::new();
    let mut params = json!({
        // The longest there is: contacts take hours to answer.
        "sessionTtl": "86400s",
        // For the agent's webhooks.
        "payload": {
            "turnId": turn.turn_id,
            "conversationId": turn.conversation_id,
            "topics": turn.topics,
            DETAILS: details,
        },
    });
    if let Some(place) = before.place.as_ref().filter(|_| settings.restore_page) {
        params["currentPage"] = place.page.as_str().into();
        parameters.clone_from(&place.parameters);
    }
    // For the agent's flows: $session.params.channelDetails.
    parameters.insert(DETAILS.to_owned(), details);
    params["parameters"] = parameters.into();
    Some(json!({ "queryInput": input, "queryParams": params }))
}

fn input(settings: &DialogflowSettings, trigger: &Trigger) -> Option<Map<String, Value>> {
    let event = |event: &str| {
        let event = event.trim();
        (!event.is_empty()).then(|| ("event", json!({ "event": event })))
    };
    let (kind, input) = match trigger {
        Trigger::Started => event(&settings.welcome_event),
        Trigger::Delegated => event(&settings.delegated_event),
        Trigger::Message { text, payload, .. } => {
            let payload = payload.as_deref().map(str::trim);
            let tapped = payload.filter(|payload| !payload.is_empty());
            match tapped.unwrap_or(text.trim()) {
                "" => event(&settings.no_text_event),
                text => {
                    let text: String = text.chars().take(MAX_TEXT_CHARS).collect();
                    Some(("text", json!({ "text": text })))
                }
            }
        }
    }?;
    Some(Map::from_iter([(kind.to_owned(), input)]))
}
