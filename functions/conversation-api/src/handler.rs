//! Routes: from an API Gateway request to an act, and from its outcome to a response.

use lambda_http::http::{Method, StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response};
use platform::{OldSecret, Platform, Unfinished};
use time::OffsetDateTime;

use crate::authorize::authenticate;
use crate::call::{Call, Success};
use crate::operator::{is_operator, operator};
use crate::problem::Problem;
use crate::{channels, hand_over, read, replies};

/// Largest request body, in bytes.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// Longest id in a path that can name anything, in bytes. Longer ones can't be keys of the table, which
/// would refuse to look them up.
const MAX_ID_BYTES: usize = 600;
/// Longest id that is logged, in bytes.
const MAX_LOGGED_BYTES: usize = 128;

/// Answers one request of API Gateway, or of an operator.
///
/// # Errors
/// None that a request can bring about: refusals are answers.
pub async fn handle(platform: &Platform, request: Request) -> Result<Response<Body>, Error> {
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
    let parameter = |name: &str| path.first(name).unwrap_or_default();
    let operated = is_operator(request.request_context_ref());
    let caller = if operated {
        operator(platform, parameter("agent")).await?
    } else {
        authenticate(platform, parameter("agent"), request.headers()).await?
    };
    record.agent.clone_from(&caller.agent);
    let old_token = caller
        .is_old
        .then(|| OldSecret::Token(caller.token.name.clone()));
    let call = Call::new(platform, caller, parameter("id"), OffsetDateTime::now_utc());
    record.conversation = Some(call.conversation_id.clone()).filter(|id| is_loggable(id));
    let act = named_act(&call, request);
    let by = if operated { " by an operator" } else { "" };
    record.reason = Some(format!("{} {act}{by}", request.method()));
    // Beside the act: it must not wait for this.
    let noting = async {
        if let Some(old) = old_token {
            platform
                .agents
                .note_old_secret(&call.caller.agent, old)
                .await;
        }
    };
    let (outcome, ()) = tokio::join!(carry_out(&call, act, request), noting);
    if outcome.is_err() && !call.is_known() {
        record.conversation = None;
    }
    outcome
}

/// By parameter first: an id may be any word.
fn named_act(call: &Call<'_>, request: &Request) -> &'static str {
    let path = request.path_parameters_ref();
    let given = |name| {
        let parameter = path.and_then(|path| path.first(name));
        parameter.is_some_and(|parameter| !parameter.is_empty())
    };
    match () {
        () if given("replyId") => "reply",
        () if given("channel") => "channel",
        () if call.conversation_id.is_empty() => "channels",
        () if request.method() == Method::GET => "conversation",
        () => {
            let word = request.uri().path().rsplit('/').next();
            let known = ["replies", "handover", "resolve"];
            let known = known.into_iter().find(|act| word == Some(act));
            known.unwrap_or("unknown")
        }
    }
}

/// Whether an id from a path may stand in a log line: Sparkcentral's are of these characters. Anything
/// else may be somebody's address, or be meant to look like another line.
fn is_loggable(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
    (1..=MAX_LOGGED_BYTES).contains(&id.len()) && id.bytes().all(plain)
}

async fn carry_out(
    call: &Call<'_>,
    act: &'static str,
    request: &Request,
) -> Result<Success, Problem> {
    let body = request.body().as_ref();
    if body.len() > MAX_BODY_BYTES {
        let detail = "The body is larger than 256 KiB.";
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            detail,
        ));
    }
    let path = request.path_parameters();
    let (reply_id, channel_id) = (path.first("replyId"), path.first("channel"));
    let (reply_id, channel_id) = (reply_id.unwrap_or_default(), channel_id.unwrap_or_default());
    if call.conversation_id.len() > MAX_ID_BYTES {
        return Err(Problem::unknown_conversation());
    }
    if reply_id.len() > MAX_ID_BYTES {
        return Err(Problem::unknown_reply());
    }
    if channel_id.len() > MAX_ID_BYTES {
        return Err(Problem::unknown_channel());
    }
    match (request.method(), act) {
        (&Method::GET, "conversation") => read::conversation(call).await,
        (&Method::GET, "reply") => replies::show(call, reply_id).await,
        (&Method::POST, "replies") => replies::send(call, body).await,
        (&Method::POST, "handover") => hand_over::ask(call, body).await,
        (&Method::POST, "resolve") => replies::resolve(call, body).await,
        (&Method::GET, "channels") => channels::list(call).await,
        (&Method::GET, "channel") => channels::show(call, channel_id).await,
        (&Method::PATCH, "channel") => channels::change(call, channel_id, body).await,
        _ => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "unknown_route",
            "There is no such route.",
        )),
    }
}
