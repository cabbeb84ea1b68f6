//! The control face's human agents and waiting times.

use std::sync::Arc;

use axum::{Json, Router, body::Bytes, extract::State, http::Uri, routing::get};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    control::{Shared, body, parameter},
    presence::{OnlineAgent, Status, Waiting},
    refusal::Refusal,
    world::World,
};

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/sim/presence", get(presence).put(set_presence))
        .route("/sim/waiting", get(waiting).put(set_waiting))
        .with_state(Arc::clone(app))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PresenceBody {
    agent: Option<String>,
    agents: Option<Vec<AgentBody>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentBody {
    id: String,
    presence: Status,
    away_state_id: Option<String>,
}

async fn presence(State(app): Shared, uri: Uri) -> Result<Json<Value>, Refusal> {
    let world = app.world();
    let client = client(&world, parameter(&uri, "agent")?)?;
    Ok(Json(shown(&world, client.as_deref())))
}

async fn set_presence(State(app): Shared, uri: Uri, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let mut given: PresenceBody = body(&bytes)?;
    let in_query = parameter(&uri, "agent")?.map(String::from);
    given.agent = given.agent.or(in_query);
    let client = set_online(&app, given)?;
    Ok(Json(shown(&app.world(), client.as_deref())))
}

/// Says who is online, on whichever face. Returns the client that is told.
///
/// # Errors
/// [`Refusal::NotFound`]: there is no such virtual agent.
pub(crate) fn set_online(app: &App, given: PresenceBody) -> Result<Option<String>, Refusal> {
    let now = app.now();
    let mut world = app.world();
    let client = client(&world, given.agent.as_deref())?;
    let online = |agent: AgentBody| OnlineAgent {
        id: agent.id,
        user_presence: agent.presence,
        away_state_id: agent.away_state_id,
        status_changed_at: now,
    };
    let agents = given
        .agents
        .map(|agents| agents.into_iter().map(online).collect());
    world.presence.set_agents(client.as_deref(), agents);
    drop(world);
    app.changed();
    Ok(client)
}

fn shown(world: &World, client: Option<&str>) -> Value {
    let agents: Vec<_> = world
        .presence
        .agents(client)
        .iter()
        .map(|agent| {
            json!({
                "id": agent.id,
                "presence": agent.user_presence,
                "away_state_id": agent.away_state_id,
                "status_changed_at": agent.status_changed_at,
            })
        })
        .collect();
    json!({ "agents": agents, "calls": world.presence.calls(client) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaitingBody {
    agent: Option<String>,
    seconds: Option<u64>,
    contacts: Option<u64>,
}

async fn waiting(State(app): Shared, uri: Uri) -> Result<Json<Value>, Refusal> {
    let world = app.world();
    let client = client(&world, parameter(&uri, "agent")?)?;
    Ok(Json(json!(world.presence.waiting(client.as_deref()))))
}

async fn set_waiting(State(app): Shared, uri: Uri, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let mut given: WaitingBody = body(&bytes)?;
    let in_query = parameter(&uri, "agent")?.map(String::from);
    given.agent = given.agent.or(in_query);
    let client = set_wait(&app, given)?;
    Ok(Json(json!(app.world().presence.waiting(client.as_deref()))))
}

/// Says how long contacts wait, on whichever face. Returns the client that is told.
///
/// # Errors
/// [`Refusal::NotFound`]: there is no such virtual agent.
pub(crate) fn set_wait(app: &App, given: WaitingBody) -> Result<Option<String>, Refusal> {
    let mut world = app.world();
    let client = client(&world, given.agent.as_deref())?;
    let waiting = Waiting {
        seconds: given.seconds,
        contacts: given.contacts,
    };
    world.presence.set_waiting(client.as_deref(), waiting);
    drop(world);
    app.changed();
    Ok(client)
}

/// The OAuth client of a virtual agent: what is said to it, is said to all who share it.
fn client(world: &World, agent: Option<&str>) -> Result<Option<String>, Refusal> {
    agent
        .map(|id| world.agent(id).map(|agent| agent.client_id.clone()))
        .transpose()
}
