//! A platform that takes turns by webhook, says 202, and answers through conversation-api.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::conduct::{Conduct, Treatment};
use super::http::{heard, verified};
use super::{BotService, ReplyTo, Wish, think};
use crate::bot::SIGNING_KEY;
use crate::serve;

impl BotService {
    /// Starts such a platform.
    pub async fn webhook() -> Self {
        let conduct = Arc::new(Conduct::default());
        let router = Router::new()
            .route("/hook", post(turn))
            .with_state(Arc::clone(&conduct));
        let url = serve(router).await;
        Self {
            kind: "webhook",
            handover_reason: "contact_asked",
            answers_later: true,
            settings: format!(
                "[bot]\nkind = \"webhook\"\nurl = \"{url}/hook\"\nallow_private_addresses = true\n"
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
    let Some(reply_to) = conduct.reply_to() else {
        conduct.complain("a turn before anybody told where answers go");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let delay_ms = match conduct.receive(turn.clone()) {
        Treatment::Answer => 0,
        Treatment::AnswerAfter(ms) => ms,
        Treatment::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Treatment::Throttled => return StatusCode::TOO_MANY_REQUESTS.into_response(),
    };
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        answer(&conduct, &reply_to, &turn).await;
    });
    StatusCode::ACCEPTED.into_response()
}

async fn answer(conduct: &Conduct, reply_to: &ReplyTo, turn: &Value) {
    let (Some(turn_id), Some(conversation)) =
        (turn["turnId"].as_str(), turn["conversationId"].as_str())
    else {
        conduct.complain("a turn without ids");
        return;
    };
    let thought = think(&heard(turn));
    let client = reqwest::Client::new();
    let post = async |act: &str, body: Value| {
        let url = format!("{}/{conversation}/{act}", reply_to.url);
        let request = client.post(url).bearer_auth(&reply_to.token).json(&body);
        let status = request.send().await.unwrap().status();
        if !status.is_success() {
            conduct.complain(format!("{act}: {status}"));
        }
    };
    let mut reply = json!({"id": turn_id, "inReplyTo": turn_id, "text": thought.text});
    if let Some(topic) = thought.topic {
        reply["topics"] = json!([topic]);
    }
    post("replies", reply).await;
    match thought.wish {
        Wish::Stay => {}
        Wish::HandOver => post("handover", json!({"reason": "contact_asked"})).await,
        Wish::Resolve => post("resolve", json!({})).await,
    }
}
