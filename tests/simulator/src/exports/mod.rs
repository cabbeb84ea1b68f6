//! Exports: what happened in the simulator as the vendor's twelve CSV files, where an SFTP server can
//! serve them.
//!
//! Which columns there are and what they mean is read from the vendor's page on data exports. What it
//! leaves open is settled in this crate's README.

mod agents;
mod cells;
mod contacts;
mod conversations;
mod counts;
mod facts;
mod kind;
mod messages;
mod order;
mod people;
mod responses;
#[cfg(test)]
mod row_tests;
mod scope;
mod sheet;
mod shelf;
mod words;
mod work;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri},
    routing::{get, post},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::App,
    control::{Shared, body},
    moment::Moment,
    refusal::Refusal,
    world::World,
};

pub(crate) use kind::ExportType;
pub(crate) use order::ExportFault;
use order::{Order, OrderSpec, Pace};
use scope::{Scope, Window};
use sheet::Sheet;
use shelf::Draft;
pub(crate) use shelf::{File, Shelf, State as FileState};

/// A growing file comes in so many pieces.
const PIECES: u32 = 10;

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/sim/exports", get(list).post(write))
        .route("/sim/exports/finish", post(finish))
        .route("/sim/exports/counts", get(counts))
        .with_state(Arc::clone(app))
}

/// # Errors
/// [`Refusal::Conflict`]: the simulator was started without a directory.
pub(crate) fn shelf(app: &App) -> Result<&Shelf, Refusal> {
    app.shelf.as_ref().ok_or_else(|| {
        Refusal::conflict("the simulator has no directory for exports: start it with one")
    })
}

/// 200 with every file written so far.
async fn list(State(app): Shared) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "files": shelf(&app)?.files().await })))
}

/// 200 with the simulator's own counts of a window.
async fn counts(State(app): Shared, uri: Uri) -> Result<Json<Value>, Refusal> {
    let query = uri.query().unwrap_or_default();
    let window = order::window_of_query(query, app.started, app.now())?;
    let counts = counts::counts(&app.world(), window);
    Ok(Json(counts))
}

/// 201 with the files and the counts.
async fn write(State(app): Shared, bytes: Bytes) -> Result<(StatusCode, Json<Value>), Refusal> {
    let written = put_up(&app, body(&bytes)?).await?;
    let answer = json!({
        "from": written.window.from,
        "to": written.window.to,
        "timezone": written.timezone,
        "files": written.files,
        "counts": written.counts,
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// What came of an order.
pub(crate) struct Written {
    window: Window,
    timezone: &'static str,
    pub(crate) files: Vec<File>,
    counts: Value,
}

/// Writes exports, for this face and the workspace.
///
/// # Errors
/// As [`shelf()`] and [`OrderSpec::checked`]; [`Refusal::Conflict`]: there is no file to take the place of;
/// [`Refusal::Broken`]: a file can't be written.
pub(crate) async fn put_up(app: &Arc<App>, spec: OrderSpec) -> Result<Written, Refusal> {
    let shelf = shelf(app)?;
    let now = app.now();
    let order = spec.checked(app.started, now)?;
    let (mut drafts, counts) = {
        let world = app.world();
        let counts = counts::counts(&world, order.window);
        (drafts(&world, &order, now)?, counts)
    };
    if order.faults.contains(&ExportFault::SameName) {
        for draft in &mut drafts {
            draft.name = shelf.newest(draft.kind).await.ok_or_else(|| {
                let kind = json!(draft.kind);
                Refusal::conflict(format!("there is no file of {kind} to take the place of"))
            })?;
        }
    }
    let mut files = Vec::new();
    for draft in drafts {
        let bytes = draft.content.len();
        let part = match order.pace {
            Pace::AtOnce => None,
            Pace::Halves(_) => Some((FileState::HalfWritten, bytes / 2)),
            Pace::Growing(_) => Some((FileState::Growing, piece(bytes, 1))),
        };
        files.push(shelf.put(draft, part).await.map_err(broken)?);
    }
    for file in &files {
        write_rest(app, file.clone(), order.pace);
    }
    app.changed();
    Ok(Written {
        window: order.window,
        timezone: order.zone.name(),
        files,
        counts,
    })
}

/// 200 with the files that were not whole and are now.
async fn finish(State(app): Shared) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "files": complete(&app).await? })))
}

/// Completes every file that is not whole, for this face and the workspace, and returns those.
///
/// # Errors
/// As [`shelf()`]; [`Refusal::Broken`]: a file can't be written.
pub(crate) async fn complete(app: &App) -> Result<Vec<File>, Refusal> {
    let finished = shelf(app)?.finish().await.map_err(broken)?;
    app.changed();
    Ok(finished)
}

fn broken(error: std::io::Error) -> Refusal {
    Refusal::Broken(format!(
        "the exports' directory can't be written to: {error}"
    ))
}

fn drafts(world: &World, order: &Order, now: Moment) -> Result<Vec<Draft>, Refusal> {
    let scope = Scope {
        world,
        window: order.window,
        now,
        zone: order.zone,
    };
    let has = |fault| order.faults.contains(&fault);
    let draft = |&kind: &ExportType| {
        let mut sheet = Sheet::new(kind, &scope);
        if let Some(earlier) = order.earlier {
            sheet.restate(kind, earlier, &scope);
        }
        if has(ExportFault::RenamedHeaders) {
            sheet.rename_headers();
        }
        if has(ExportFault::ExtraColumn) {
            sheet.add_column();
        }
        let content = sheet
            .csv(has(ExportFault::Bom), has(ExportFault::Crlf))
            .map_err(|error| Refusal::Broken(format!("an export can't be written: {error}")))?;
        Ok(Draft {
            kind,
            name: name(kind, &scope),
            rows: sheet.rows.len(),
            content,
        })
    };
    order.types.iter().map(draft).collect()
}

/// `[orgId][exportType][from][to][uuid].csv`, the brackets included; Open Conversations, which has no
/// window, states the moment of the export.
fn name(kind: ExportType, scope: &Scope<'_>) -> String {
    let stamp = |at| cells::stamp(scope.zone, at);
    let stamps = match kind {
        ExportType::OpenConversations => format!("[{}]", stamp(scope.now)),
        _ => format!("[{}][{}]", stamp(scope.window.from), stamp(scope.window.to)),
    };
    let given = scope.world.config.organization_id.clone();
    let organisation = given.unwrap_or_else(|| cells::id("organisation", "simulator"));
    let (directory, id) = (kind.directory(), Uuid::new_v4());
    format!("[{organisation}][{directory}]{stamps}[{id}].csv")
}

/// Where the `number`th piece of a growing file ends.
fn piece(bytes: usize, number: u32) -> usize {
    // usize is never wider than u64 here, nor the result than `bytes`.
    usize::try_from(bytes as u64 * u64::from(number) / u64::from(PIECES)).unwrap_or(bytes)
}

/// Writes on what the first call left out, while nobody waits for it.
fn write_rest(app: &Arc<App>, file: File, pace: Pace) {
    let steps: Vec<(Duration, usize)> = match pace {
        Pace::AtOnce | Pace::Halves(None) => return,
        Pace::Halves(Some(wait)) => vec![(wait, file.bytes)],
        Pace::Growing(all) => (2..=PIECES)
            .map(|number| (all / (PIECES - 1), piece(file.bytes, number)))
            .collect(),
    };
    let task_app = Arc::clone(app);
    app.spawn(async move {
        for (wait, upto) in steps {
            tokio::time::sleep(wait).await;
            let Some(shelf) = &task_app.shelf else {
                return;
            };
            if let Err(error) = shelf.write_on(&file, upto).await {
                tracing::warn!(path = file.path, %error, "an export can't be written on");
                return;
            }
            task_app.changed();
        }
    });
}
