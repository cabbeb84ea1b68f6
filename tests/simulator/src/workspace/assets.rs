//! Style and script: from this server, so that no page needs another.

use axum::{Router, http::header, routing::get};

pub(super) fn router() -> Router {
    let css = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    let js = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    let svg = [(header::CONTENT_TYPE, "image/svg+xml")];
    Router::new()
        .route(
            "/workspace/icon.svg",
            get(move || async move { (svg, include_str!("icon.svg")) }),
        )
        .route(
            "/workspace/style.css",
            get(move || async move { (css, include_str!("style.css")) }),
        )
        .route(
            "/workspace/live.js",
            get(move || async move { (js, include_str!("live.js")) }),
        )
}
