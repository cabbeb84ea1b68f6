//! From an API Gateway event to a delivery, and from the outcome to a response.
//!
//! The event is read by what is needed of it: a webhook pays for every field that is taken over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::{Context, Error, LambdaEvent};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::accept::accept;
use crate::delivery::{Accepted, Delivery, Deps};

/// Longest believable way from API Gateway to here. A start time further back is a wrong clock.
const MAX_TRANSIT: Duration = Duration::from_secs(30);

/// So much of an invocation's id tells it from the others that may be on the same event.
const ATTEMPT: usize = 13;

/// An HTTP API's event, payload format 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'a> {
    #[serde(default, borrow)]
    headers: Headers<'a>,
    #[serde(default)]
    path_parameters: PathParameters,
    request_context: RequestContext,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Headers of a request. API Gateway writes their names in small letters.
pub(crate) type Headers<'a> = BTreeMap<Text<'a>, Text<'a>>;

/// Text as it stands in the event, taken over only where it is escaped there.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct PathParameters {
    agent: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    http: Http,
    /// Milliseconds since 1970.
    #[serde(default)]
    time_epoch: i64,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// What API Gateway makes a response of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    status_code: u16,
    headers: ResponseHeaders,
    body: String,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
struct ResponseHeaders {
    #[serde(rename = "content-type")]
    content_type: &'static str,
}

/// The event comes unread: the runtime would read it instead, and keep the path to each field to say where
/// it is wrong, which API Gateway's events never are.
pub(crate) async fn handle(
    deps: &Deps,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<Response, Error> {
    let LambdaEvent { payload, context } = event;
    let request: Request<'_> = serde_json::from_str(payload.get())?;
    if request.request_context.http.method != "POST" {
        return respond(&Accepted::refused(405, "Webhooks are sent with POST."));
    }
    let now = OffsetDateTime::now_utc();
    let body = body(&request)?;
    let delivery = Delivery {
        agent: &request.path_parameters.agent,
        body: &body,
        headers: &request.headers,
        arrived: now - transit(request.request_context.time_epoch, now),
        now,
        attempt: context.request_id.chars().take(ATTEMPT).collect(),
        remaining: remaining(&context),
    };
    let outcome = accept(deps, delivery).await;
    respond(&outcome)
}

/// The bytes Sparkcentral signed.
fn body<'a>(request: &'a Request<'_>) -> Result<Cow<'a, [u8]>, Error> {
    let body = request.body.as_deref().unwrap_or_default();
    Ok(if request.is_base64_encoded {
        STANDARD.decode(body)?.into()
    } else {
        body.as_bytes().into()
    })
}

/// Time since API Gateway got the request: a cold start counts against the inline budget.
fn transit(time_epoch: i64, now: OffsetDateTime) -> Duration {
    let since = now - OffsetDateTime::UNIX_EPOCH;
    let transit = since.whole_milliseconds() - i128::from(time_epoch);
    u64::try_from(transit)
        .map(Duration::from_millis)
        .ok()
        .filter(|transit| *transit < MAX_TRANSIT)
        .unwrap_or_default()
}

fn remaining(context: &Context) -> Duration {
    let remaining = context.deadline().duration_since(SystemTime::now());
    remaining.unwrap_or(Duration::from_secs(10))
}

fn respond(outcome: &Accepted) -> Result<Response, Error> {
    let (status_code, content_type, body) = match outcome {
        Accepted::Answer(reply) => (200, "application/json", serde_json::to_string(reply)?),
        Accepted::Refused { status, detail } => {
            let problem = json!({
                "title": title(*status),
                "status": status,
                "detail": detail,
            });
            (*status, "application/problem+json", problem.to_string())
        }
    };
    Ok(Response {
        status_code,
        headers: ResponseHeaders { content_type },
        body,
        is_base64_encoded: false,
    })
}

/// What a status is called.
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Payload Too Large",
        503 => "Service Unavailable",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(event: &str) -> Request<'_> {
        serde_json::from_str(event).unwrap()
    }

    #[test]
    fn a_body_is_the_bytes_that_were_signed() {
        for (sent, is_base64, bytes) in [
            (Some("{ }\n"), false, &b"{ }\n"[..]),
            (Some("eyB9Cg=="), true, b"{ }\n"),
            (None, false, b""),
        ] {
            let event = json!({"requestContext": {"http": {"method": "POST"}},
                "body": sent, "isBase64Encoded": is_base64});
            let event = event.to_string();
            assert_eq!(*body(&request(&event)).unwrap(), *bytes);
        }
        let event = json!({"requestContext": {"http": {"method": "POST"}},
            "body": "not base64!", "isBase64Encoded": true});
        assert!(body(&request(&event.to_string())).is_err());
    }

    #[test]
    fn what_an_event_lacks_is_empty() {
        let event = json!({"requestContext": {"http": {"method": "GET"}}});
        let event = event.to_string();
        let request = request(&event);
        assert!(request.headers.is_empty() && request.path_parameters.agent.is_empty());
        assert_eq!(request.request_context.time_epoch, 0);
    }

    #[test]
    fn the_way_here_counts_unless_a_clock_is_wrong() {
        let now = OffsetDateTime::from_unix_timestamp(1_000).unwrap();
        for (started, transit_millis) in [(999_000, 1_000), (1_001_000, 0), (0, 0)] {
            let transit = transit(started, now);
            assert_eq!(transit, Duration::from_millis(transit_millis), "{started}");
        }
    }

    #[test]
    fn every_refusal_has_a_title() {
        for status in [400, 401, 404, 405, 409, 413, 503] {
            assert_ne!(title(status), "Error", "{status}");
        }
    }
}
