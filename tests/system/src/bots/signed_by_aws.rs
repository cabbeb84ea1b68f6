//! What AWS checks of a request before a service sees it, as far as it can be checked without the key.

use axum::http::HeaderMap;

/// Why a request is not signed for `service`, if it isn't.
pub(super) fn signature_problem(headers: &HeaderMap, service: &str) -> Option<String> {
    let told = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let Some(authorization) = told else {
        return Some("no Authorization header".to_owned());
    };
    let scope = format!("/{service}/aws4_request");
    let good = authorization.starts_with("AWS4-HMAC-SHA256 Credential=")
        && authorization.contains(&scope)
        && authorization.contains("Signature=")
        && headers.contains_key("x-amz-date");
    (!good).then(|| format!("not signed for {service}: {authorization}"))
}
