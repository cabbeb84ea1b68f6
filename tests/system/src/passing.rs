//! What stands between a function and the emulator, to count or to cut.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::Response;

/// Where requests are passed on to.
pub struct Upstream {
    url: String,
    http: reqwest::Client,
}

impl Upstream {
    /// Somewhere by its base URL.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The answer to a request, and its body.
    pub async fn pass(&self, parts: Parts, body: Bytes) -> (Response, Bytes) {
        let target = parts.uri.path_and_query().unwrap().as_str();
        let answer = self
            .http
            .request(parts.method, format!("{}{target}", self.url))
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
        (response.body(Body::from(body.clone())).unwrap(), body)
    }
}

/// A request in its parts.
pub async fn taken_apart(request: Request) -> (Parts, Bytes) {
    let (parts, body) = request.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap())
}

/// The operation an AWS client asks for, such as `PutItem`, where it says so in a header.
pub fn operation(headers: &HeaderMap) -> Option<&str> {
    headers
        .get("x-amz-target")?
        .to_str()
        .ok()?
        .rsplit('.')
        .next()
}
