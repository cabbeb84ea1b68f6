//! A function's executable as Lambda runs it: one event after the other, each with a deadline.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

/// How an invocation ended.
#[derive(Debug)]
pub enum End {
    /// With an answer.
    Answered(Value),
    /// With an error of the function's own.
    Failed(Value),
    /// With its process.
    Died,
}

/// A process that others may kill.
#[derive(Clone, Default)]
pub struct Process(Arc<std::sync::Mutex<Option<Child>>>);

impl Process {
    /// By SIGKILL: it can't tidy up.
    pub fn kill(&self) {
        if let Some(child) = self.0.lock().unwrap().as_mut() {
            // It may be dead already.
            let _ = child.start_kill();
        }
    }

    async fn dead(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let mut child = self.0.lock().unwrap();
            let is_dead = |child: &mut Child| child.try_wait().unwrap().is_some();
            if child.as_mut().is_none_or(is_dead) {
                return;
            }
        }
    }
}

struct Runtime {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    limit: Duration,
    ends: mpsc::UnboundedSender<End>,
}

/// A function that waits for events. Killed when dropped.
pub struct Function {
    name: String,
    process: Process,
    events: mpsc::UnboundedSender<Value>,
    ends: mpsc::UnboundedReceiver<End>,
    limit: Duration,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Function {
    fn drop(&mut self) {
        self.process.kill();
        self.server.abort();
    }
}

impl Function {
    /// Starts `name` as built beside this test. `limit` is what Lambda gives an invocation.
    pub async fn start(
        name: &str,
        environment: &HashMap<String, String>,
        limit: Duration,
        process: &Process,
    ) -> Self {
        let (events, waiting) = mpsc::unbounded_channel();
        let (told, ends) = mpsc::unbounded_channel();
        let runtime = Arc::new(Runtime {
            events: Mutex::new(waiting),
            limit,
            ends: told,
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
        *process.0.lock().unwrap() = Some(child);
        Self {
            name: name.to_owned(),
            process: process.clone(),
            events,
            ends,
            limit,
            server,
        }
    }

    /// Gives it one event, and waits for the end.
    pub async fn invoke(&mut self, event: Value) -> End {
        self.events.send(event).unwrap();
        tokio::select! {
            end = self.ends.recv() => end.unwrap(),
            () = self.process.dead() => End::Died,
            () = tokio::time::sleep(self.limit + Duration::from_secs(60)) => {
                panic!("{} neither answered nor died", self.name)
            }
        }
    }
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    let Some(event) = runtime.events.lock().await.recv().await else {
        // Whoever had events is gone.
        return std::future::pending().await;
    };
    let deadline = SystemTime::now() + runtime.limit;
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            uuid::Uuid::new_v4().to_string(),
        ),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
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
    // Nobody listens once the test is over.
    let _ = runtime.ends.send(end);
    StatusCode::ACCEPTED
}

fn executable(function: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join(function)
}
