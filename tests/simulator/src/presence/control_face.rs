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
struct PresenceBody {
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
    let given: PresenceBody = body(&bytes)?;
    let now = app.now();
    let mut world = app.world();
    let agent = given.agent.as_deref().or(parameter(&uri, "agent")?);
    let client = client(&world, agent)?;
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
    Ok(Json(shown(&world, client.as_deref())))
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
struct WaitingBody {
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
    let given: WaitingBody = body(&bytes)?;
    let mut world = app.world();
    let agent = given.agent.as_deref().or(parameter(&uri, "agent")?);
    let client = client(&world, agent)?;
    let waiting = Waiting {
        seconds: given.seconds,
        contacts: given.contacts,
    };
    world.presence.set_waiting(client.as_deref(), waiting);
    Ok(Json(json!(world.presence.waiting(client.as_deref()))))
}

/// The OAuth client of a virtual agent: what is said to it, is said to all who share it.
fn client(world: &World, agent: Option<&str>) -> Result<Option<String>, Refusal> {
    agent
        .map(|id| world.agent(id).map(|agent| agent.client_id.clone()))
        .transpose()
}
