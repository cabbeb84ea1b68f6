//! The control face's channels and teams, and Twitter's page.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    channels::{
        access::{Team, Teams},
        settings::{Addition, Edit},
        twitter,
    },
    control::{Shared, body},
    refusal::Refusal,
};

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/sim/channels", get(list).post(add))
        .route("/sim/channels/{id}", get(show).patch(edit))
        .route("/sim/teams", get(teams).put(set_teams))
        .route("/sim/teams/{name}", put(set_team))
        .route("/twitter/authorize", get(ask).post(decide))
        .with_state(Arc::clone(app))
}

async fn list(State(app): Shared) -> Json<Value> {
    let world = app.world();
    Json(json!(world.channels.all().collect::<Vec<_>>()))
}

/// 201 with the channel; for Twitter 202 with where to authorise it.
async fn add(State(app): Shared, bytes: Bytes) -> Result<(StatusCode, Json<Value>), Refusal> {
    let addition: Addition = body(&bytes)?;
    let now = app.now();
    let mut world = app.world();
    if addition.medium != twitter::MEDIUM {
        let entry = world.channels.add(addition, now)?;
        return Ok((StatusCode::CREATED, Json(json!(entry))));
    }
    if !addition.is_bare() {
        return Err(Refusal::invalid(
            "a Twitter channel takes its name from the handle, and settings once it is there",
        ));
    }
    let authorizations = &mut world.channels.authorizations;
    let (channel, _) = authorizations.ask(now);
    let shown = authorizations.show(&channel, &app.url, now);
    Ok((StatusCode::ACCEPTED, Json(json!(shown))))
}

async fn show(State(app): Shared, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let world = app.world();
    let authorizations = &world.channels.authorizations;
    if let Some(waiting) = authorizations.show(&id, &app.url, app.now()) {
        return Ok(Json(waiting));
    }
    Ok(Json(json!(world.channels.get(&id)?)))
}

async fn edit(
    State(app): Shared,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let edit: Edit = body(&bytes)?;
    let mut world = app.world();
    Ok(Json(json!(world.channels.edit(&id, edit)?)))
}

async fn teams(State(app): Shared) -> Json<Value> {
    Json(json!({ "teams": app.world().channels.teams.all() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TeamsBody {
    teams: Vec<Team>,
}

async fn set_teams(State(app): Shared, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let given: TeamsBody = body(&bytes)?;
    app.world().channels.teams = Teams::new(given.teams)?;
    Ok(teams(State(app)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    users: Vec<String>,
}

/// One team, leaving the others alone.
async fn set_team(
    State(app): Shared,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let given: Members = body(&bytes)?;
    app.world().channels.teams.put(Team {
        name,
        users: given.users.into_iter().collect(),
    })?;
    Ok(teams(State(app)).await)
}

/// Twitter's page, for who is logged in as `handle`, or for who isn't logged in.
async fn ask(State(app): Shared, uri: Uri) -> Result<Html<String>, Refusal> {
    let query = fields(uri.query().unwrap_or_default().as_bytes());
    let token = query.get("oauth_token").map_or("", String::as_str);
    app.world().channels.authorizations.open(token, app.now())?;
    let handle = query.get("handle").map(|given| twitter::handle(given));
    Ok(Html(twitter::page(token, handle.transpose()?)))
}

/// The page's form; what it leaves out is taken from the query, and no decision is "authorize". 303 to the
/// channel; to all of them after a cancellation.
async fn decide(State(app): Shared, uri: Uri, bytes: Bytes) -> Result<Response, Refusal> {
    let mut form = fields(uri.query().unwrap_or_default().as_bytes());
    form.extend(fields(&bytes));
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let token = field("oauth_token");
    let now = app.now();
    let mut world = app.world();
    match field("decision") {
        "authorize" | "" => {
            let id = world.channels.authorize(token, field("handle"), now)?;
            Ok(Redirect::to(&format!("/sim/channels/{id}")).into_response())
        }
        "cancel" => {
            let authorizations = &mut world.channels.authorizations;
            authorizations.open(token, now)?;
            authorizations.close(token, false);
            Ok(Redirect::to("/sim/channels").into_response())
        }
        _ => Err(Refusal::invalid("decision is authorize or cancel")),
    }
}

fn fields(encoded: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}
