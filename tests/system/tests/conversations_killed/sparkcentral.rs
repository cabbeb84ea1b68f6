//! A stand-in for Sparkcentral: sends events until they are accepted, takes replies, and keeps its own
//! record of both.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use system_tests::{RETRIES, now_rfc3339, passed_on, serve};

use crate::agents::SECRET;
use crate::point::{Side, Stamp};
use crate::run::{Run, Via, texts};
use crate::stage::Stage;

/// What no reply may say.
const REFUSED: &str = "refuse";

/// Every journey, by its conversation.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<HashMap<String, Arc<Run>>>>);

impl Runs {
    pub(crate) fn add(&self, run: &Arc<Run>) {
        let mut runs = self.0.lock().unwrap();
        runs.insert(run.id.clone(), Arc::clone(run));
    }

    pub(crate) fn of(&self, conversation: &str) -> Arc<Run> {
        Arc::clone(&self.0.lock().unwrap()[conversation])
    }
}

/// Starts its API; the base URL.
pub(crate) async fn start(runs: Runs) -> String {
    let token = || async { Json(json!({"access_token": "t", "expires_in": 3_600})) };
    let app = Router::new()
        .route("/virtual-agent/oauth2/token", post(token))
        .route("/virtual-agent/conversations/{id}", post(take))
        .with_state(runs);
    serve(app).await
}

/// Takes a reply.
async fn take(
    State(runs): State<Runs>,
    Path(id): Path<String>,
    Json(reply): Json<Value>,
) -> Response {
    let run = runs.of(&id);
    let kind = match reply["complete"].as_str() {
        Some(_) => "POST complete",
        None => "POST message",
    };
    let side = run.meet("reply-sender", kind.to_owned());
    let is_refused = texts(&reply).iter().any(|text| text.contains(REFUSED));
    let is_taken = side != Some(Side::Before) && !is_refused && run.hears(Via::Rest, &reply);
    if side.is_some() {
        let sender = run.sender().unwrap();
        run.kill("reply-sender", &sender);
        return std::future::pending().await;
    }
    match (is_taken, is_refused) {
        (true, _) => Json(json!({})).into_response(),
        (false, true) => StatusCode::BAD_REQUEST.into_response(),
        (false, false) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Sends an event until it is accepted; the answer.
pub(crate) async fn deliver(stage: &Stage, run: &Arc<Run>, mut event: Value) -> Value {
    let key = event["idempotencyKey"].as_str().unwrap().to_owned();
    let intake = stage.intake(run.agent);
    let waits = [Duration::ZERO].into_iter().chain(RETRIES);
    for (attempt, wait) in waits.enumerate() {
        tokio::time::sleep(wait).await;
        let anew = run.cut.as_ref().is_some_and(|cut| cut.stamp == Stamp::Anew);
        if attempt > 0 && anew {
            event["timestamp"] = now_rfc3339().into();
        }
        let answer = intake
            .invoke(run, || passed_on(run.agent, SECRET, &event))
            .await;
        let lost = run.seen().lost.take();
        for produced in answer.iter().chain(&lost) {
            if produced["statusCode"] == 200 {
                let answers = &mut run.seen().answers;
                answers.entry(key.clone()).or_default().push(body(produced));
            }
        }
        let Some(answer) = answer else {
            continue;
        };
        match answer["statusCode"].as_u64() {
            Some(200) => {
                let reply = body(&answer);
                if !texts(&reply).is_empty() || !reply["complete"].is_null() {
                    run.hears(Via::WebhookAnswer, &reply);
                }
                return reply;
            }
            Some(500..) => {}
            _ => run.problem(format!("the event is refused: {answer}")),
        }
    }
    run.problem("an event was not accepted in four attempts".to_owned());
    run.seen().is_given_up = true;
    json!({})
}

/// The body of an answer.
fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}
