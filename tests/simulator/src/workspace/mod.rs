//! The workspace: Sparkcentral as its users know it, in a browser, and beside it what our system did.
//!
//! Server-rendered pages and plain forms; `live.js` only keeps them up to date. Everything works
//! without it, after a reload.

mod assets;
mod changes;
mod channels;
mod conversations;
mod exports;
mod faults;
mod fields;
mod guard;
mod page;
mod shown;
mod words;

use std::sync::Arc;

use axum::{Router, response::Redirect, routing::get};

use crate::app::App;

pub(crate) use fields::warning;
pub(crate) use guard::guard;

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/workspace") }))
        .merge(assets::router())
        .merge(changes::router(app))
        .merge(conversations::router(app))
        .merge(channels::router(app))
        .merge(exports::router(app))
        .merge(faults::router(app))
}
