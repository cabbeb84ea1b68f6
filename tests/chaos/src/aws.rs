//! What stands between the functions and AWS: passes requests on, and lets some of them go wrong.
//!
//! What goes wrong is decided by the seed and by what a request is: its operation, the planned conversation
//! it is about, and how many of the kind there were before. So two runs of a seed strike the same, as far as
//! the functions ask the same.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    directory::Directory,
    lambda::{self, Functions},
    passing::{Upstream, cut, taken_apart},
    planted::{Planted, Turn},
    seed::Seed,
    strikes::{Rates, Strike, drawn},
    tally::Tally,
};

/// Longer than the functions' clients wait for one attempt (4 s).
const HANG: Duration = Duration::from_secs(6);
/// A burst strikes so many requests of one kind in a row: more than a client's own attempts.
const BURST: u32 = 3;
/// The emulator's access key.
const KNOWN_KEY: &str = "test";

/// The proxy.
pub(crate) struct Aws {
    seed: Seed,
    rates: Rates,
    quiet: AtomicBool,
    emulator: Upstream,
    directory: Arc<Directory>,
    planted: Arc<Planted>,
    tally: Arc<Tally>,
    functions: OnceLock<Arc<Functions>>,
    kinds: Mutex<HashMap<String, Kind>>,
}

/// Requests of one kind: how many there were, and the burst that is under way.
#[derive(Default)]
struct Kind {
    asked: u32,
    burst: Option<(Strike, u32)>,
}

impl Aws {
    pub(crate) fn new(
        seed: Seed,
        rates: Rates,
        emulator_url: &str,
        directory: Arc<Directory>,
        planted: Arc<Planted>,
        tally: Arc<Tally>,
    ) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            seed,
            rates,
            quiet: AtomicBool::new(false),
            emulator: Upstream::new(emulator_url)?,
            directory,
            planted,
            tally,
            functions: OnceLock::new(),
            kinds: Mutex::default(),
        }))
    }

    /// Serves on a port of its own; its URL.
    pub(crate) async fn listen(self: &Arc<Self>) -> Result<(String, JoinHandle<()>)> {
        lambda::listen(Router::new().fallback(pass).with_state(Arc::clone(self))).await
    }

    /// Whose processes are killed.
    pub(crate) fn know(&self, functions: Arc<Functions>) {
        // Told once, at the start.
        let _ = self.functions.set(functions);
    }

    /// From now on nothing goes wrong any more, or again.
    pub(crate) fn hush(&self, quiet: bool) {
        self.quiet.store(quiet, Ordering::Relaxed);
    }

    fn strike(&self, operation: &str, about: &str) -> Strike {
        if self.quiet.load(Ordering::Relaxed) {
            return Strike::None;
        }
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(format!("{operation} {about}")).or_default();
        kind.asked += 1;
        if let Some((strike, left)) = kind.burst.take() {
            kind.burst = (left > 1).then_some((strike, left - 1));
            return strike;
        }
        let mut draw = self
            .seed
            .of(&["aws", operation, about, &kind.asked.to_string()]);
        let strike = drawn(&mut draw, &self.rates);
        let lasts = matches!(strike, Strike::Throttled | Strike::Failed);
        if lasts && draw.hits(4_000) {
            kind.burst = Some((strike, BURST));
        }
        strike
    }

    async fn answer(&self, parts: Parts, body: Bytes) -> Response {
        let operation = operation(&parts);
        let text = String::from_utf8_lossy(&body);
        let about = Directory::named_in(&text).and_then(|id| self.directory.get(id));
        let named = about
            .as_ref()
            .map_or_else(|| "-".to_owned(), |known| known.number.to_string());
        let strike = self.strike(&operation, &named);
        if let Some(class) = strike.class() {
            self.tally.hit(class);
        }
        self.tally.hit("aws.requests");
        let process = process(&parts.headers);
        match strike {
            Strike::None => self.carry_out(&operation, parts, body).await,
            Strike::Slow(delay) => {
                tokio::time::sleep(delay).await;
                self.carry_out(&operation, parts, body).await
            }
            Strike::Throttled => refusal(&operation, true),
            Strike::Failed => refusal(&operation, false),
            Strike::Hung { carried_out } => {
                if carried_out {
                    self.carry_out(&operation, parts, body).await;
                }
                tokio::time::sleep(HANG).await;
                cut()
            }
            Strike::AnswerLost { broken } => {
                self.carry_out(&operation, parts, body).await;
                if broken {
                    cut()
                } else {
                    refusal(&operation, false)
                }
            }
            Strike::Killed { carried_out } => {
                if carried_out {
                    self.carry_out(&operation, parts, body).await;
                }
                if let (Some(process), Some(functions)) = (process, self.functions.get())
                    && functions.kill(&process)
                {
                    self.tally.hit("kills.at_a_request");
                }
                // It shall not see how this ends.
                tokio::time::sleep(Duration::from_millis(200)).await;
                cut()
            }
        }
    }

    async fn carry_out(&self, operation: &str, mut parts: Parts, body: Bytes) -> Response {
        let process = process(&parts.headers);
        if let Some(known) = process
            .as_deref()
            .and_then(|name| with_the_known_key(&parts, name))
        {
            parts.headers.insert(header::AUTHORIZATION, known);
        }
        let turn = self
            .planted
            .aws(operation, process.as_deref(), &parts, body, &self.directory);
        match turn {
            Turn::Instead(response) => response,
            Turn::Pass(body) => self.emulator.pass(parts, body).await,
            Turn::Twice(body, other) => {
                let mut again = parts.clone();
                if let Ok(uri) = other.parse() {
                    again.uri = uri;
                }
                self.emulator.pass(again, body.clone()).await;
                self.emulator.pass(parts, body).await
            }
        }
    }
}

async fn pass(State(aws): State<Arc<Aws>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
    aws.answer(parts, body).await
}

/// `DynamoDB_20120810.PutItem`, or `S3.PUT` where there is no such header.
fn operation(parts: &Parts) -> String {
    let target = parts.headers.get("x-amz-target");
    target
        .and_then(|target| target.to_str().ok())
        .map_or_else(|| format!("S3.{}", parts.method), str::to_owned)
}

/// The process that signed a request: each has an access key of its own, named as it is.
fn process(headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = authorization.split_once("Credential=")?;
    Some(credential.split_once('/')?.0.to_owned())
}

/// The emulator knows one key, and does not look at signatures.
fn with_the_known_key(parts: &Parts, process: &str) -> Option<HeaderValue> {
    let signed = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let known = signed.replace(
        &format!("Credential={process}/"),
        &format!("Credential={KNOWN_KEY}/"),
    );
    known.parse().ok()
}

fn refusal(operation: &str, throttled: bool) -> Response {
    if operation.starts_with("S3.") {
        let (status, code) = if throttled {
            (StatusCode::SERVICE_UNAVAILABLE, "SlowDown")
        } else {
            (StatusCode::INTERNAL_SERVER_ERROR, "InternalError")
        };
        let body = format!("<Error><Code>{code}</Code><Message>chaos</Message></Error>");
        return (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response();
    }
    let (status, code) = match (throttled, operation.starts_with("DynamoDB")) {
        (true, true) => (
            StatusCode::BAD_REQUEST,
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        ),
        (true, false) => (StatusCode::BAD_REQUEST, "ThrottlingException"),
        (false, _) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
    };
    let body = json!({"__type": code, "message": "chaos"}).to_string();
    let content_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, content_type, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_the_key_it_signs_with() {
        let mut headers = HeaderMap::new();
        let signed = "AWS4-HMAC-SHA256 Credential=handover-7/20261121/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=00";
        headers.insert(header::AUTHORIZATION, signed.parse().unwrap());
        assert_eq!(process(&headers), Some("handover-7".into()));
        assert_eq!(process(&HeaderMap::new()), None);
    }
}
