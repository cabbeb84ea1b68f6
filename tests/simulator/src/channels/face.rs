//! The control face's channels and teams.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    channels::{
        access::{Team, Teams},
        settings::{Addition, Edit},
        twitter::{self, Asker},
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
        .with_state(Arc::clone(app))
}

async fn list(State(app): Shared) -> Json<Value> {
    let world = app.world();
    Json(json!(world.channels.all().collect::<Vec<_>>()))
}

/// What comes of adding a channel; both are the channel's id.
pub(crate) enum Added {
    Channel(String),
    /// Twitter has to be asked on this page first, which is without the simulator's URL.
    Asked {
        id: String,
        page: String,
    },
}

/// An admin adds a channel, on whichever face.
///
/// # Errors
/// As [`crate::channels::Channels::add`]; of Twitter's channels nothing but the medium can be given.
pub(crate) fn begin(app: &App, addition: Addition, asker: Asker) -> Result<Added, Refusal> {
    let now = app.now();
    let channels = &mut app.world().channels;
    let added = if addition.medium != twitter::MEDIUM {
        Added::Channel(channels.add(addition, now)?.id.clone())
    } else if addition.is_bare() {
        let (id, token) = channels.authorizations.ask(asker, now);
        let page = twitter::page(&token);
        Added::Asked { id, page }
    } else {
        return Err(Refusal::invalid(
            "a Twitter channel takes its name from the handle, and settings once it is there",
        ));
    };
    app.changed();
    Ok(added)
}

/// An admin changes a channel's settings.
///
/// # Errors
/// As [`crate::channels::Channels::edit`].
pub(crate) fn set(app: &App, id: &str, edit: Edit) -> Result<(), Refusal> {
    app.world().channels.edit(id, edit)?;
    app.changed();
    Ok(())
}

/// An admin makes a team, or gives one other members.
///
/// # Errors
/// As [`Teams::put`].
pub(crate) fn put_team(app: &App, team: Team) -> Result<(), Refusal> {
    app.world().channels.teams.put(team)?;
    app.changed();
    Ok(())
}

/// 201 with the channel; for Twitter 202 with where to authorise it.
async fn add(State(app): Shared, bytes: Bytes) -> Result<(StatusCode, Json<Value>), Refusal> {
    let added = begin(&app, body(&bytes)?, Asker::ControlFace)?;
    let channels = &app.world().channels;
    Ok(match added {
        Added::Channel(id) => (StatusCode::CREATED, Json(json!(channels.get(&id)?))),
        Added::Asked { id, .. } => {
            let shown = channels.authorizations.show(&id, &app.url, app.now());
            (StatusCode::ACCEPTED, Json(json!(shown)))
        }
    })
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
    set(&app, &id, body(&bytes)?)?;
    Ok(Json(json!(app.world().channels.get(&id)?)))
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
    app.changed();
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
    let users = given.users.into_iter().collect();
    put_team(&app, Team { name, users })?;
    Ok(teams(State(app)).await)
}
