//! The control face under `/sim`: its paths, its way of reading requests, agents, words and faults.
//! Conversations are in `acts.rs`.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    acts, agent::AgentSpec, app::App, clock, fault_spec::FaultSpec, faults::Fault, moment::Moment,
    refusal::Refusal,
};

pub(crate) type Shared = State<Arc<App>>;

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route(
            "/sim/health",
            get(|| async { Json(json!({ "status": "ok" })) }),
        )
        .route("/sim/clock", get(clock::show).post(clock::advance))
        .route("/sim/agents", get(agents).post(register))
        .route("/sim/topics", get(topics).put(set_topics))
        .route("/sim/tags", get(tags).put(set_tags))
        .route(
            "/sim/conversations",
            get(acts::list).post(acts::begin).delete(acts::forget),
        )
        .route("/sim/conversations/{id}", get(acts::show))
        .route("/sim/conversations/{id}/messages", post(acts::write))
        .route("/sim/conversations/{id}/tap", post(acts::tap))
        .route("/sim/conversations/{id}/take", post(acts::take))
        .route("/sim/conversations/{id}/delegate", post(acts::delegate))
        .route("/sim/conversations/{id}/reply", post(acts::reply))
        .route("/sim/conversations/{id}/resolve", post(acts::resolve))
        .route("/sim/conversations/{id}/csat", post(acts::rate))
        .route(
            "/sim/faults",
            get(faults).post(order_fault).delete(clear_faults),
        )
        .with_state(Arc::clone(app))
}

pub(crate) async fn method_not_allowed() -> Response {
    let error = json!({ "error": "this path knows other methods" });
    (StatusCode::METHOD_NOT_ALLOWED, Json(error)).into_response()
}

/// Reads a body; none at all is `{}`. Broken JSON is malformed, other fields or types are invalid.
pub(crate) fn body<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let text = if body.trim_ascii().is_empty() {
        b"{}"
    } else {
        &body[..]
    };
    serde_json::from_slice(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Refusal::invalid(error.to_string()),
        _ => Refusal::malformed(format!("not JSON: {error}")),
    })
}

/// The same for what a form put together.
///
/// # Errors
/// [`Refusal::Invalid`]: other fields or types.
pub(crate) fn read<T: DeserializeOwned>(fields: Value) -> Result<T, Refusal> {
    serde_json::from_value(fields).map_err(|error| Refusal::invalid(error.to_string()))
}

/// Reads the query's only possible parameter; any other is refused.
pub(crate) fn parameter<'a>(uri: &'a Uri, name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut value = None;
    for pair in uri.query().unwrap_or_default().split('&') {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("", "") => {}
            (key, given) if key == name => value = Some(given),
            (key, _) => return Err(Refusal::invalid(format!("unknown parameter {key}"))),
        }
    }
    Ok(value)
}

/// Whether to wait for the webhooks: `?wait=true` or `"wait": true`.
pub(crate) fn waits(uri: &Uri, in_body: bool) -> Result<bool, Refusal> {
    match parameter(uri, "wait")? {
        None => Ok(in_body),
        Some("true" | "") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(Refusal::invalid("wait is true or false")),
    }
}

async fn agents(State(app): Shared) -> Json<Value> {
    let world = app.world();
    Json(json!(world.agents.values().collect::<Vec<_>>()))
}

/// 201 for a new agent, 200 for an updated one; the agent without its secrets.
async fn register(State(app): Shared, bytes: Bytes) -> Result<(StatusCode, Json<Value>), Refusal> {
    let spec: AgentSpec = body(&bytes)?;
    let (agent, new) = app.world().register(spec)?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(json!(agent))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicNames {
    topics: Vec<String>,
}

async fn topics(State(app): Shared) -> Json<Value> {
    Json(json!({ "topics": app.world().topics }))
}

async fn set_topics(State(app): Shared, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let names: TopicNames = body(&bytes)?;
    app.world().topics = names.topics;
    Ok(topics(State(app)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagNames {
    tags: Vec<String>,
}

async fn tags(State(app): Shared) -> Json<Value> {
    Json(json!({ "tags": app.world().tags }))
}

async fn set_tags(State(app): Shared, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let names: TagNames = body(&bytes)?;
    app.world().tags = names.tags;
    Ok(tags(State(app)).await)
}

async fn faults(State(app): Shared) -> Json<Value> {
    Json(json!(app.world().faults.all()))
}

/// Orders a fault, on whichever face.
///
/// # Errors
/// As [`FaultSpec::check`].
pub(crate) fn order(app: &App, spec: FaultSpec) -> Result<Fault, Refusal> {
    // Faults are for the test, not for Sparkcentral: they last by the machine's clock.
    let fault = app.world().faults.add(spec, Moment::now())?;
    app.changed();
    Ok(fault)
}

/// Ends all faults and forgets them.
pub(crate) fn clear(app: &App) {
    app.world().faults.clear();
    app.changed();
}

async fn order_fault(
    State(app): Shared,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let fault = order(&app, body(&bytes)?)?;
    Ok((StatusCode::CREATED, Json(json!(fault))))
}

async fn clear_faults(State(app): Shared) -> StatusCode {
    clear(&app);
    StatusCode::NO_CONTENT
}
