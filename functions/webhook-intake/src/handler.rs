//! From an API Gateway request to a delivery, and from the outcome to a response.

use std::time::{Duration, SystemTime};

use lambda_http::http::{Method, StatusCode, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Context, Error, Request, RequestExt, Response};
use serde_json::json;
use time::OffsetDateTime;

use crate::accept::accept;
use crate::delivery::{Accepted, Delivery, Deps};

/// Longest believable way from API Gateway to here. A start time further back is a wrong clock.
const MAX_TRANSIT: Duration = Duration::from_secs(30);

pub(crate) async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Error> {
    if request.method() != Method::POST {
        return respond(&Accepted::refused(405, "Webhooks are sent with POST."));
    }
    let agent = request
        .path_parameters_ref()
        .and_then(|path| path.first("agent"))
        .unwrap_or_default()
        .to_owned();
    let now = OffsetDateTime::now_utc();
    let context = request.lambda_context_ref();
    let delivery = Delivery {
        agent: &agent,
        // lambda_http has decoded a base64 body: these are the bytes Sparkcentral signed.
        body: request.body().as_ref(),
        headers: request.headers(),
        arrived: now - transit(&request, now),
        now,
        attempt: context
            .map(|context| context.request_id.clone())
            .unwrap_or_default(),
        remaining: remaining(context),
    };
    let outcome = accept(deps, delivery).await;
    respond(&outcome)
}

/// Time since API Gateway got the request: a cold start counts against the inline budget.
fn transit(request: &Request, now: OffsetDateTime) -> Duration {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Duration::ZERO;
    };
    let since = now - OffsetDateTime::UNIX_EPOCH;
    let transit = since.whole_milliseconds() - i128::from(context.time_epoch);
    u64::try_from(transit)
        .map(Duration::from_millis)
        .ok()
        .filter(|transit| *transit < MAX_TRANSIT)
        .unwrap_or_default()
}

fn remaining(context: Option<&Context>) -> Duration {
    context
        .and_then(|context| context.deadline().duration_since(SystemTime::now()).ok())
        .unwrap_or(Duration::from_secs(10))
}

fn respond(outcome: &Accepted) -> Result<Response<Body>, Error> {
    let response = Response::builder();
    Ok(match outcome {
        Accepted::Answer(reply) => response
            .header(header::CONTENT_TYPE, "application/json")
            .body(serde_json::to_string(reply)?.into())?,
        Accepted::Refused { status, detail } => {
            let status = StatusCode::from_u16(*status)?;
            let problem = json!({
                "title": status.canonical_reason(),
                "status": status.as_u16(),
                "detail": detail,
            });
            response
                .status(status)
                .header(header::CONTENT_TYPE, "application/problem+json")
                .body(problem.to_string().into())?
        }
    })
}
