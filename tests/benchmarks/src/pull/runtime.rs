//! Lambda's Runtime API for one invocation: one event, one answer. A function's executable can't tell it from
//! the real one, and no emulator stands between.

use std::collections::HashMap;
use std::fs::File;
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::measured::{self, Usage};
use crate::place;

const WITHIN: Duration = Duration::from_secs(300);
const BASE: &str = "/2018-06-01/runtime/invocation";

struct Runtime {
    event: Mutex<Option<Value>>,
    deadline_ms: u128,
    answers: mpsc::UnboundedSender<(String, Bytes, Instant)>,
}

/// Starts a function for one event, and ends it once it has answered. The time is from its start as a process to
/// its answer: a cold start's, less what AWS needs to bring the executable.
pub(crate) async fn invoke(
    function: &str,
    environment: &HashMap<&str, String>,
    event: Value,
) -> Result<(Value, Usage)> {
    let (sender, mut answers) = mpsc::unbounded_channel();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let runtime = Arc::new(Runtime {
        event: Mutex::new(Some(event)),
        deadline_ms: (now + WITHIN).as_millis(),
        answers: sender,
    });
    let app = Router::new()
        .route(&format!("{BASE}/next"), get(next))
        .route(&format!("{BASE}/{{id}}/{{kind}}"), post(answered))
        .with_state(runtime);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let log = place::output()?.join(function).with_extension("log");
    let log = File::create(log)?;
    let mut command = Command::new(place::executable(function)?);
    command
        .env_clear()
        .envs(environment)
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true);
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let (kind, body, ended) = tokio::select! {
        answer = answers.recv() => answer.context("no answer")?,
        status = child.wait() => bail!("{function} ended without an answer: {}", status?),
        () = tokio::time::sleep(WITHIN) => bail!("{function} did not answer within {} s", WITHIN.as_secs()),
    };
    let wall_s = ended.duration_since(begun).as_secs_f64();
    let (cpu, peak_mib) = measured::so_far(child.id().context("it ended")?)?;
    child.kill().await?;
    server.abort();
    let body: Value = serde_json::from_slice(&body)?;
    if kind != "response" {
        bail!("{function} failed: {body}");
    }
    let cpu_s = cpu.as_secs_f64();
    Ok((
        body,
        Usage {
            wall_s,
            cpu_s,
            peak_mib,
        },
    ))
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    let event = runtime
        .event
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some(event) = event else {
        // One event is all there is.
        return std::future::pending().await;
    };
    let headers = [
        ("lambda-runtime-aws-request-id", "request-1".to_owned()),
        (
            "lambda-runtime-deadline-ms",
            runtime.deadline_ms.to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:000000000000:function:f".to_owned(),
        ),
    ];
    (headers, event.to_string())
}

async fn answered(
    State(runtime): State<Arc<Runtime>>,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    // Nobody waits any more for an answer that comes too late.
    let _late = runtime.answers.send((kind, body, Instant::now()));
    StatusCode::ACCEPTED
}
