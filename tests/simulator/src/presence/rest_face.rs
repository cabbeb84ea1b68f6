//! The vendor's presence and queue endpoints. Only the inbox dialect has them.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    api::{BODY_LIMIT, header, is_type},
    app::App,
    control::Shared,
    dialect::Dialect,
    fault_spec::Target,
    faults::{About, Strike},
    moment::Moment,
    presence::{
        Call, Status,
        queue::{Metric, MetricRequest},
    },
    refusal::Refusal,
    tokens,
    world::World,
};

const ONLINE_AGENTS: &str = "/inbox/v1/user-presence/online-agents";
const AVAILABILITY: &str = "/inbox/v1/user-presence/metrics/agent-availability";
const LONGEST_WAIT: &str = "/inbox/v1/queue/metrics/longest-wait-time";
const CONTACTS_WAITING: &str = "/inbox/v1/queue/metrics/contacts-waiting";

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route(ONLINE_AGENTS, get(online_agents))
        .route(AVAILABILITY, post(availability))
        .route(LONGEST_WAIT, post(longest_wait))
        .route(CONTACTS_WAITING, post(contacts_waiting))
        .with_state(Arc::clone(app))
}

/// 200 `{"agents": […]}`.
async fn online_agents(State(app): Shared, request: Request) -> Response {
    answer(&app, ONLINE_AGENTS, request, |asked, _| {
        let agents = asked.world.presence.agents(Some(asked.client));
        Ok(json!({ "agents": agents }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AvailabilityRequest {
    team_ids: Option<Vec<String>>,
    user_presence_status: Option<Status>,
}

/// 200 `{"value": number of agents}`: those available or away, unless one of them is asked for.
async fn availability(State(app): Shared, request: Request) -> Response {
    answer(&app, AVAILABILITY, request, |asked, body| {
        let request: AvailabilityRequest = read(body)?;
        let teams = &asked.world.channels.teams;
        let agents = asked.world.presence.agents(Some(asked.client)).iter();
        let meant = agents.filter(|agent| {
            let status = request.user_presence_status;
            let in_team = |ids: &Vec<String>| ids.iter().any(|id| teams.contains(id, &agent.id));
            status.is_none_or(|status| status == agent.user_presence)
                && request.team_ids.as_ref().is_none_or(in_team)
        });
        Ok(json!({ "value": meant.count() }))
    })
    .await
}

/// 200 `{"value": seconds}`, or by channel.
async fn longest_wait(State(app): Shared, request: Request) -> Response {
    metric(&app, LONGEST_WAIT, request, Metric::LongestWait).await
}

/// 200 `{"value": number of contacts}`, or by channel.
async fn contacts_waiting(State(app): Shared, request: Request) -> Response {
    metric(&app, CONTACTS_WAITING, request, Metric::Contacts).await
}

async fn metric(app: &Arc<App>, path: &'static str, request: Request, metric: Metric) -> Response {
    answer(app, path, request, |asked, body| {
        let request: MetricRequest = read(body)?;
        let told = asked.world.presence.waiting(Some(asked.client));
        asked.world.metric(metric, &request, told, asked.now)
    })
    .await
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Refusal> {
    serde_json::from_value(body)
        .map_err(|error| Refusal::malformed(format!("the body can't be read: {error}")))
}

/// What an endpoint answers from.
struct Asked<'a> {
    world: &'a World,
    /// The OAuth client that asks.
    client: &'a str,
    now: Moment,
}

/// Lets a call in past faults and the token check, answers it, and writes it down.
async fn answer(
    app: &Arc<App>,
    path: &'static str,
    request: Request,
    answer: impl FnOnce(&Asked<'_>, Value) -> Result<Value, Refusal>,
) -> Response {
    let at = app.now();
    let (parts, body) = request.into_parts();
    let (client_id, strike) = begin(&mut app.world(), &parts.headers);
    tokio::time::sleep(strike.delay).await;
    let body = read_json(&parts.headers, body).await;
    let mut world = app.world();
    let outcome = admit(&world, &strike, &parts.headers).and_then(|client| {
        let body = match (parts.method.as_str(), &body) {
            ("GET" | "HEAD", _) => Value::Null,
            (_, Some(body)) => body.clone(),
            (_, None) => return Err(Refusal::malformed("the body is not application/json")),
        };
        let asked = Asked {
            world: &world,
            client: &client,
            now: app.now(),
        };
        answer(&asked, body)
    });
    let refused = outcome.as_ref().err().map(Refusal::status);
    let status = refused.unwrap_or(StatusCode::OK).as_u16();
    tracing::info!(path, status, "REST call");
    world.presence.called(Call {
        at,
        client_id,
        path,
        status,
        faults: strike.names,
        body: body.unwrap_or_default(),
    });
    match outcome {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// The client that seems to ask, and what strikes it.
fn begin(world: &mut World, headers: &HeaderMap) -> (Option<String>, Strike) {
    let now = Moment::now();
    let client = bearer(headers)
        .and_then(|token| world.tokens.client(token, Dialect::Inbox, now))
        .map(String::from);
    let agents = client
        .as_deref()
        .map_or_else(Vec::new, |client| world.agents_of(client));
    let about = About {
        conversation: None,
        agents: &agents,
    };
    let strike = world.faults.strike(Target::Presence, about, now);
    (client, strike)
}

fn admit(world: &World, strike: &Strike, headers: &HeaderMap) -> Result<String, Refusal> {
    if let Some(status) = strike.refuse {
        return Err(Refusal::Fault(status));
    }
    let now = Moment::now();
    let client_of = |dialect| {
        let token = bearer(headers)?;
        world.tokens.client(token, dialect, now)
    };
    match client_of(Dialect::Inbox) {
        Some(client) => Ok(client.into()),
        None if client_of(Dialect::Sparkcentral).is_some() => Err(Refusal::NotFound(
            "only the inbox dialect has presence and queues".into(),
        )),
        None => Err(Refusal::Unauthorized(
            "the bearer token is missing or no good".into(),
        )),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    header(headers, AUTHORIZATION.as_str()).and_then(tokens::bearer)
}

async fn read_json(headers: &HeaderMap, body: Body) -> Option<Value> {
    let body = to_bytes(body, BODY_LIMIT).await.ok()?;
    is_type(headers, "application/json").then(|| serde_json::from_slice(&body).ok())?
}
