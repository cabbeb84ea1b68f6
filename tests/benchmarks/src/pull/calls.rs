//! Between a function and AWS: which calls it makes, and how long it waits for them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What went through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    /// By the names AWS has for them.
    pub(crate) counts: BTreeMap<String, u32>,
    /// From each call's arrival here to the last byte of its answer, together.
    pub(crate) waited: Duration,
}

struct Between {
    upstream: String,
    http: Client,
    calls: Mutex<Calls>,
}

/// A proxy on 127.0.0.1. Ends when dropped.
pub(crate) struct Counting {
    pub(crate) url: String,
    between: Arc<Between>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Between {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counting {
    pub(crate) async fn start(upstream: &str, http: &Client) -> Result<Self> {
        let between = Arc::new(Between {
            upstream: upstream.to_owned(),
            http: http.clone(),
            calls: Mutex::default(),
        });
        let app = Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&between));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            url,
            between,
            server,
        })
    }

    /// What went through since the last time.
    pub(crate) fn take(&self) -> Calls {
        std::mem::take(&mut *self.between.calls())
    }
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let name = name(
        &parts.method,
        &parts.headers,
        parts.uri.query().unwrap_or_default(),
    );
    match forward(&between, parts, body).await {
        Ok((response, waited)) => {
            let mut calls = between.calls();
            *calls.counts.entry(name).or_default() += 1;
            calls.waited += waited;
            response
        }
        // The function sees a call that failed, and its answer says so.
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn forward(
    between: &Between,
    parts: axum::http::request::Parts,
    body: Body,
) -> Result<(Response, Duration)> {
    let body = to_bytes(body, usize::MAX).await?;
    let begun = Instant::now();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let url = format!("{}{target}", between.upstream);
    let request = between.http.request(parts.method, url);
    let answer = request.headers(parts.headers).body(body).send().await?;
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != header::TRANSFER_ENCODING && name != header::CONNECTION {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await?;
    Ok((response.body(Body::from(body))?, begun.elapsed()))
}

/// As AWS calls it. S3 has no names on the wire, so they follow from method and query.
fn name(method: &Method, headers: &HeaderMap, query: &str) -> String {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    if let Some((_, action)) = target.and_then(|target| target.rsplit_once('.')) {
        return action.to_owned();
    }
    let has = |key: &str| {
        let mut keys = query.split('&').filter_map(|pair| pair.split('=').next());
        keys.any(|found| found == key)
    };
    let action = match method.as_str() {
        "POST" if has("uploads") => "CreateMultipartUpload",
        "PUT" if has("partNumber") => "UploadPart",
        "POST" if has("uploadId") => "CompleteMultipartUpload",
        "DELETE" if has("uploadId") => "AbortMultipartUpload",
        "PUT" if headers.contains_key("x-amz-copy-source") => "CopyObject",
        "PUT" => "PutObject",
        "GET" if has("list-type") => "ListObjectsV2",
        "GET" => "GetObject",
        "HEAD" => "HeadObject",
        "DELETE" => "DeleteObject",
        other => other,
    };
    action.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_the_names_that_aws_gives_them() {
        let none = HeaderMap::new();
        let named = |method, query| name(&method, &none, query);
        assert_eq!(named(Method::PUT, "x-id=PutObject"), "PutObject");
        assert_eq!(named(Method::GET, "x-id=GetObject"), "GetObject");
        assert_eq!(named(Method::POST, "uploads"), "CreateMultipartUpload");
        assert_eq!(named(Method::PUT, "partNumber=2&uploadId=u"), "UploadPart");
        assert_eq!(named(Method::POST, "uploadId=u"), "CompleteMultipartUpload");
        let target = "DynamoDB_20120810.PutItem".parse().unwrap();
        let headers =
            HeaderMap::from_iter([(header::HeaderName::from_static("x-amz-target"), target)]);
        assert_eq!(name(&Method::POST, &headers, ""), "PutItem");
    }
}
