//! A function's executable as Lambda runs it: one event, one deadline, one answer, or its death.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use chrono::Utc;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::cut::Victim;

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum End {
    Answered(Value),
    Failed(Value),
    Died,
}

struct Runtime {
    event: Mutex<Option<Value>>,
    deadline_ms: i64,
    end: mpsc::UnboundedSender<End>,
}

/// Runs `function` for one event. `victim` is who dies when a connection is cut.
pub(crate) async fn invoke(
    function: &str,
    environment: &HashMap<String, String>,
    event: Value,
    seconds: i64,
    victim: &Victim,
) -> End {
    let (end, mut ended) = mpsc::unbounded_channel();
    let runtime = Arc::new(Runtime {
        event: Mutex::new(Some(event)),
        deadline_ms: Utc::now().timestamp_millis() + seconds * 1000,
        end,
    });
    let base = "/2018-06-01/runtime/invocation";
    let app = Router::new()
        .route(&format!("{base}/next"), get(next))
        .route(&format!("{base}/{{id}}/{{kind}}"), post(done))
        .with_state(runtime);
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let child = Command::new(executable(function))
        .env_clear()
        .envs(environment)
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "s")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    victim.lives(child);
    let limit = Duration::from_secs(u64::try_from(seconds).unwrap() + 60);
    let end = tokio::select! {
        end = ended.recv() => end.unwrap(),
        () = victim.dead() => End::Died,
        () = tokio::time::sleep(limit) => panic!("{function} neither answered nor died"),
    };
    victim.kill();
    server.abort();
    end
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    let event = runtime.event.lock().unwrap().take();
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

async fn done(
    State(runtime): State<Arc<Runtime>>,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let end = match kind.as_str() {
        "response" => End::Answered(body),
        _ => End::Failed(body),
    };
    // Nobody listens to a second answer.
    let _ = runtime.end.send(end);
    StatusCode::ACCEPTED
}

/// As built beside this test.
fn executable(function: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join(function)
}
