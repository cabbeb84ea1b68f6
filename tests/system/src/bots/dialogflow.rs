//! Google Dialogflow CX, version 3: `sessions:detectIntent`, for a service account.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::conduct::{Conduct, Trouble};
use super::google::Accounts;
use super::{BotService, TOPIC, Thought, Wish, think};
use crate::serve;

const AGENT: &str = "projects/example/locations/europe-west1/agents/\
                     00000000-0000-4000-8000-000000000001";

struct Google {
    conduct: Arc<Conduct>,
    accounts: Arc<Accounts>,
}

impl BotService {
    /// Starts Dialogflow with one agent.
    pub async fn dialogflow() -> Self {
        let conduct = Arc::new(Conduct::default());
        let accounts = Accounts::new();
        let google = Google {
            conduct: Arc::clone(&conduct),
            accounts: Arc::clone(&accounts),
        };
        let router = Router::new()
            .route("/v3/{*session}", post(detect))
            .with_state(Arc::new(google));
        let url = serve(router).await;
        let key_file = accounts.key_file();
        Self {
            kind: "dialogflow",
            handover_reason: "bot_asked",
            answers_later: false,
            settings: format!(
                "[bot]\nkind = \"dialogflow\"\nagent = \"{AGENT}\"\nendpoint_url = \"{url}\"\n\
                 allow_private_addresses = true\ndelegated_event = \"DELEGATED\"\n\
                 topics = {{ OpeningHours = [\"{TOPIC}\"] }}\n"
            ),
            secrets: json!({"google_service_account": key_file}),
            conduct,
        }
    }
}

async fn detect(
    State(google): State<Arc<Google>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers
        .get("authorization")
        .and_then(|told| told.to_str().ok());
    if let Some(problem) = google.accounts.problem(authorization) {
        google.conduct.complain(problem);
        return refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
    }
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(problem) = problem(&path, &request) {
        google.conduct.complain(problem);
        return refusal(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
    }
    let answer = answer(&request);
    match google.conduct.attend(request).await {
        Ok(()) => axum::Json(answer).into_response(),
        Err(Trouble::Throttled) => refusal(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
        Err(Trouble::Down) => refusal(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    }
}

fn refusal(status: StatusCode, name: &str) -> Response {
    let error = json!({"code": status.as_u16(), "message": name, "status": name});
    (status, axum::Json(json!({"error": error}))).into_response()
}

/// What the service refuses, if anything.
fn problem(path: &str, request: &Value) -> Option<String> {
    let session = path
        .strip_prefix(AGENT)
        .and_then(|rest| rest.strip_prefix("/sessions/"))
        .and_then(|rest| rest.strip_suffix(":detectIntent"));
    if !session.is_some_and(|session| (1..=36).contains(&session.len())) {
        return Some(format!(
            "{path}: no session of the agent, of 1 to 36 characters"
        ));
    }
    let input = &request["queryInput"];
    if input["languageCode"]
        .as_str()
        .unwrap_or_default()
        .is_empty()
    {
        return Some("queryInput.languageCode is missing".to_owned());
    }
    let text = input["text"]["text"].as_str();
    let event = input["event"]["event"].as_str();
    match (text, event) {
        (Some(text), None) if (1..=256).contains(&text.chars().count()) => None,
        (None, Some(event)) if !event.is_empty() => None,
        (Some(_), None) => Some("text has 1 to 256 characters".to_owned()),
        _ => Some("queryInput has neither text nor event, or both".to_owned()),
    }
}

fn answer(request: &Value) -> Value {
    let input = &request["queryInput"];
    let heard = match (
        input["text"]["text"].as_str(),
        input["event"]["event"].as_str(),
    ) {
        (Some(text), _) => text.to_owned(),
        (None, Some(event)) if event.to_lowercase().contains("delegat") => "back".to_owned(),
        (None, _) => "hello".to_owned(),
    };
    let Thought {
        intent, text, wish, ..
    } = think(&heard);
    let mut messages = vec![json!({"text": {"text": [text]}, "source": "VIRTUAL_AGENT"})];
    match wish {
        Wish::Stay => {}
        Wish::HandOver => messages.push(json!({"liveAgentHandoff": {"metadata": {}}})),
        Wish::Resolve => messages.push(json!({"endInteraction": {}})),
    }
    let intent = json!({"name": format!("{AGENT}/intents/1"), "displayName": intent});
    json!({
        "responseId": uuid::Uuid::new_v4().to_string(),
        "queryResult": {
            "text": heard,
            "languageCode": input["languageCode"],
            "parameters": request["queryParams"]["parameters"],
            "responseMessages": messages,
            "intent": intent,
            "intentDetectionConfidence": 0.9,
            "match": {
                "intent": intent,
                "resolvedInput": heard,
                "matchType": "INTENT",
                "confidence": 0.9,
            },
            "currentPage": {"name": format!("{AGENT}/flows/1/pages/1"), "displayName": "Start"},
        },
        "responseType": "FINAL",
    })
}
