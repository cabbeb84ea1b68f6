//! What keeps other websites out of a server on 127.0.0.1, and scripts and styles of others out of its pages.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method,
        header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{api::header, refusal::Refusal};

/// Everything from this server, and nothing written into a page itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Refuses what a page of another site sends, on every face: only browsers say where a request comes from,
/// and no other site has any business here.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let changes = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let mut response = if changes && is_foreign(request.headers()) {
        Refusal::Forbidden("the request comes from another site".into()).into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: browsers would then send the origin `null` with our own forms.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn is_foreign(headers: &HeaderMap) -> bool {
    if let Some(site) = header(headers, "sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return true;
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let host = header(headers, HOST.as_str()).filter(|host| is_loopback(host));
    let own = host.map(|host| format!("http://{host}"));
    // What isn't text is no origin of ours either.
    origin.to_str().ok() != own.as_deref()
}

/// A foreign name can be made to lead to 127.0.0.1: then the browser takes its pages and ours for one site.
fn is_loopback(host: &str) -> bool {
    let port = host.rfind(':').filter(|&at| !host[at..].contains(']'));
    let name = &host[..port.unwrap_or(host.len())];
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value): &(&'static str, &'static str)| {
            (name.parse().unwrap(), HeaderValue::from_static(value))
        };
        given.iter().map(pair).collect()
    }

    #[test]
    fn only_our_own_pages_and_programs_may_send() {
        for (foreign, given) in [
            (false, &[("host", "127.0.0.1:8800")][..]),
            (
                false,
                &[
                    ("host", "127.0.0.1:8800"),
                    ("origin", "http://127.0.0.1:8800"),
                ],
            ),
            (
                false,
                &[
                    ("host", "localhost:8800"),
                    ("origin", "http://localhost:8800"),
                ],
            ),
            (
                false,
                &[("host", "[::1]:8800"), ("origin", "http://[::1]:8800")],
            ),
            (
                false,
                &[("host", "localhost"), ("origin", "http://localhost")],
            ),
            (
                false,
                &[
                    ("host", "127.0.0.1:8800"),
                    ("sec-fetch-site", "same-origin"),
                ],
            ),
            (
                false,
                &[("host", "127.0.0.1:8800"), ("sec-fetch-site", "none")],
            ),
            (
                true,
                &[("host", "127.0.0.1:8800"), ("sec-fetch-site", "cross-site")],
            ),
            (
                true,
                &[("host", "127.0.0.1:8800"), ("sec-fetch-site", "same-site")],
            ),
            (
                true,
                &[
                    ("host", "127.0.0.1:8800"),
                    ("origin", "http://localhost:8800"),
                ],
            ),
            (
                true,
                &[
                    ("host", "127.0.0.1:8800"),
                    ("origin", "http://127.0.0.1:9000"),
                ],
            ),
            (
                true,
                &[
                    ("host", "127.0.0.1:8800"),
                    ("origin", "https://example.com"),
                ],
            ),
            (true, &[("host", "127.0.0.1:8800"), ("origin", "null")]),
            (
                true,
                &[("host", "example.com"), ("origin", "http://example.com")],
            ),
            (
                true,
                &[
                    ("host", "localhost.example.com:8800"),
                    ("origin", "http://localhost.example.com:8800"),
                ],
            ),
            (true, &[("origin", "http://127.0.0.1:8800")]),
        ] {
            assert_eq!(is_foreign(&headers(given)), foreign, "{given:?}");
        }
    }
}
