//! One process of a function, and the Runtime API it asks for events.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Bytes,
    extract::{Path as UrlPath, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::{Mutex, Notify, mpsc, watch},
    task::JoinHandle,
};

use crate::logs::Logs;

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum End {
    Answered(Value),
    /// An error of the function's own.
    Failed,
    /// The process is gone.
    Died,
    /// It took too long, and was killed for it, as Lambda does.
    TimedOut,
}

/// Kills a process, from wherever.
#[derive(Clone, Default)]
pub(crate) struct Trigger {
    pull: Arc<Notify>,
    busy: Arc<AtomicBool>,
}

impl Trigger {
    /// By SIGKILL: it can't tidy up.
    pub(crate) fn pull(&self) {
        self.pull.notify_one();
    }

    /// Whether it is working on something.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }
}

/// What the process is started with.
pub(crate) struct Start<'a> {
    pub(crate) name: &'a str,
    /// Names this process in its requests to AWS.
    pub(crate) app: &'a str,
    pub(crate) executable: &'a Path,
    pub(crate) environment: &'a [(String, String)],
    pub(crate) limit: Duration,
    pub(crate) logs: &'a Arc<Logs>,
}

struct Runtime {
    events: Mutex<mpsc::Receiver<Value>>,
    limit: Duration,
    ends: mpsc::Sender<End>,
}

/// A running process. Killed when dropped.
pub(crate) struct Process {
    pub(crate) app: String,
    pub(crate) trigger: Trigger,
    events: mpsc::Sender<Value>,
    ends: mpsc::Receiver<End>,
    dead: watch::Receiver<bool>,
    limit: Duration,
    server: JoinHandle<()>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.trigger.pull();
        self.server.abort();
    }
}

impl Process {
    pub(crate) async fn start(start: Start<'_>) -> Result<Self> {
        let (events, waiting) = mpsc::channel(1);
        let (told, ends) = mpsc::channel(1);
        let runtime = Arc::new(Runtime {
            events: Mutex::new(waiting),
            limit: start.limit,
            ends: told,
        });
        let base = "/2018-06-01/runtime/invocation";
        let app = Router::new()
            .route(&format!("{base}/next"), get(next))
            .route(&format!("{base}/{{id}}/{{kind}}"), post(done))
            .with_state(runtime);
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            // Ends with the process it is for.
            let _ = axum::serve(listener, app).await;
        });
        let mut child = Command::new(start.executable)
            .env_clear()
            .envs(start.environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", start.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", start.app)
            .env("AWS_LAMBDA_LOG_GROUP_NAME", start.name)
            // Its requests to AWS tell by this who sent them: see `aws.rs`.
            .env("AWS_ACCESS_KEY_ID", start.app)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start", start.name))?;
        if let Some(out) = child.stdout.take() {
            keep(start.logs, start.name, out);
        }
        if let Some(err) = child.stderr.take() {
            keep(start.logs, start.name, err);
        }
        let trigger = Trigger::default();
        let (say_dead, dead) = watch::channel(false);
        tokio::spawn(attend(child, trigger.clone(), say_dead));
        Ok(Self {
            app: start.app.to_owned(),
            trigger,
            events,
            ends,
            dead,
            limit: start.limit,
            server,
        })
    }

    /// Gives it one event, and waits for the end. After anything but an answer or a failure it is no good any
    /// more.
    pub(crate) async fn invoke(&mut self, event: Value) -> End {
        self.trigger.busy.store(true, Ordering::Relaxed);
        if self.events.send(event).await.is_err() {
            return End::Died;
        }
        let end = tokio::select! {
            biased;
            end = self.ends.recv() => end.unwrap_or(End::Died),
            _ = self.dead.wait_for(|dead| *dead) => End::Died,
            () = tokio::time::sleep(self.limit) => {
                self.trigger.pull();
                End::TimedOut
            }
        };
        self.trigger.busy.store(false, Ordering::Relaxed);
        end
    }

    pub(crate) fn is_dead(&self) -> bool {
        *self.dead.borrow()
    }
}

/// Waits for the child's end, or brings it about.
async fn attend(mut child: Child, trigger: Trigger, say_dead: watch::Sender<bool>) {
    tokio::select! {
        _ = child.wait() => {}
        () = trigger.pull.notified() => {
            // It may be dead already.
            let _ = child.start_kill();
            let _ = child.wait().await;
        }
    }
    say_dead.send_replace(true);
}

fn keep(
    logs: &Arc<Logs>,
    function: &str,
    stream: impl tokio::io::AsyncRead + Unpin + Send + 'static,
) {
    let (logs, function) = (Arc::clone(logs), function.to_owned());
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            logs.keep(&function, &line);
        }
    });
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    let Some(event) = runtime.events.lock().await.recv().await else {
        // Whoever had events is gone.
        return std::future::pending().await;
    };
    let deadline = SystemTime::now() + runtime.limit;
    let deadline = deadline
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
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
    UrlPath((_, kind)): UrlPath<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let end = match (kind.as_str(), serde_json::from_slice(&body)) {
        ("response", Ok(answer)) => End::Answered(answer),
        _ => End::Failed,
    };
    // Nobody listens once the time is over.
    let _ = runtime.ends.send(end).await;
    StatusCode::ACCEPTED
}
