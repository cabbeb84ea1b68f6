//! Sending, resolving, and looking at what was sent.

use std::collections::BTreeMap;

use conversation::{
    Action, Answer, Conversation, Delivery, OutboundReply, Permission, Plan, ReplySource, State,
    Work,
};
use lambda_http::http::StatusCode;
use platform::{Attempts, Commit, CommitError};
use serde::Deserialize;
use serde_json::{Value, json};
use sparkcentral::{Complete, Reply};
use std::time::Duration;

use crate::call::{Call, Success, parse};
use crate::problem::Problem;
use crate::read::reply_entry;

/// Longest id a caller may choose.
const MAX_ID_CHARS: usize = 128;

/// Body of `POST …/replies`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewReply {
    /// Chosen by the caller; the same id again is the same reply.
    id: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    attachment: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// Body of `POST …/resolve`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewResolve {
    #[serde(default)]
    topics: Vec<String>,
}

/// `POST /v1/agents/{agent}/conversations/{id}/replies`
pub(crate) async fn send(call: &Call<'_>, body: &[u8]) -> Result<Success, Problem> {
    let wanted: NewReply = parse(body)?;
    check_id(&wanted.id)?;
    let conversation = call.conversation().await?;
    let speaks = wanted.text.is_some() || wanted.attachment.is_some();
    let permission = if speaks {
        Permission::Reply
    } else {
        Permission::SetTopics
    };
    call.caller.require(permission, conversation.channel_id())?;

    let mut actions = Vec::new();
    if speaks {
        actions.push(Action::Reply {
            text: wanted.text,
            attachment: wanted.attachment,
            rich_text: false,
        });
    }
    if !wanted.topics.is_empty() {
        actions.push(Action::Topics {
            topics: wanted.topics,
        });
    }
    if !wanted.attributes.is_empty() {
        actions.push(Action::Attributes {
            attributes: wanted.attributes,
        });
    }
    if actions.is_empty() {
        let problem = "give text, attachment, topics or attributes: there is nothing to send";
        return Err(Problem::invalid(vec![problem.to_owned()]));
    }
    let answer = Answer {
        actions,
        session: None,
    };
    let features = call.caller.agent.settings.features();
    let plan = Plan::of(&answer, &features, conversation.medium())
        .map_err(|error| Problem::invalid(error.problems))?;
    call.store_and_queue(conversation, &wanted.id, plan.replies)
        .await
}

/// `POST /v1/agents/{agent}/conversations/{id}/resolve`
pub(crate) async fn resolve(call: &Call<'_>, body: &[u8]) -> Result<Success, Problem> {
    let wanted: NewResolve = parse(body)?;
    let conversation = call.conversation().await?;
    call.caller
        .require(Permission::Resolve, conversation.channel_id())?;
    let reply = Reply {
        apply_topics: wanted.topics,
        complete: Some(Complete::Resolved),
        ..Reply::default()
    };
    if let Err(problems) = reply.validate(&call.caller.agent.settings.features(), None) {
        return Err(Problem::invalid(
            problems.iter().map(ToString::to_string).collect(),
        ));
    }
    // One resolve an episode: asking again is the same request.
    let id = format!("resolve-{}", conversation.episode);
    call.store_and_queue(conversation, &id, vec![reply]).await
}

/// `GET /v1/agents/{agent}/conversations/{id}/replies/{replyId}`
pub(crate) async fn show(call: &Call<'_>, id: &str) -> Result<Success, Problem> {
    let conversation = call.conversation().await?;
    call.caller
        .require(Permission::Read, conversation.channel_id())?;
    let parts = call.parts(id).await?;
    if parts.is_empty() {
        let detail = "The conversation has no reply with this id.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "unknown_reply", detail));
    }
    Ok((StatusCode::OK, summary(id, &parts)))
}

fn check_id(id: &str) -> Result<(), Problem> {
    let fits = (1..=MAX_ID_CHARS).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    if fits {
        return Ok(());
    }
    let problem = "id: 1 to 128 of A-Z a-z 0-9 - _ . : (a UUID, say)";
    Err(Problem::invalid(vec![problem.to_owned()]))
}

/// Id of one part in the store. The prefix keeps callers' ids apart from the bot's.
fn part_id(id: &str, part: usize) -> String {
    format!("api.{id}.{part}")
}

impl Call<'_> {
    /// The stored parts of a reply; empty where there is none. Ids of the bot's replies, as the
    /// transcript shows them, are found too.
    async fn parts(&self, id: &str) -> Result<Vec<OutboundReply>, Problem> {
        let agent = &self.caller.agent.name;
        let read = async |id: &str| {
            let read = self
                .platform
                .store
                .reply(agent, &self.conversation_id, id)
                .await;
            read.map(|saved| saved.map(|saved| saved.reply))
                .map_err(|error| Problem::unavailable(&error))
        };
        let first = match read(&part_id(id, 1)).await? {
            Some(first) => first,
            None => return Ok(read(id).await?.into_iter().collect()),
        };
        let ReplySource::Api { parts, .. } = first.source else {
            return Ok(vec![first]);
        };
        let mut all = vec![first];
        for part in 2..=parts {
            all.extend(read(&part_id(id, part as usize)).await?);
        }
        Ok(all)
    }

    /// Stores a reply in all its parts, once, and queues it. Both are safe to repeat.
    async fn store_and_queue(
        &self,
        mut conversation: Conversation,
        id: &str,
        replies: Vec<Reply>,
    ) -> Result<Success, Problem> {
        let parts = u32::try_from(replies.len()).unwrap_or(u32::MAX);
        let source = ReplySource::Api {
            token: self.caller.token_name().to_owned(),
            parts,
        };
        let new = |conversation: &Conversation| -> Vec<_> {
            let numbered = replies.iter().enumerate();
            numbered
                .map(|(index, reply)| OutboundReply {
                    id: part_id(id, index + 1),
                    episode: conversation.episode,
                    source: source.clone(),
                    reply: reply.clone(),
                    created_at: self.now + Duration::from_nanos(index as u64),
                    attempts: 0,
                    delivery: Delivery::Pending,
                })
                .collect()
        };
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let stored = self.parts(id).await?;
            if !stored.is_empty() {
                return self.again(id, &stored, &replies).await;
            }
            if conversation.state != State::WithBot {
                return Err(Problem::not_with_bot(&conversation));
            }
            let outbound = new(&conversation);
            let before = conversation.clone();
            conversation.last_reply = outbound.last().map(|reply| reply.id.clone());
            let committed = self
                .platform
                .store
                .commit(Commit {
                    conversation: &conversation,
                    read: Some(&before),
                    event: None,
                    replies: &outbound,
                    expires_at: self.caller.agent.settings.expires_at(self.now),
                    now: self.now,
                })
                .await;
            match committed {
                Ok(_) => {
                    self.queue_replies(&outbound).await?;
                    return Ok((StatusCode::ACCEPTED, summary(id, &outbound)));
                }
                // Somebody was faster with the same id, or with something else: look again.
                Err(
                    CommitError::ReplyExists | CommitError::Conflict | CommitError::EventTaken(_),
                ) => {
                    conversation = self.conversation().await?;
                }
                Err(CommitError::Store(error)) => return Err(Problem::unavailable(&error)),
            }
        }
        Err(Problem::contended())
    }

    /// The same id again: the same request, or a mistake.
    async fn again(
        &self,
        id: &str,
        stored: &[OutboundReply],
        wanted: &[Reply],
    ) -> Result<Success, Problem> {
        let same = stored.len() == wanted.len()
            && stored
                .iter()
                .zip(wanted)
                .all(|(stored, wanted)| stored.reply == *wanted);
        if !same {
            let detail = "A reply with this id and another content exists. Choose a new id.";
            return Err(Problem::new(StatusCode::CONFLICT, "id_taken", detail));
        }
        // Whoever stored it may have died before queueing it.
        if stored.iter().any(|reply| !reply.delivery.is_final()) {
            self.queue_replies(stored).await?;
        }
        Ok((StatusCode::ACCEPTED, summary(id, stored)))
    }

    async fn queue_replies(&self, replies: &[OutboundReply]) -> Result<(), Problem> {
        for reply in replies {
            self.queue(Work::Reply {
                reply_id: reply.id.clone(),
            })
            .await?;
        }
        Ok(())
    }
}

/// A reply as callers see it: as far as its least advanced part.
fn summary(id: &str, parts: &[OutboundReply]) -> Value {
    let worst = parts.iter().max_by_key(|part| match part.delivery {
        Delivery::Sent { .. } => 0,
        Delivery::Sending { .. } => 1,
        Delivery::Pending => 2,
        Delivery::Dropped { .. } => 3,
        Delivery::Unknown { .. } => 4,
        Delivery::Failed { .. } => 5,
    });
    json!({
        "id": id,
        "status": worst.map(|part| part.delivery.name()),
        "parts": parts.iter().map(reply_entry).collect::<Vec<_>>(),
    })
}
