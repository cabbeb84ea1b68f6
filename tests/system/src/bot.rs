//! A bot behind a URL, as a user of the `http` adapter would run one.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::serve;
use crate::world::STEP_WITHIN;

/// What the bot does with one turn.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Milliseconds before it answers.
    pub after_ms: u64,
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Value,
}

impl Answer {
    /// Actions, at once.
    pub fn actions(actions: Value) -> Self {
        Self {
            after_ms: 0,
            status: 200,
            body: json!({"actions": actions}),
        }
    }

    /// One text, at once.
    pub fn text(text: &str) -> Self {
        Self::actions(json!([{"type": "reply", "text": text}]))
    }

    /// A bare status.
    pub fn status(status: u16) -> Self {
        Self {
            after_ms: 0,
            status,
            body: Value::Null,
        }
    }

    /// The same, later.
    #[must_use]
    pub fn after(self, ms: u64) -> Self {
        Self {
            after_ms: ms,
            ..self
        }
    }
}

/// 32 bytes, base64, as the Standard Webhooks scheme spells keys.
pub(crate) const SIGNING_KEY: &str = "whsec_c3BhcmticmlkZ2UtdGVzdC1rZXktMDEyMzQ1Njc4OWE=";

type Mind = dyn Fn(&Value) -> Answer + Send + Sync;

struct Shared {
    mind: Box<Mind>,
    webhook: Webhook,
    turns: Mutex<Vec<Value>>,
}

/// A running bot; it ends with the test's runtime.
pub struct TestBot {
    url: String,
    key: String,
    shared: Arc<Shared>,
}

impl TestBot {
    /// Starts a bot that answers each turn as `mind` says.
    pub async fn start(mind: impl Fn(&Value) -> Answer + Send + Sync + 'static) -> Self {
        let key = SIGNING_KEY.to_owned();
        let shared = Arc::new(Shared {
            mind: Box::new(mind),
            webhook: Webhook::new(&key).unwrap(),
            turns: Mutex::default(),
        });
        let router = Router::new()
            .route("/turns", post(turn))
            .with_state(Arc::clone(&shared));
        let url = format!("{}/turns", serve(router).await);
        Self { url, key, shared }
    }

    /// The `[bot]` table of an agent's settings.
    pub fn settings(&self) -> String {
        format!(
            "[bot]\nkind = \"http\"\nurl = \"{}\"\nallow_private_addresses = true\n",
            self.url
        )
    }

    /// What of the agent's secret is about it.
    pub fn secrets(&self) -> Value {
        json!({"bot_signing_key": self.key})
    }

    /// Waits for the turn of a conversation's message; the turn.
    pub async fn heard(&self, conversation: &str, text: &str) -> Value {
        let deadline = Instant::now() + STEP_WITHIN;
        loop {
            let turns = self.turns();
            let found = turns.iter().find(|turn| {
                turn["conversationId"] == conversation && turn["trigger"]["text"] == text
            });
            if let Some(turn) = found {
                return turn.clone();
            }
            assert!(Instant::now() < deadline, "the bot never heard {text:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Turns received so far, every delivery counted.
    pub fn turns(&self) -> Vec<Value> {
        self.shared.turns.lock().unwrap().clone()
    }
}

async fn turn(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if shared.webhook.verify(&body, &headers).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let turn: Value = serde_json::from_slice(&body).unwrap();
    shared.turns.lock().unwrap().push(turn.clone());
    let answer = (shared.mind)(&turn);
    tokio::time::sleep(Duration::from_millis(answer.after_ms)).await;
    let status = StatusCode::from_u16(answer.status).unwrap();
    if answer.body.is_null() {
        status.into_response()
    } else {
        (status, axum::Json(answer.body)).into_response()
    }
}
