//! Amazon Bedrock's runtime: `Converse`, with a model that uses the tools it is given.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::conduct::{Conduct, Trouble};
use super::signed_by_aws::signature_problem;
use super::{BotService, TOPIC, Wish, think};
use crate::serve;

/// With the characters that model ids have and paths escape.
const MODEL: &str = "eu.example.model-v1:0";

impl BotService {
    /// Starts Bedrock with one model.
    pub async fn bedrock() -> Self {
        let conduct = Arc::new(Conduct::default());
        let router = Router::new()
            .route("/model/{model}/converse", post(converse))
            .with_state(Arc::clone(&conduct));
        let url = serve(router).await;
        Self {
            kind: "bedrock",
            handover_reason: "contact_asked",
            answers_later: false,
            settings: format!(
                "[bot]\nkind = \"bedrock\"\nmodel_id = \"{MODEL}\"\n\
                 system_prompt = \"You answer for a shop.\"\nendpoint_url = \"{url}\"\n\
                 topics = [\"{TOPIC}\"]\ngreeting_instruction = \"Say hello.\"\n\
                 delegated_instruction = \"Say that you are back.\"\n"
            ),
            secrets: json!({}),
            conduct,
        }
    }
}

async fn converse(
    State(conduct): State<Arc<Conduct>>,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(problem) = signature_problem(&headers, "bedrock") {
        conduct.complain(problem);
        return refusal(StatusCode::FORBIDDEN, "AccessDeniedException");
    }
    if model != MODEL {
        conduct.complain(format!("no model {model}"));
        return refusal(StatusCode::BAD_REQUEST, "ValidationException");
    }
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(problem) = problem(&request) {
        conduct.complain(problem);
        return refusal(StatusCode::BAD_REQUEST, "ValidationException");
    }
    let answer = answer(&request);
    match conduct.attend(request).await {
        Ok(()) => axum::Json(answer).into_response(),
        Err(Trouble::Throttled) => refusal(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException"),
        Err(Trouble::Down) => refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
        ),
    }
}

fn refusal(status: StatusCode, code: &str) -> Response {
    let headers = [("x-amzn-errortype", code)];
    (status, headers, axum::Json(json!({"message": code}))).into_response()
}

/// What the service refuses, if anything.
fn problem(request: &Value) -> Option<String> {
    let messages = request["messages"].as_array()?;
    if messages.is_empty() {
        return Some("A conversation must start with a user message.".to_owned());
    }
    for (n, message) in messages.iter().enumerate() {
        let expected = if n % 2 == 0 { "user" } else { "assistant" };
        if message["role"] != expected {
            return Some(format!(
                "message {n} is not of the {expected}: roles must alternate"
            ));
        }
        let content = message["content"].as_array();
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            return Some(format!("message {n} has no content"));
        };
        let blank = |block: &Value| {
            block
                .get("text")
                .is_some_and(|text| text.as_str().is_none_or(|text| text.trim().is_empty()))
        };
        if content.iter().any(blank) {
            return Some(format!("message {n} has a blank text"));
        }
        for used in ids(content, "toolUse") {
            let next = messages
                .get(n + 1)
                .and_then(|next| next["content"].as_array());
            let results = next.map(|next| ids(next, "toolResult")).unwrap_or_default();
            if !results.contains(&used) {
                return Some(format!("message {n} uses a tool and gets no result"));
            }
        }
    }
    if messages.last()?["role"] != "user" {
        return Some("the last message is not of the user".to_owned());
    }
    for tool in request["toolConfig"]["tools"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let name = tool["toolSpec"]["name"].as_str().unwrap_or_default();
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || name.len() > 64 || !name.chars().all(legal) {
            return Some(format!("{name} is no tool's name"));
        }
        if tool["toolSpec"]["inputSchema"]["json"]["type"] != "object" {
            return Some(format!("the schema of {name} is none of an object"));
        }
    }
    let guardrail = &request["guardrailConfig"];
    (!guardrail.is_null() && guardrail["guardrailVersion"].is_null())
        .then(|| "a guardrail has an identifier and a version".to_owned())
}

/// `toolUseId` of each block of a kind.
fn ids<'a>(content: &'a [Value], kind: &str) -> Vec<&'a str> {
    let blocks = content.iter().filter_map(|block| block.get(kind));
    blocks
        .filter_map(|block| block["toolUseId"].as_str())
        .collect()
}

/// A model that does one thing after the other: to a question it notes the topic first, and speaks when
/// it is told that this is done.
fn answer(request: &Value) -> Value {
    let empty = Vec::new();
    let messages = request["messages"].as_array().unwrap_or(&empty);
    let told = messages.last().is_some_and(|last| {
        let content = last["content"].as_array().unwrap_or(&empty);
        !ids(content, "toolResult").is_empty()
    });
    let texts = messages.iter().filter(|message| message["role"] == "user");
    let texts = texts.flat_map(|message| message["content"].as_array().unwrap_or(&empty));
    let heard = texts.filter_map(|block| block["text"].as_str()).next_back();
    let thought = think(heard.unwrap_or_default());
    let words = json!({"text": thought.text});
    match (thought.wish, thought.topic) {
        (Wish::Stay, Some(topic)) if !told => {
            let note = tool(request, "topics", json!({"topics": [topic]}));
            said(vec![note], "tool_use")
        }
        (Wish::Stay, _) => said(vec![words], "end_turn"),
        (Wish::HandOver, _) => {
            let input = json!({"reason": "contact_asked", "summary": "Asks for a person."});
            said(vec![words, tool(request, "handover", input)], "tool_use")
        }
        (Wish::Resolve, _) => said(vec![words, tool(request, "resolve", json!({}))], "tool_use"),
    }
}

fn said(content: Vec<Value>, stop_reason: &str) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 120, "outputTokens": 30, "totalTokens": 150},
        "metrics": {"latencyMs": 250},
    })
}

/// A tool call; words instead, where the request offers no such tool.
fn tool(request: &Value, name: &str, input: Value) -> Value {
    let tools = request["toolConfig"]["tools"]
        .as_array()
        .into_iter()
        .flatten();
    if !tools
        .into_iter()
        .any(|tool| tool["toolSpec"]["name"] == name)
    {
        return json!({"text": format!("I have no tool {name}.")});
    }
    let id = format!("tooluse_{}", uuid::Uuid::new_v4().simple());
    json!({"toolUse": {"toolUseId": id, "name": name, "input": input}})
}
