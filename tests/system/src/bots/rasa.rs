//! Rasa, by its REST channel: one POST per message, and all the bot's messages in the answer.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::conduct::{Conduct, Trouble};
use super::{BotService, Wish, think};
use crate::serve;

/// What a proxy in front of the server asks for.
const TOKEN: &str = "a-token-of-32-characters-at-least";

impl BotService {
    /// Starts a Rasa server.
    pub async fn rasa() -> Self {
        let conduct = Arc::new(Conduct::default());
        let router = Router::new()
            .route("/webhooks/rest/webhook", post(message))
            .with_state(Arc::clone(&conduct));
        let url = serve(router).await;
        Self {
            kind: "rasa",
            handover_reason: "contact_asked",
            answers_later: false,
            settings: format!(
                "[bot]\nkind = \"rasa\"\nurl = \"{url}/webhooks/rest/webhook\"\n\
                 allow_private_addresses = true\ndelegated = \"/back\"\n"
            ),
            secrets: json!({"bot_token": TOKEN}),
            conduct,
        }
    }
}

async fn message(State(conduct): State<Arc<Conduct>>, headers: HeaderMap, body: Bytes) -> Response {
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if token != Some(&format!("Bearer {TOKEN}")) {
        conduct.complain("no bearer token");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (sender, text, request) = match read(&body) {
        Ok(read) => read,
        Err(problem) => {
            conduct.complain(problem);
            return (StatusCode::BAD_REQUEST, "Invalid request.").into_response();
        }
    };
    match conduct.attend(request).await {
        Ok(()) => axum::Json(answer(&sender, &text)).into_response(),
        Err(Trouble::Throttled) => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Err(Trouble::Down) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn read(body: &[u8]) -> Result<(String, String, Value), String> {
    let request: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let field = |name: &str| {
        let told = request[name].as_str().filter(|text| !text.is_empty());
        told.map(str::to_owned)
            .ok_or_else(|| format!("{name} is missing or no text"))
    };
    let (sender, message) = (field("sender")?, field("message")?);
    if !(request["metadata"].is_null() || request["metadata"].is_object()) {
        return Err("metadata is no object".to_owned());
    }
    Ok((sender, message, request))
}

fn answer(sender: &str, text: &str) -> Value {
    let heard = match text {
        "/session_start" | "/greet" => "hello",
        text => text,
    };
    let thought = think(heard);
    let mut messages = vec![json!({"recipient_id": sender, "text": thought.text})];
    if let Some(topic) = thought.topic {
        messages.push(json!({"recipient_id": sender, "custom": {"topics": [topic]}}));
    }
    match thought.wish {
        Wish::Stay => {}
        Wish::HandOver => {
            messages.push(json!({
                "recipient_id": sender,
                "custom": {"handover": {"reason": "contact_asked", "summary": "Asks for a person."}},
            }));
        }
        Wish::Resolve => {
            messages.push(json!({"recipient_id": sender, "custom": {"resolve": true}}));
        }
    }
    Value::Array(messages)
}
