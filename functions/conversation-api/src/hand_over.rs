//! Asking people to take over.

use std::collections::BTreeMap;

use conversation::{Handover, HandoverReason, Permission, State, Work};
use lambda_http::http::StatusCode;
use platform::{Attempts, Commit, CommitError};
use serde::Deserialize;
use serde_json::json;
use sparkcentral::Reply;

use crate::call::{Call, Success, parse};
use crate::problem::Problem;

/// Body of `POST …/handover`; all of it optional.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewHandover {
    #[serde(default)]
    reason: Option<HandoverReason>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// `POST /v1/agents/{agent}/conversations/{id}/handover`. Asking twice is one handover.
pub(crate) async fn ask(call: &Call<'_>, body: &[u8]) -> Result<Success, Problem> {
    let wanted: NewHandover = parse(body)?;
    let told = Reply {
        apply_topics: wanted.topics.clone(),
        set_contact_attributes: wanted.attributes.clone(),
        ..Reply::default()
    };
    if let Err(problems) = told.validate(&call.caller.agent.settings.features(), None) {
        return Err(Problem::invalid(
            problems.iter().map(ToString::to_string).collect(),
        ));
    }
    let mut attempts = Attempts::default();
    while attempts.next().await {
        let before = call.conversation().await?;
        call.caller
            .require(Permission::HandOver, before.channel_id())?;
        if !matches!(before.state, State::WithBot | State::HandingOver) {
            return Err(Problem::not_with_bot(&before));
        }
        let mut conversation = before.clone();
        let handover = Handover {
            id: format!("api-{}", before.episode),
            reason: wanted.reason.unwrap_or(HandoverReason::ApiAsked),
            topics: wanted.topics.clone(),
            attributes: wanted.attributes.clone(),
            requested_at: call.now,
        };
        let Some(handover) = conversation.ask_handover(handover, call.now) else {
            return Err(Problem::not_with_bot(&before));
        };
        let committed = call
            .platform
            .store
            .commit(Commit {
                conversation: &conversation,
                read: Some(&before),
                event: None,
                replies: &[],
                expires_at: call.caller.agent.settings.expires_at(call.now),
                now: call.now,
            })
            .await;
        match committed {
            Ok(_) => {}
            Err(CommitError::Store(error)) => return Err(Problem::unavailable(&error)),
            Err(_changed_meanwhile) => continue,
        }
        // Also when it was asked for before: whoever stored it may have died before queueing it.
        let work = Work::Handover {
            handover_id: handover.id.clone(),
        };
        call.queue(work).await?;
        let body = json!({
            "id": handover.id,
            "reason": handover.reason,
            "state": conversation.state,
        });
        return Ok((StatusCode::ACCEPTED, body));
    }
    Err(Problem::contended())
}
