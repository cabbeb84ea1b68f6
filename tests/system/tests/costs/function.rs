//! A function's executable as Lambda keeps it warm: one event after the other.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
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
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

const SECONDS: i64 = 60;

struct Runtime {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    answers: mpsc::UnboundedSender<(String, Value)>,
}

/// A running function. Killed when dropped.
pub(crate) struct Function {
    name: String,
    events: mpsc::UnboundedSender<Value>,
    answers: mpsc::UnboundedReceiver<(String, Value)>,
    _child: Child,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Function {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Function {
    pub(crate) async fn start(name: &str, environment: &HashMap<String, String>) -> Self {
        let (events, waiting) = mpsc::unbounded_channel();
        let (told, answers) = mpsc::unbounded_channel();
        let runtime = Arc::new(Runtime {
            events: Mutex::new(waiting),
            answers: told,
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
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let child = Command::new(executable(name))
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "s")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            name: name.to_owned(),
            events,
            answers,
            _child: child,
            server,
        }
    }

    /// The answer to one event.
    pub(crate) async fn invoke(&mut self, event: Value) -> Value {
        self.events.send(event).unwrap();
        let limit = Duration::from_secs(SECONDS.unsigned_abs() + 10);
        let answer = tokio::time::timeout(limit, self.answers.recv()).await;
        let (kind, answer) = answer.unwrap().unwrap();
        assert_eq!(kind, "response", "{}: {answer}", self.name);
        answer
    }
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    let Some(event) = runtime.events.lock().await.recv().await else {
        return std::future::pending().await;
    };
    let deadline = Utc::now().timestamp_millis() + SECONDS * 1000;
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            uuid::Uuid::new_v4().to_string(),
        ),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
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
    // Nobody listens once the test is over.
    let _ = runtime.answers.send((kind, body));
    StatusCode::ACCEPTED
}

/// As built beside this test.
fn executable(function: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join(function)
}
