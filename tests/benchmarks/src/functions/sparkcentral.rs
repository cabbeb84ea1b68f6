//! Sparkcentral's conversation API as far as the functions call it: takes every reply, and counts.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Default)]
struct Counted {
    replies: AtomicU64,
    bytes: AtomicU64,
}

/// A server on 127.0.0.1. Ends when dropped.
pub(super) struct Sparkcentral {
    pub(super) url: String,
    counted: Arc<Counted>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for Sparkcentral {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sparkcentral {
    pub(super) async fn start() -> Result<Self> {
        let counted = Arc::new(Counted::default());
        let app = Router::new()
            .fallback(called)
            .with_state(Arc::clone(&counted));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            url,
            counted,
            server,
        })
    }

    /// Replies since the last time this was asked, and the bytes of their bodies.
    pub(super) fn take(&self) -> (u64, u64) {
        let take = |number: &AtomicU64| number.swap(0, Ordering::Relaxed);
        (take(&self.counted.replies), take(&self.counted.bytes))
    }
}

async fn called(State(counted): State<Arc<Counted>>, uri: Uri, body: Bytes) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let answer = match uri.path() {
        "/virtual-agent/oauth2/token" => {
            r#"{"access_token":"bench","expires_in":3599,"token_type":"Bearer"}"#
        }
        path if path.starts_with("/virtual-agent/conversations/") => {
            counted.replies.fetch_add(1, Ordering::Relaxed);
            let bytes = body.len() as u64;
            counted.bytes.fetch_add(bytes, Ordering::Relaxed);
            "{}"
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    (kind, answer).into_response()
}
