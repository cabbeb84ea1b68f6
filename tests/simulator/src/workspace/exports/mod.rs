//! Exports: what the simulator writes for an SFTP server, and what is in each file.

mod files;
mod order;
mod rows;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{
    fields::{Attempt, Fields, answer},
    page::Section,
    shown::segment,
};
use crate::{
    app::App,
    control::{Shared, read},
    exports::{self, File},
    refusal::Refusal,
};

const LIST: &str = "/workspace/exports";

pub(super) fn router(app: &Arc<App>) -> Router {
    let back = || async { Redirect::to(LIST) };
    Router::new()
        .route(LIST, get(all).post(write))
        .route("/workspace/exports/finish", post(finish).get(back))
        .route("/workspace/exports/{directory}/{name}", get(show))
        .route("/workspace/exports/{directory}/{name}/csv", get(raw))
        .with_state(Arc::clone(app))
}

/// Where a file's rows are.
fn address(file: &File) -> String {
    let directory = segment(file.kind.directory());
    format!("{LIST}/{directory}/{}", segment(file.name()))
}

async fn all(State(app): Shared) -> Response {
    list_page(&app, None).await
}

async fn list_page(app: &App, attempt: Option<Attempt>) -> Response {
    let files = match exports::shelf(app) {
        Ok(shelf) => Some(shelf.files().await),
        Err(_) => None,
    };
    let body = files::body(files.as_deref(), attempt.as_ref());
    let refusal = attempt.as_ref().map(|attempt| &attempt.refusal);
    answer(Section::Exports, "Exports", &body, refusal)
}

/// 303 to the files.
async fn write(State(app): Shared, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let written = match order::spec(&fields).and_then(read) {
        Ok(spec) => exports::put_up(&app, spec).await.map(|_| ()),
        Err(refusal) => Err(refusal),
    };
    done(&app, written, order::FORM, fields).await
}

async fn finish(State(app): Shared) -> Response {
    let finished = exports::complete(&app).await.map(|_| ());
    done(&app, finished, files::FINISH, Fields::default()).await
}

async fn done(
    app: &App,
    done: Result<(), Refusal>,
    form: &'static str,
    fields: Fields,
) -> Response {
    match done {
        Ok(()) => Redirect::to("/workspace/exports#files").into_response(),
        Err(refusal) => {
            let attempt = Attempt {
                form,
                fields,
                refusal,
            };
            list_page(app, Some(attempt)).await
        }
    }
}

/// A file that was written here, and what is there of it.
async fn found(app: &App, directory: &str, name: &str) -> Result<(File, Vec<u8>), Refusal> {
    let path = format!("/export/{directory}/{name}");
    let file = exports::shelf(app)?.read(&path).await;
    let (file, content) =
        file.ok_or_else(|| Refusal::NotFound("the simulator has written no such file".into()))?;
    match content {
        Ok(content) => Ok((file, content)),
        Err(_) => Err(Refusal::NotFound(
            "the file can't be read: somebody may have deleted it from the directory".into(),
        )),
    }
}

async fn show(State(app): Shared, Path((directory, name)): Path<(String, String)>) -> Response {
    match found(&app, &directory, &name).await {
        Ok((file, content)) => {
            let body = rows::body(&file, &content);
            answer(Section::Exports, file.kind.title(), &body, None)
        }
        Err(refusal) => {
            let body = rows::missing(&refusal);
            answer(Section::Exports, "No such file", &body, Some(&refusal))
        }
    }
}

/// The file as an SFTP server has it by now.
async fn raw(
    State(app): Shared,
    Path((directory, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (file, content) = found(&app, &directory, &name).await?;
    let named = format!("attachment; filename=\"{}\"", file.name());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, named),
    ];
    Ok((headers, content).into_response())
}
