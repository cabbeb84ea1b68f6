//! Between a function and AWS: counts the writes, and kills the function at one of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::process::Child;

/// At which write, counted from 0, and on which side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// AWS never hears of it.
    Before(usize),
    /// It is done, and the function never hears of it.
    After(usize),
}

/// The process that dies.
#[derive(Clone, Default)]
pub(crate) struct Victim(Arc<Mutex<Option<Child>>>);

impl Victim {
    pub(crate) fn lives(&self, child: Child) {
        *self.0.lock().unwrap() = Some(child);
    }

    /// By SIGKILL: it can't tidy up.
    pub(crate) fn kill(&self) {
        if let Some(child) = self.0.lock().unwrap().as_mut() {
            let _ = child.start_kill();
        }
    }

    pub(crate) async fn dead(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let mut child = self.0.lock().unwrap();
            if child
                .as_mut()
                .is_none_or(|child| child.try_wait().unwrap().is_some())
            {
                return;
            }
        }
    }
}

struct Between {
    upstream: String,
    http: reqwest::Client,
    writes: Mutex<Vec<String>>,
    cut: Option<Cut>,
    victim: Victim,
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) url: String,
    pub(crate) victim: Victim,
    between: Arc<Between>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Proxy {
    pub(crate) async fn start(upstream: &str, cut: Option<Cut>) -> Self {
        let victim = Victim::default();
        let between = Arc::new(Between {
            upstream: upstream.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            writes: Mutex::default(),
            cut,
            victim: victim.clone(),
        });
        let app = Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&between));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            victim,
            between,
            server,
        }
    }

    /// What was written so far, a word each.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.between.writes.lock().unwrap().clone()
    }
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let target = parts.uri.path_and_query().unwrap().as_str();
    let cut = write(&parts.method, &parts.headers, target).and_then(|word| {
        let mut writes = between.writes.lock().unwrap();
        writes.push(word);
        let number = writes.len() - 1;
        between
            .cut
            .filter(|cut| matches!(cut, Cut::Before(at) | Cut::After(at) if *at == number))
    });
    if let Some(Cut::Before(_)) = cut {
        between.victim.kill();
        return std::future::pending().await;
    }
    let answer = between
        .http
        .request(parts.method, format!("{}{target}", between.upstream))
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != header::TRANSFER_ENCODING && name != header::CONNECTION {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.unwrap();
    if let Some(Cut::After(_)) = cut {
        between.victim.kill();
        return std::future::pending().await;
    }
    response.body(Body::from(body)).unwrap()
}

/// A request that changes something.
fn write(method: &Method, headers: &HeaderMap, target: &str) -> Option<String> {
    let action = headers.get("x-amz-target").map(|t| t.to_str().unwrap());
    match action {
        Some(action) => {
            let action = action.rsplit('.').next().unwrap();
            (action == "PutItem").then(|| action.to_owned())
        }
        None => {
            let kind = ["uploadId", "uploads", "partNumber"]
                .into_iter()
                .filter(|name| target.contains(name))
                .fold(String::new(), |all, name| format!("{all} {name}"));
            (method != Method::GET && method != Method::HEAD).then(|| format!("{method}{kind}"))
        }
    }
}
