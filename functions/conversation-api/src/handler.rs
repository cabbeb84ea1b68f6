//! Routes: from an API Gateway request to an act, and from its outcome to a response.

use lambda_http::http::{Method, StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response};
use platform::{Platform, Unfinished};
use time::OffsetDateTime;

use crate::authorize::authenticate;
use crate::call::{Call, Success};
use crate::problem::Problem;
use crate::{channels, hand_over, read, replies};

/// Largest request body, in bytes.
const MAX_BODY_BYTES: usize = 256 * 1024;

pub(crate) async fn handle(platform: &Platform, request: Request) -> Result<Response<Body>, Error> {
    let mut record = platform.telemetry.begin();
    match route(platform, &request, &mut record).await {
        Ok((status, body)) => {
            record.finish("ok");
            Ok(Response::builder()
                .status(status)
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string().into())?)
        }
        Err(problem) => {
            record.finish(problem.code);
            problem.into_response()
        }
    }
}

async fn route(
    platform: &Platform,
    request: &Request,
    record: &mut Unfinished,
) -> Result<Success, Problem> {
    let path = request.path_parameters();
    let parameter = |name: &str| path.first(name).unwrap_or_default().to_owned();
    let conversation_id = parameter("id");
    let caller = authenticate(platform, &parameter("agent"), request.headers()).await?;
    record.agent.clone_from(&caller.agent.name);
    record.conversation = Some(conversation_id.clone()).filter(|id| !id.is_empty());
    let body = request.body().as_ref();
    if body.len() > MAX_BODY_BYTES {
        let detail = "The body is larger than 256 KiB.";
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            detail,
        ));
    }
    let call = Call {
        platform,
        caller,
        conversation_id,
        now: OffsetDateTime::now_utc(),
    };
    let (reply_id, channel_id) = (parameter("replyId"), parameter("channel"));
    let method = request.method();
    // By parameter first: an id may be any word.
    let act = match () {
        () if !reply_id.is_empty() => "reply",
        () if !channel_id.is_empty() => "channel",
        () if call.conversation_id.is_empty() => "channels",
        () if method == Method::GET => "conversation",
        () => request.uri().path().rsplit('/').next().unwrap_or_default(),
    };
    record.reason = Some(format!("{method} {act}"));
    match (method, act) {
        (&Method::GET, "conversation") => read::conversation(&call).await,
        (&Method::GET, "reply") => replies::show(&call, &reply_id).await,
        (&Method::POST, "replies") => replies::send(&call, body).await,
        (&Method::POST, "handover") => hand_over::ask(&call, body).await,
        (&Method::POST, "resolve") => replies::resolve(&call, body).await,
        (&Method::GET, "channels") => channels::list(&call).await,
        (&Method::GET, "channel") => channels::show(&call, &channel_id).await,
        (&Method::PATCH, "channel") => channels::change(&call, &channel_id, body).await,
        _ => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "unknown_route",
            "There is no such route.",
        )),
    }
}
