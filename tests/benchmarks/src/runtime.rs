//! Lambda's Runtime API for one function's executable, which can't tell it from the real one. No emulator stands
//! between.

use std::collections::HashMap;
use std::fs::File;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
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
use tokio::task::JoinHandle;

use crate::measured::{self, Usage};
use crate::place;

const BASE: &str = "/2018-06-01/runtime/invocation";
/// For a start, and for an answer beyond what the function is given.
const PATIENCE: Duration = Duration::from_secs(60);
/// As Lambda names it, with a trace that is not recorded.
const TRACE: &str = "Root=1-65b2f0c1-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0";

struct Runtime {
    events: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    /// What Lambda gives an invocation.
    limit: Duration,
    number: AtomicU64,
    told: mpsc::UnboundedSender<Told>,
}

/// What the function does, as it is seen from here.
enum Told {
    /// Asks for an event.
    Ready(Instant),
    /// Is given one.
    Given(Instant),
    Answered {
        kind: String,
        body: Bytes,
        at: Instant,
    },
}

/// A function that waits for events. Killed when dropped.
pub(crate) struct Function {
    name: String,
    child: Child,
    log: PathBuf,
    begun: Instant,
    /// From the start of the process to the first time it asked for an event.
    pub(crate) ready_after: Duration,
    events: mpsc::UnboundedSender<Bytes>,
    told: mpsc::UnboundedReceiver<Told>,
    limit: Duration,
    server: JoinHandle<std::io::Result<()>>,
}

/// An answer to one event.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    /// From the moment the event was given out.
    pub(crate) took: Duration,
    at: Instant,
}

impl Drop for Function {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Function {
    /// Starts an executable built beside this one, as Lambda starts it, and waits until it asks for an event.
    /// `limit` is what an invocation is given. It logs to `target/bench/{name}.log`.
    pub(crate) async fn start(
        name: &str,
        environment: &HashMap<&str, String>,
        limit: Duration,
    ) -> Result<Self> {
        let (events, waiting) = mpsc::unbounded_channel();
        let (teller, told) = mpsc::unbounded_channel();
        let runtime = Arc::new(Runtime {
            events: Mutex::new(waiting),
            limit,
            number: AtomicU64::new(0),
            told: teller,
        });
        let app = Router::new()
            .route(&format!("{BASE}/next"), get(next))
            .route(&format!("{BASE}/{{id}}/{{kind}}"), post(answered))
            .with_state(runtime);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move { axum::serve(listener, app).await });

        let log = place::output()?.join(name).with_extension("log");
        let file = File::create(&log)?;
        let mut command = Command::new(place::executable(name)?);
        command
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true);
        let begun = Instant::now();
        let child = command.spawn()?;
        let mut function = Self {
            name: name.to_owned(),
            child,
            log,
            begun,
            ready_after: Duration::ZERO,
            events,
            told,
            limit,
            server,
        };
        match function.hear().await? {
            Told::Ready(at) => function.ready_after = at - begun,
            _ => bail!("{name} answered before it was asked"),
        }
        Ok(function)
    }

    async fn hear(&mut self) -> Result<Told> {
        let name = &self.name;
        tokio::select! {
            told = self.told.recv() => told.context("the Runtime API has ended"),
            status = self.child.wait() => bail!("{name} ended: {}, see {}", status?, self.log.display()),
            () = tokio::time::sleep(self.limit + PATIENCE) => bail!("{name} says nothing any more"),
        }
    }

    /// Gives it one event, and waits for the answer. An error of the function's own is one.
    pub(crate) async fn invoke(&mut self, event: impl Into<Bytes>) -> Result<Answer> {
        self.events.send(event.into()).context("nobody listens")?;
        let mut given = None;
        loop {
            match self.hear().await? {
                Told::Ready(_) => {}
                Told::Given(at) => given = Some(at),
                Told::Answered { kind, body, at } => {
                    ensure!(
                        kind == "response",
                        "{} failed: {}",
                        self.name,
                        String::from_utf8_lossy(&body)
                    );
                    let given = given.context("it answered before it was asked")?;
                    return Ok(Answer {
                        body,
                        took: at - given,
                        at,
                    });
                }
            }
        }
    }

    pub(crate) fn process(&self) -> Result<u32> {
        self.child
            .id()
            .with_context(|| format!("{} ended", self.name))
    }

    /// What it wrote so far.
    pub(crate) fn logged(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }

    pub(crate) async fn end(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// Starts a function for one event, and ends it once it has answered. The time is from its start as a process to
/// its answer: a cold start's, less what AWS needs to bring the executable.
pub(crate) async fn invoke_once(
    name: &str,
    environment: &HashMap<&str, String>,
    event: &Value,
) -> Result<(Value, Usage)> {
    let limit = Duration::from_secs(300);
    let mut function = Function::start(name, environment, limit).await?;
    let answer = function.invoke(event.to_string()).await?;
    let wall_s = (answer.at - function.begun).as_secs_f64();
    let (cpu, peak_mib) = measured::so_far(function.process()?)?;
    function.end().await?;
    let usage = Usage {
        wall_s,
        cpu_s: cpu.as_secs_f64(),
        peak_mib,
    };
    Ok((serde_json::from_slice(&answer.body)?, usage))
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    // Whoever had the function may be gone.
    let _ = runtime.told.send(Told::Ready(Instant::now()));
    let Some(event) = runtime.events.lock().await.recv().await else {
        return std::future::pending().await;
    };
    let number = runtime.number.fetch_add(1, Ordering::Relaxed);
    let deadline = SystemTime::now() + runtime.limit;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            format!("5f0c3f9e-8d3a-4c1b-9e57-{number:012x}"),
        ),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:000000000000:function:f".to_owned(),
        ),
        ("lambda-runtime-trace-id", TRACE.to_owned()),
    ];
    let _ = runtime.told.send(Told::Given(Instant::now()));
    (headers, event)
}

async fn answered(
    State(runtime): State<Arc<Runtime>>,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let at = Instant::now();
    // Nobody waits any more for an answer that comes too late.
    let _late = runtime.told.send(Told::Answered { kind, body, at });
    StatusCode::ACCEPTED
}
