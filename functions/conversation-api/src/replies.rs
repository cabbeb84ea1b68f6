//! Sending, resolving, and looking at what was sent.

use conversation::{
    Answer, Answers, Conversation, EventStatus, Permission, Plan, PlanFor, PlannedReply, for_rest,
};
use lambda_http::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use sparkcentral::{Complete, Reply};

use crate::call::{Call, Success, parse};
use crate::outgoing::{Outgoing, in_store, summary};
use crate::problem::Problem;
use crate::request::NewReply;

/// Closing a conversation; all of it optional.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewResolve {
    /// Topics to apply.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(inner(regex(pattern = r"\S"))))]
    topics: Vec<String>,
}

/// Longest id of a turn, in bytes: longer keys of events are refused.
const MAX_TURN_ID_BYTES: usize = 512;

/// The turn a reply answers.
struct Answered {
    turn_id: String,
    episode: Option<u32>,
    message_id: Option<String>,
}

/// `POST /v1/agents/{agent}/conversations/{id}/replies`
pub(crate) async fn send(call: &Call<'_>, body: &[u8]) -> Result<Success, Problem> {
    let body: NewReply = parse(body)?;
    let conversation = call.conversation().await?;
    // A turn that counts as answered is not watched any more, so this is speaking too.
    let permission = if body.speaks() || body.in_reply_to.is_some() {
        Permission::Reply
    } else {
        Permission::SetTopics
    };
    call.require(permission, &conversation).await?;
    let answered = match &body.in_reply_to {
        Some(turn) => Some(answered(call, turn).await?),
        None => None,
    };
    let outgoing = plan(call, &conversation, body, answered)?;
    call.accept(conversation, &outgoing).await
}

/// What a body becomes in this conversation.
fn plan(
    call: &Call<'_>,
    conversation: &Conversation,
    body: NewReply,
    answered: Option<Answered>,
) -> Result<Outgoing, Problem> {
    let id = body.id.clone();
    let wanted = body.wanted()?;
    let answer = Answer {
        actions: wanted.actions.clone(),
        session: None,
    };
    let settings = &call.caller.settings;
    let plan_for = PlanFor {
        features: &settings.features(),
        messages: &settings.messages,
        medium: conversation.medium(),
        language: conversation.language.as_deref(),
        id: &in_store(&id),
    };
    let plan = Plan::of(&answer, &plan_for).map_err(|error| {
        let problems = error.problems.iter();
        Problem::invalid(
            problems
                .map(|problem| wanted.in_the_body(problem))
                .collect(),
        )
    })?;
    let nothing_left = plan
        .replies
        .iter()
        .all(|part| part.reply == Reply::default());
    if nothing_left && !plan.left_out.is_empty() {
        let problems = plan.left_out.iter();
        let problem = |name| {
            format!(
                "{name}: not known to this agent's dialect, or not to the medium; there is nothing else to send"
            )
        };
        return Err(Problem::invalid(problems.map(problem).collect()));
    }
    let speaks = plan.speaks();
    let message_id = answered
        .as_ref()
        .and_then(|turn| turn.message_id.as_deref());
    let parts = plan.replies.into_iter().map(|part| PlannedReply {
        reply: for_rest(part.reply, message_id),
        upload: part.upload,
    });
    Ok(Outgoing {
        id,
        parts: parts.collect(),
        choices: speaks.then_some(plan.choices),
        episode: answered.as_ref().and_then(|turn| turn.episode),
        answers: match answered {
            Some(turn) => Answers::UpTo(turn.turn_id),
            None if speaks => Answers::All,
            None => Answers::Nothing,
        },
        left_out: plan.left_out,
        kept: true,
    })
}

/// The turn a reply says it answers. A message that was given to the bot as part of a later turn
/// stands for that turn.
async fn answered(call: &Call<'_>, turn: &str) -> Result<Answered, Problem> {
    let unknown = || {
        let problem = "inReplyTo: the conversation has no turn of this id";
        Problem::invalid(vec![problem.to_owned()])
    };
    // Longer ones can't be keys of the table, which would refuse to look them up.
    if !(1..=MAX_TURN_ID_BYTES).contains(&turn.len()) {
        return Err(unknown());
    }
    let (agent, id) = (&call.caller.agent, &call.conversation_id);
    let event = call.platform.store.event(agent, id, turn).await;
    let mut event = event.map_err(|error| Problem::unavailable(&error))?;
    if event.is_none() {
        // A bot may be faster than the webhook's invocation that is asking it.
        let begun = call.conversation().await?.begun_record();
        event = begun.filter(|begun| begun.key == turn);
    }
    let event = event.ok_or_else(unknown)?;
    Ok(Answered {
        turn_id: match &event.status {
            EventStatus::Merged { into } => into.clone(),
            _ => event.key.clone(),
        },
        // 0: the webhook's invocation has not got that far.
        episode: Some(event.episode).filter(|episode| *episode > 0),
        message_id: event.message_id().map(str::to_owned),
    })
}

/// `POST /v1/agents/{agent}/conversations/{id}/resolve`
pub(crate) async fn resolve(call: &Call<'_>, body: &[u8]) -> Result<Success, Problem> {
    let wanted: NewResolve = parse(body)?;
    let conversation = call.conversation().await?;
    call.require(Permission::Resolve, &conversation).await?;
    let reply = Reply {
        apply_topics: wanted.topics,
        complete: Some(Complete::Resolved),
        ..Reply::default()
    };
    if let Err(problems) = reply.validate(&call.caller.settings.features(), None) {
        return Err(Problem::invalid(
            problems.iter().map(ToString::to_string).collect(),
        ));
    }
    let outgoing = Outgoing {
        // One resolve an episode: asking again is the same request.
        id: format!("resolve-{}", conversation.episode),
        parts: vec![PlannedReply {
            reply,
            upload: None,
        }],
        choices: None,
        answers: Answers::All,
        episode: None,
        left_out: Vec::new(),
        kept: false,
    };
    call.accept(conversation, &outgoing).await
}

/// `GET /v1/agents/{agent}/conversations/{id}/replies/{replyId}`
pub(crate) async fn show(call: &Call<'_>, id: &str) -> Result<Success, Problem> {
    let conversation = call.conversation().await?;
    call.require(Permission::Read, &conversation).await?;
    let parts = call.parts(id).await?;
    if parts.is_empty() {
        return Err(Problem::unknown_reply());
    }
    Ok((StatusCode::OK, json!(summary(id, &parts))))
}
