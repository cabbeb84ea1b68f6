//! The control face's conversations: what contacts write, what humans do, and what came of it.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{App, after_change},
    channels::ChannelSpec,
    contact::ContactSpec,
    control::{Shared, body, parameter, waits},
    history::{Queue, Resolution},
    moment::Moment,
    moves::{Beginning, ContactMessage},
    refusal::Refusal,
    survey::SurveySpec,
    world::World,
};

pub(crate) async fn list(State(app): Shared, uri: Uri) -> Result<Json<Value>, Refusal> {
    let queue = match parameter(&uri, "queue")? {
        None => None,
        Some("New") => Some(Queue::New),
        Some("Pending") => Some(Queue::Pending),
        Some("Resolved") => Some(Queue::Resolved),
        Some(_) => return Err(Refusal::invalid("queue is New, Pending or Resolved")),
    };
    Ok(Json(json!(app.world().views(queue))))
}

pub(crate) async fn show(
    State(app): Shared,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!(app.world().view(&id)?)))
}

pub(crate) async fn forget(State(app): Shared) -> StatusCode {
    app.world().forget_conversations();
    app.changed();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeginBody {
    agent: Option<String>,
    medium: String,
    channel: ChannelSpec,
    contact: ContactSpec,
    language: Option<String>,
    text: Option<String>,
    attachment: Option<String>,
    #[serde(default)]
    wait: bool,
}

/// 201 with the conversation.
pub(crate) async fn begin(State(app): Shared, uri: Uri, bytes: Bytes) -> Result<Response, Refusal> {
    let given: BeginBody = body(&bytes)?;
    let wait = waits(&uri, given.wait)?;
    let says_something = given.text.is_some() || given.attachment.is_some();
    let message = ContactMessage {
        text: given.text,
        payload: None,
        attachment: given.attachment,
    };
    let id = start(&app, |world| {
        Ok(Beginning {
            agent: given.agent,
            medium: given.medium,
            channel: world.channels.meant(given.channel),
            contact: given.contact,
            language: given.language,
            message: says_something.then_some(message),
        })
    })?;
    if wait {
        app.delivered(&id).await;
    }
    let view = json!(app.world().view(&id)?);
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteBody {
    text: Option<String>,
    payload: Option<String>,
    attachment: Option<String>,
    #[serde(default)]
    wait: bool,
}

/// 202 with the conversation; 200 after waiting for the webhook.
pub(crate) async fn write(
    State(app): Shared,
    Path(id): Path<String>,
    uri: Uri,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let given: WriteBody = body(&bytes)?;
    let wait = waits(&uri, given.wait)?;
    let message = ContactMessage {
        text: given.text,
        payload: given.payload,
        attachment: given.attachment,
    };
    act(&app, &id, wait, |world, now| world.write(&id, message, now)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TapBody {
    label: String,
    #[serde(default)]
    wait: bool,
}

/// The contact taps a button. Answers as [`write()`].
pub(crate) async fn tap(
    State(app): Shared,
    Path(id): Path<String>,
    uri: Uri,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let given: TapBody = body(&bytes)?;
    let wait = waits(&uri, given.wait)?;
    act(&app, &id, wait, |world, now| {
        world.tap(&id, &given.label, now)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeBody {
    agent: Option<String>,
}

/// 200 with the conversation, like the other human acts.
pub(crate) async fn take(
    State(app): Shared,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let given: TakeBody = body(&bytes)?;
    let human = given
        .agent
        .unwrap_or_else(|| format!("Human {}", &Uuid::new_v4().simple().to_string()[..4]));
    at_once(&app, &id, |world, now| world.take(&id, human, now))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DelegateBody {
    agent: Option<String>,
    #[serde(default)]
    wait: bool,
}

/// 202 with the conversation; 200 after waiting for the webhook.
pub(crate) async fn delegate(
    State(app): Shared,
    Path(id): Path<String>,
    uri: Uri,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let given: DelegateBody = body(&bytes)?;
    let wait = waits(&uri, given.wait)?;
    act(&app, &id, wait, |world, now| {
        world.delegate(&id, given.agent, now)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyBody {
    text: String,
    agent: Option<String>,
}

pub(crate) async fn reply(
    State(app): Shared,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let given: ReplyBody = body(&bytes)?;
    at_once(&app, &id, |world, now| {
        world.human_reply(&id, given.agent, given.text, now)
    })
}

pub(crate) async fn resolve(
    State(app): Shared,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let given: Resolution = body(&bytes)?;
    at_once(&app, &id, |world, now| world.resolve(&id, given, now))
}

/// The contact answers the survey, or doesn't.
pub(crate) async fn rate(
    State(app): Shared,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let given: SurveySpec = body(&bytes)?;
    at_once(&app, &id, |world, now| world.rate(&id, given, now))
}

/// Begins a conversation, for this face and the workspace, and returns its id.
pub(crate) fn start(
    app: &Arc<App>,
    beginning: impl FnOnce(&World) -> Result<Beginning, Refusal>,
) -> Result<String, Refusal> {
    let id = {
        let mut world = app.world();
        let beginning = beginning(&world)?;
        world.begin(beginning, app.now())?
    };
    after_change(app, &id);
    Ok(id)
}

/// Does something to a conversation, for this face and the workspace.
pub(crate) fn carry_out(
    app: &Arc<App>,
    id: &str,
    act: impl FnOnce(&mut World, Moment) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    act(&mut app.world(), app.now())?;
    after_change(app, id);
    Ok(())
}

/// An act nobody is told of by webhook.
fn at_once(
    app: &Arc<App>,
    id: &str,
    act: impl FnOnce(&mut World, Moment) -> Result<(), Refusal>,
) -> Result<Response, Refusal> {
    carry_out(app, id, act)?;
    let view = json!(app.world().view(id)?);
    Ok(Json(view).into_response())
}

/// An act that is told by webhook.
async fn act(
    app: &Arc<App>,
    id: &str,
    wait: bool,
    act: impl FnOnce(&mut World, Moment) -> Result<(), Refusal>,
) -> Result<Response, Refusal> {
    carry_out(app, id, act)?;
    let status = if wait {
        app.delivered(id).await;
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let view = json!(app.world().view(id)?);
    Ok((status, Json(view)).into_response())
}
