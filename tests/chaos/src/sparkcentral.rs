//! What stands between everybody and the simulator. It passes everything on; replies of agents with a planted
//! bug meet that bug here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{Method, request::Parts},
    response::Response,
};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{
    checker::LATE_WORD_SECS,
    directory::Directory,
    lambda,
    passing::{Upstream, taken_apart},
    planted::{Planted, Reply, all_well},
};

struct Wire {
    simulator: Upstream,
    simulator_url: String,
    directory: Arc<Directory>,
    planted: Arc<Planted>,
    held: Mutex<HashMap<String, (Parts, Bytes)>>,
}

/// Serves on a port of its own; its URL.
pub(crate) async fn listen(
    simulator_url: &str,
    directory: Arc<Directory>,
    planted: Arc<Planted>,
) -> Result<(String, JoinHandle<()>)> {
    let wire = Arc::new(Wire {
        simulator: Upstream::new(simulator_url)?,
        simulator_url: simulator_url.to_owned(),
        directory,
        planted,
        held: Mutex::default(),
    });
    lambda::listen(Router::new().fallback(pass).with_state(wire)).await
}

async fn pass(State(wire): State<Arc<Wire>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
    let path = parts.uri.path();
    let is_reply = parts.method == Method::POST
        && !path.starts_with("/sim/")
        && !path.contains("/attachments/");
    let id = Directory::named_in(path)
        .filter(|_| is_reply)
        .map(str::to_owned);
    match id {
        Some(id) => wire.reply(&id, parts, body).await,
        None => wire.simulator.pass(parts, body).await,
    }
}

impl Wire {
    async fn reply(self: &Arc<Self>, id: &str, parts: Parts, body: Bytes) -> Response {
        match self.planted.reply(id, body.clone(), &self.directory) {
            Reply::Pass(body) => self.simulator.pass(parts, body).await,
            Reply::Swallow => all_well(),
            Reply::Hold => {
                self.hold(id, parts, body);
                let (wire, id) = (Arc::clone(self), id.to_owned());
                tokio::spawn(async move { wire.release_when_given_back(&id).await });
                all_well()
            }
            Reply::PassThenHeld(body) => {
                let answer = self.simulator.pass(parts, body).await;
                self.release(id).await;
                answer
            }
            Reply::Twice(body) => {
                let answer = self.simulator.pass(parts.clone(), body.clone()).await;
                self.simulator.pass(parts, body).await;
                answer
            }
            Reply::Elsewhere(other, body) => {
                let mut parts = parts;
                if let Ok(uri) = parts.uri.to_string().replace(id, &other).parse() {
                    parts.uri = uri;
                }
                self.simulator.pass(parts, body).await
            }
            Reply::AlwaysWell(body) => {
                let answer = self.simulator.pass(parts, body).await;
                if answer.status().is_success() {
                    answer
                } else {
                    all_well()
                }
            }
        }
    }

    fn hold(&self, id: &str, parts: Parts, body: Bytes) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(id.to_owned(), (parts, body));
    }

    async fn release(&self, id: &str) {
        let held = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.remove(id)
        };
        if let Some((parts, body)) = held {
            self.simulator.pass(parts, body).await;
        }
    }

    /// Once people took the conversation and gave it back, and everybody had the time to learn of it.
    async fn release_when_given_back(&self, id: &str) {
        let url = format!("{}/sim/conversations/{id}", self.simulator_url);
        for _ in 0..240 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let Ok(answer) = reqwest::get(&url).await else {
                return;
            };
            let told: Value = answer.json().await.unwrap_or_default();
            if told["assignment"].as_u64() > Some(1) && told["owner"]["kind"] == "virtual_agent" {
                tokio::time::sleep(Duration::from_secs(LATE_WORD_SECS + 3)).await;
                self.release(id).await;
                return;
            }
        }
    }
}
