//! A bot of one's own behind a URL, with the mind of the others.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::conduct::{Conduct, Trouble};
use super::{BotService, Thought, Wish, think};
use crate::bot::SIGNING_KEY;
use crate::serve;

impl BotService {
    /// Starts one.
    pub async fn http() -> Self {
        let conduct = Arc::new(Conduct::default());
        let router = Router::new()
            .route("/turns", post(turn))
            .with_state(Arc::clone(&conduct));
        let url = serve(router).await;
        Self {
            kind: "http",
            handover_reason: "contact_asked",
            answers_later: false,
            settings: format!(
                "[bot]\nkind = \"http\"\nurl = \"{url}/turns\"\nallow_private_addresses = true\n"
            ),
            secrets: json!({"bot_signing_key": SIGNING_KEY}),
            conduct,
        }
    }
}

async fn turn(State(conduct): State<Arc<Conduct>>, headers: HeaderMap, body: Bytes) -> Response {
    let turn = match verified(&headers, &body) {
        Ok(turn) => turn,
        Err(problem) => {
            conduct.complain(problem);
            return StatusCode::UNAUTHORIZED.into_response();
        }
    };
    let heard = heard(&turn);
    match conduct.attend(turn).await {
        Ok(()) => axum::Json(json!({"actions": actions(think(&heard))})).into_response(),
        Err(Trouble::Throttled) => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Err(Trouble::Down) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// A turn, if its Standard Webhooks signature is ours.
pub(super) fn verified(headers: &HeaderMap, body: &[u8]) -> Result<Value, String> {
    let webhook = Webhook::new(SIGNING_KEY).map_err(|_| "the key is none")?;
    webhook
        .verify(body, headers)
        .map_err(|_| "the signature is wrong")?;
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// The words behind a turn.
pub(super) fn heard(turn: &Value) -> String {
    match turn["trigger"]["type"].as_str() {
        Some("started") => "hello".to_owned(),
        Some("delegated") => "back".to_owned(),
        _ => {
            let text = turn["trigger"]["text"].as_str();
            text.unwrap_or_default().to_owned()
        }
    }
}

fn actions(thought: Thought) -> Value {
    let mut actions = vec![json!({"type": "reply", "text": thought.text})];
    if let Some(topic) = thought.topic {
        actions.push(json!({"type": "topics", "topics": [topic]}));
    }
    match thought.wish {
        Wish::Stay => {}
        Wish::HandOver => actions.push(json!({"type": "handover", "reason": "contact_asked"})),
        Wish::Resolve => actions.push(json!({"type": "resolve"})),
    }
    Value::Array(actions)
}
