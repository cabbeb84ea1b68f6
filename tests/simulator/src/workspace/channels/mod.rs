//! Channels and teams, as an admin of Sparkcentral sets them up.

mod access;
mod list;
mod settings;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::Uri,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::Markup;
use serde_json::json;

use super::{
    fields::{self, Attempt, Fields},
    page::Section,
    shown::segment,
};
use crate::{
    app::App,
    channels::{
        access::Team,
        face::{self, Added},
        settings::Entry,
        twitter::{self, Asker},
    },
    control::{Shared, read},
    refusal::Refusal,
};

const LIST: &str = "/workspace/channels";

pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route(LIST, get(all).post(add))
        .route("/workspace/channels/{id}", get(one).post(set))
        .route(
            "/workspace/teams",
            get(|| async { Redirect::to(LIST) }).post(put_team),
        )
        .with_state(Arc::clone(app))
}

fn address(id: &str) -> String {
    format!("{LIST}/{}", segment(id))
}

/// A channel's name; Twitter's are handles.
fn name(entry: &Entry) -> String {
    let sign = if entry.medium == twitter::MEDIUM {
        "@"
    } else {
        ""
    };
    format!("{sign}{}", entry.name)
}

async fn all(State(app): Shared) -> Response {
    list_page(&app, None)
}

fn list_page(app: &App, attempt: Option<&Attempt>) -> Response {
    let body = list::body(&app.world().channels, app.now(), attempt);
    answer(attempt, "Channels", &body)
}

/// A page, with the status of what was refused on it.
fn answer(attempt: Option<&Attempt>, title: &str, body: &Markup) -> Response {
    let refusal = attempt.map(|attempt| &attempt.refusal);
    fields::answer(Section::Channels, title, body, refusal)
}

/// 303 to the channel, or to Twitter's page.
async fn add(State(app): Shared, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let medium = fields.text("medium");
    let addition = if medium == twitter::MEDIUM {
        // The form doesn't ask for a name then: the handle becomes it.
        json!({ "medium": medium })
    } else {
        json!({ "medium": medium, "name": fields.text("name").trim() })
    };
    match read(addition).and_then(|addition| face::begin(&app, addition, Asker::Workspace)) {
        Ok(Added::Channel(id)) => Redirect::to(&address(&id)).into_response(),
        Ok(Added::Asked { page, .. }) => Redirect::to(&page).into_response(),
        Err(refusal) => list_page(
            &app,
            Some(&Attempt {
                form: list::ADD,
                fields,
                refusal,
            }),
        ),
    }
}

/// Makes a team, or gives it other members. 303 to where the teams are.
async fn put_team(State(app): Shared, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let members = fields.text("members").split([',', '\n']);
    let users = members
        .map(str::trim)
        .filter(|member| !member.is_empty())
        .map(String::from)
        .collect();
    let name = fields.given("team").map(String::from);
    let put = name
        .ok_or_else(|| Refusal::invalid("a team needs a name"))
        .and_then(|name| face::put_team(&app, Team { name, users }));
    match put {
        Ok(()) => Redirect::to("/workspace/channels#teams").into_response(),
        Err(refusal) => list_page(
            &app,
            Some(&Attempt {
                form: list::TEAM,
                fields,
                refusal,
            }),
        ),
    }
}

async fn one(State(app): Shared, Path(id): Path<String>, uri: Uri) -> Response {
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    settings_page(&app, &id, query.ticks("saved", "yes"), None)
}

fn settings_page(app: &App, id: &str, saved: bool, attempt: Option<&Attempt>) -> Response {
    let channels = &app.world().channels;
    if let Some(asked) = channels.authorizations.asked(id, app.now()) {
        let body = settings::not_there_yet(&asked);
        return answer(attempt, "Twitter channel", &body);
    }
    match channels.get(id) {
        Ok(entry) => {
            let body = settings::body(entry, &channels.teams.all(), saved, attempt);
            let title = if entry.display_name == entry.name {
                name(entry)
            } else {
                entry.display_name.clone()
            };
            answer(attempt, &title, &body)
        }
        Err(refusal) => {
            let body = settings::no_channel(&refusal);
            fields::answer(Section::Channels, "No such channel", &body, Some(&refusal))
        }
    }
}

/// 303 to the channel, which says that it was saved.
async fn set(State(app): Shared, Path(id): Path<String>, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let edit = settings::edit(&fields).and_then(read);
    match edit.and_then(|edit| face::set(&app, &id, edit)) {
        Ok(()) => Redirect::to(&format!("{}?saved=yes", address(&id))).into_response(),
        Err(refusal) => settings_page(
            &app,
            &id,
            false,
            Some(&Attempt {
                form: settings::FORM,
                fields,
                refusal,
            }),
        ),
    }
}
