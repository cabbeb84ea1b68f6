//! One reply: claim it, POST it once, record what became of it.
//!
//! Sparkcentral's API has no idempotency key, so a POST is begun only under a lease and never
//! repeated while it may have arrived, unless the agent's settings ask for that. A file is uploaded
//! before, without a lease: nobody reads an upload twice.

use std::time::Duration;

use agent_client::{AccessError, AgentClients};
use conversation::{
    Claim, Conversation, Delivery, OutboundReply, UnknownDelivery, UploadState, Work as Queued,
    lease_until,
};
use platform::{Agent, Causes, Failed, Platform, Retry, SavedReply, StoreError, Unfinished, Work};
use sparkcentral::Reply;
use sparkcentral_client::Client;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::fetch::Files;
use crate::post::Posted;
use crate::upload_first::Uploading;

/// Attempts at one reply before a retryable failure counts as final: about two minutes. Counted with the
/// reply, because the queue counts a message's waiting behind a failed one as deliveries too.
pub(crate) const MAX_ATTEMPTS: u32 = 8;
/// For one HTTP request, as the client has it, and for making sure of a token. A reply takes up to four of
/// them: token, reply, and both again after a 401.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A POST is begun only with this much of the invocation left: it must be able to end.
pub(crate) const NEEDED: Duration = REQUEST_TIMEOUT
    .saturating_mul(4)
    .saturating_add(Duration::from_secs(5));

/// What sending needs.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) clients: AgentClients,
    pub(crate) files: Files,
    /// One for each file in memory at once.
    pub(crate) file_slots: Semaphore,
}

/// Sends one reply.
pub(crate) async fn send_reply(
    deps: &Deps,
    work: &Work,
    now: OffsetDateTime,
    remaining: Duration,
    record: &mut Unfinished,
) -> Result<&'static str, Failed> {
    let Queued::Reply { reply_id } = &work.message.work else {
        return Err(Failed::misrouted(work));
    };
    record.id = Some(reply_id.clone());
    if remaining < NEEDED {
        return Err(at_once("out_of_time"));
    }
    let ends = Instant::now() + remaining;
    let (name, id) = (&work.message.agent, &work.message.conversation_id);
    let agent = deps.platform.agent_of(work, record).await?;
    let store = &deps.platform.store;
    let (saved, conversation) = tokio::join!(
        store.reply(name, id, reply_id),
        store.conversation(name, id, now)
    );
    let unavailable = |error| Failed::because("store_unavailable", work, &error);
    let (Some(saved), Some(conversation)) = (
        saved.map_err(unavailable)?,
        conversation.map_err(unavailable)?,
    ) else {
        return Ok("expired");
    };
    let sending = Sending {
        deps,
        agent: &agent,
        work,
        now,
        remaining,
        ends,
    };
    sending.go(saved, &conversation, record).await
}

/// One reply under one message.
pub(crate) struct Sending<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) agent: &'a Agent,
    pub(crate) work: &'a Work,
    pub(crate) now: OffsetDateTime,
    /// What was left of the invocation at first.
    remaining: Duration,
    /// When the invocation ends.
    pub(crate) ends: Instant,
}

impl Sending<'_> {
    async fn go(
        &self,
        saved: SavedReply,
        conversation: &Conversation,
        record: &mut Unfinished,
    ) -> Result<&'static str, Failed> {
        let now = self.now;
        match saved.reply.claim(conversation, now) {
            Claim::Send => {}
            Claim::Busy => return Err(self.retry("busy")),
            Claim::Drop(reason) => {
                record.reason = Some(format!("{reason:?}"));
                let dropped = Delivery::Dropped { at: now, reason };
                self.deliver(&saved, dropped).await?;
                return Ok("dropped");
            }
            Claim::Uncertain if self.may_resend(&saved.reply.reply) => {}
            Claim::Uncertain | Claim::Outdated => {
                self.deliver(&saved, Delivery::Unknown { at: now }).await?;
                return Ok("unknown");
            }
            Claim::Done => {
                // Its sender may have died between the reply's record and the conversation's.
                self.settle(&saved.reply).await?;
                return Ok("duplicate");
            }
        }
        let saved = match self.upload_first(saved, conversation, record).await? {
            Uploading::Over(saved) => *saved,
            Uploading::Ended(outcome) => return Ok(outcome),
        };
        let Some(said) = saved.reply.said().map(std::borrow::Cow::into_owned) else {
            let file = saved.reply.upload.as_ref();
            let problem = file.and_then(|file| file.problem()).unwrap_or_default();
            return self.end(&saved, failed(problem), "failed").await;
        };
        let lease_until = lease_until(now, self.remaining);
        let claimed = self
            .deliver(&saved, Delivery::Sending { lease_until })
            .await?;
        let posted = self.post(&claimed.reply, &said, record).await;
        let at = OffsetDateTime::now_utc();
        let (delivery, outcome) = match posted {
            Posted::Accepted => {
                record.done_since(claimed.reply.created_at, at);
                (Delivery::Sent { at }, "sent")
            }
            Posted::NotAssigned => return self.not_assigned(&claimed).await,
            Posted::Refused(problem) => (Delivery::Failed { at, problem }, "failed"),
            Posted::RefusedWithFile(problem) => {
                self.save(&claimed, |reply| {
                    leave_out(reply, problem);
                    reply.delivery = Delivery::Pending;
                })
                .await?;
                return Err(at_once("refused_with_file_retrying"));
            }
            Posted::Unknown if self.may_resend(&saved.reply.reply) => {
                self.deliver(&claimed, Delivery::Pending).await?;
                return Err(self.retry("unknown_resending"));
            }
            Posted::Unknown => (Delivery::Unknown { at }, "unknown"),
            Posted::NotSent(retry) => {
                self.deliver(&claimed, Delivery::Pending).await?;
                return Err(Failed {
                    outcome: "not_sent_retrying",
                    retry,
                });
            }
        };
        self.end(&claimed, delivery, outcome).await
    }

    /// Records how a reply ended, and what that means for its conversation.
    pub(crate) async fn end(
        &self,
        saved: &SavedReply,
        delivery: Delivery,
        outcome: &'static str,
    ) -> Result<&'static str, Failed> {
        let done = self.deliver(saved, delivery).await?;
        self.settle(&done.reply).await?;
        Ok(outcome)
    }

    /// Records a 404: see [`OutboundReply::not_assigned`].
    pub(crate) async fn not_assigned(&self, saved: &SavedReply) -> Result<&'static str, Failed> {
        let at = OffsetDateTime::now_utc();
        let saved = self.save(saved, |reply| reply.not_assigned(at)).await?;
        if !saved.reply.delivery.is_final() {
            return Err(Failed {
                outcome: "not_assigned_retrying",
                retry: Retry::backed_off(1),
            });
        }
        self.settle(&saved.reply).await?;
        Ok("not_assigned")
    }

    pub(crate) fn retry(&self, outcome: &'static str) -> Failed {
        Failed {
            outcome,
            retry: Retry::backed_off(self.work.received),
        }
    }

    pub(crate) fn unavailable(&self, error: &StoreError) -> Failed {
        Failed::because("store_unavailable", self.work, error)
    }

    /// Whether a reply that may have arrived may be sent again. One without a message can't be read
    /// twice: topics and attributes applied again are the same, and a second `complete` finds 404.
    fn may_resend(&self, reply: &Reply) -> bool {
        self.agent.settings.unknown_delivery == UnknownDelivery::Resend
            || (reply.messages().next().is_none() && reply.apply_conversation_notes.is_empty())
    }

    async fn deliver(&self, read: &SavedReply, delivery: Delivery) -> Result<SavedReply, Failed> {
        self.save(read, |reply| {
            reply.attempts += u32::from(matches!(delivery, Delivery::Sending { .. }));
            reply.delivery = delivery;
        })
        .await
    }

    pub(crate) async fn save(
        &self,
        read: &SavedReply,
        change: impl FnOnce(&mut OutboundReply),
    ) -> Result<SavedReply, Failed> {
        let (name, id) = (&self.work.message.agent, &self.work.message.conversation_id);
        let mut reply = read.reply.clone();
        change(&mut reply);
        let store = &self.deps.platform.store;
        let saved = store.save_reply(name, id, read, reply).await;
        // Another delivery of the same message was first: this one looks again later.
        saved
            .map_err(|error| self.unavailable(&error))?
            .ok_or_else(|| self.retry("taken"))
    }

    /// The agent's client, with a token.
    pub(crate) async fn client(&self) -> Result<Client, AccessError> {
        let (clients, agents) = (&self.deps.clients, &self.deps.platform.agents);
        clients
            .authorized(agents, self.agent, REQUEST_TIMEOUT)
            .await
    }

    /// The credentials may be in the middle of a rotation: the next attempt shall find them as they
    /// are then.
    pub(crate) async fn refresh_secrets(&self) {
        let agents = &self.deps.platform.agents;
        if let Err(error) = agents.refreshed_secrets(&self.agent.name).await {
            tracing::warn!(error = %Causes(&error), "the agent's secret can't be read again");
        }
    }
}

/// From now on the reply is said without its file.
pub(crate) fn leave_out(reply: &mut OutboundReply, problem: String) {
    if let Some(file) = &mut reply.upload {
        file.state = UploadState::LeftOut { problem };
    }
}

fn failed(problem: &str) -> Delivery {
    Delivery::Failed {
        at: OffsetDateTime::now_utc(),
        problem: problem.to_owned(),
    }
}

/// Put back, to be taken up again without a pause.
pub(crate) fn at_once(outcome: &'static str) -> Failed {
    Failed {
        outcome,
        retry: Retry {
            after: Duration::ZERO,
        },
    }
}
