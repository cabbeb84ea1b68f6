//! Server-sent events: told of every change, a page asks for itself again.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures::{Stream, StreamExt, stream};

use crate::{app::App, control::Shared};

/// Changes that follow each other this closely are one.
const QUIET: Duration = Duration::from_millis(100);

pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/workspace/changes", get(changes))
        .with_state(Arc::clone(app))
}

/// The first event comes at once: what changed between the page and this is not missed.
async fn changes(State(app): Shared) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = app.subscribe();
    changes.mark_changed();
    let events = stream::unfold(changes, |mut changes| async move {
        changes.changed().await.ok()?;
        tokio::time::sleep(QUIET).await;
        changes.mark_unchanged();
        // Browsers drop an event without data.
        let event = Event::default().event("changed").data("changed");
        Some((Ok(event), changes))
    });
    Sse::new(events.take_until(Box::pin(app.stopped()))).keep_alive(KeepAlive::default())
}
