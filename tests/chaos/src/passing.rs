//! Passing requests on.

use anyhow::Result;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

/// Where requests are passed on to.
#[derive(Clone)]
pub(crate) struct Upstream {
    url: String,
    http: reqwest::Client,
}

impl Upstream {
    /// Somewhere by its base URL.
    pub(crate) fn new(url: &str) -> Result<Self> {
        Ok(Self {
            url: url.to_owned(),
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
        })
    }

    /// The answer; 502 if there is none.
    pub(crate) async fn pass(&self, parts: Parts, body: Bytes) -> Response {
        self.ask(parts, body)
            .await
            .unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
    }

    /// The answer.
    ///
    /// # Errors
    /// There is none: the connection broke.
    pub(crate) async fn ask(&self, parts: Parts, body: Bytes) -> Result<Response> {
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", axum::http::uri::PathAndQuery::as_str);
        let mut headers = parts.headers;
        // Said anew, since a body may have been changed on its way.
        headers.remove(header::CONTENT_LENGTH);
        let answer = self
            .http
            .request(parts.method, format!("{}{target}", self.url))
            .headers(headers)
            .body(body)
            .send()
            .await?;
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            if name != header::TRANSFER_ENCODING && name != header::CONNECTION {
                response = response.header(name, value);
            }
        }
        Ok(response.body(Body::from(answer.bytes().await?))?)
    }
}

/// A request in its parts.
pub(crate) async fn taken_apart(request: Request) -> (Parts, Bytes) {
    let (parts, body) = request.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap_or_default())
}

/// An answer whose connection breaks before its end.
pub(crate) fn cut() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
    Response::builder()
        .header(header::CONTENT_LENGTH, "1000")
        .body(Body::from_stream(broken))
        .unwrap_or_default()
}
