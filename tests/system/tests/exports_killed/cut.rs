//! Between a function and AWS: counts the writes, and kills the function at one of them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use system_tests::{Process, Upstream, operation, serve, taken_apart};

/// At which write, counted from 0, and on which side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// AWS never hears of it.
    Before(usize),
    /// It is done, and the function never hears of it.
    After(usize),
}

struct Between {
    upstream: Upstream,
    writes: Mutex<Vec<String>>,
    cut: Option<Cut>,
    victim: Process,
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) url: String,
    pub(crate) victim: Process,
    between: Arc<Between>,
}

impl Proxy {
    pub(crate) async fn start(upstream: &str, cut: Option<Cut>) -> Self {
        let victim = Process::default();
        let between = Arc::new(Between {
            upstream: Upstream::new(upstream),
            writes: Mutex::default(),
            cut,
            victim: victim.clone(),
        });
        let app = Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&between));
        let url = serve(app).await;
        Self {
            url,
            victim,
            between,
        }
    }

    /// What was written so far, a word each.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.between.writes.lock().unwrap().clone()
    }
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
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
    let (response, _) = between.upstream.pass(parts, body).await;
    if let Some(Cut::After(_)) = cut {
        between.victim.kill();
        return std::future::pending().await;
    }
    response
}

/// A request that changes something.
fn write(method: &Method, headers: &HeaderMap, target: &str) -> Option<String> {
    match operation(headers) {
        Some(operation) => (operation == "PutItem").then(|| operation.to_owned()),
        None => {
            let kind = ["uploadId", "uploads", "partNumber"]
                .into_iter()
                .filter(|name| target.contains(name))
                .fold(String::new(), |all, name| format!("{all} {name}"));
            (method != Method::GET && method != Method::HEAD).then(|| format!("{method}{kind}"))
        }
    }
}
