//! One reply: claim it, POST it once, record what became of it.
//!
//! Sparkcentral's API has no idempotency key, so a POST is begun only under a lease and never
//! repeated while it may have arrived, unless the agent's settings ask for that.

use std::time::Duration;

use conversation::{
    Claim, Conversation, Delivery, DropReason, OutboundReply, QueueMessage, UnknownDelivery,
    Work as Queued, lease_until,
};
use platform::{
    Agent, Attempts, Causes, Commit, CommitError, Failed, Platform, Retry, SavedReply, StoreError,
    Unfinished, Work,
};
use sparkcentral::Reply;
use sparkcentral_client::SendError;
use time::OffsetDateTime;

use crate::clients::{Clients, REQUEST_TIMEOUT};
use crate::consequence::Consequence;

/// POSTs of one reply before a retryable failure counts as final: about two minutes. Counted with the
/// reply, because the queue counts a message's waiting behind a failed one as deliveries too.
const MAX_ATTEMPTS: u32 = 8;
/// A POST is begun only with this much of the invocation left: it must be able to end.
const NEEDED: Duration = REQUEST_TIMEOUT
    .saturating_mul(4)
    .saturating_add(Duration::from_secs(5));

/// What sending needs.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) clients: Clients,
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
        return Err(Failed {
            outcome: "out_of_time",
            retry: Retry {
                after: Duration::ZERO,
            },
        });
    }
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
    };
    sending.go(saved, &conversation, record).await
}

/// One reply under one message.
struct Sending<'a> {
    deps: &'a Deps,
    agent: &'a Agent,
    work: &'a Work,
    now: OffsetDateTime,
    remaining: Duration,
}

/// What one POST came to.
enum Posted {
    Accepted,
    /// 404.
    NotAssigned,
    /// Not accepted; worth another try.
    NotSent(Retry),
    /// May have arrived.
    Unknown,
    /// Refused for good.
    Refused(String),
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
                self.save(&saved, Delivery::Dropped { at: now, reason })
                    .await?;
                return Ok("dropped");
            }
            Claim::Uncertain if self.may_resend(&saved.reply.reply) => {}
            Claim::Uncertain => {
                self.save(&saved, Delivery::Unknown { at: now }).await?;
                return Ok("unknown");
            }
            Claim::Done => {
                // Its sender may have died between the reply's record and the conversation's.
                self.settle(&saved.reply).await?;
                return Ok("duplicate");
            }
        }
        let sending = Delivery::Sending {
            lease_until: lease_until(now, self.remaining),
        };
        let claimed = self.save(&saved, sending).await?;
        let posted = self.post(&claimed.reply, record).await;
        let at = OffsetDateTime::now_utc();
        let (delivery, outcome) = match posted {
            Posted::Accepted => (Delivery::Sent { at }, "sent"),
            Posted::NotAssigned => (
                Delivery::Dropped {
                    at,
                    reason: DropReason::NotAssigned,
                },
                "not_assigned",
            ),
            Posted::Refused(problem) => (Delivery::Failed { at, problem }, "failed"),
            Posted::Unknown if self.may_resend(&saved.reply.reply) => {
                self.save(&claimed, Delivery::Pending).await?;
                return Err(self.retry("unknown_resending"));
            }
            Posted::Unknown => (Delivery::Unknown { at }, "unknown"),
            Posted::NotSent(retry) => {
                self.save(&claimed, Delivery::Pending).await?;
                return Err(Failed {
                    outcome: "not_sent_retrying",
                    retry,
                });
            }
        };
        let done = self.save(&claimed, delivery).await?;
        self.settle(&done.reply).await?;
        Ok(outcome)
    }

    fn retry(&self, outcome: &'static str) -> Failed {
        Failed {
            outcome,
            retry: Retry::backed_off(self.work.received),
        }
    }

    fn unavailable(&self, error: &StoreError) -> Failed {
        Failed::because("store_unavailable", self.work, error)
    }

    /// Whether a reply that may have arrived may be sent again. One without a message can't be read
    /// twice: topics and attributes applied again are the same, and a second `complete` finds 404.
    fn may_resend(&self, reply: &Reply) -> bool {
        self.agent.settings.unknown_delivery == UnknownDelivery::Resend
            || (reply.messages().next().is_none() && reply.apply_conversation_notes.is_empty())
    }

    async fn save(&self, read: &SavedReply, delivery: Delivery) -> Result<SavedReply, Failed> {
        let (name, id) = (&self.work.message.agent, &self.work.message.conversation_id);
        let mut reply = read.reply.clone();
        reply.attempts += u32::from(matches!(delivery, Delivery::Sending { .. }));
        reply.delivery = delivery;
        let saved = self
            .deps
            .platform
            .store
            .save_reply(name, id, read, reply)
            .await
            .map_err(|error| self.unavailable(&error))?;
        // Another delivery of the same message was first: this one looks again later.
        saved.ok_or_else(|| self.retry("taken"))
    }

    async fn post(&self, reply: &OutboundReply, record: &mut Unfinished) -> Posted {
        let error = match self.deps.clients.get(self.agent) {
            Ok(client) => {
                let id = &self.work.message.conversation_id;
                match client.post_reply(id, &reply.reply).await {
                    Ok(()) => return Posted::Accepted,
                    Err(error) => error,
                }
            }
            Err(error) => {
                tracing::error!(agent = self.agent.name, %error, "the agent's settings can't be used");
                record.reason = Some(error.to_string());
                return not_sent(reply, error.to_string(), None);
            }
        };
        tracing::warn!(agent = self.agent.name, attempt = reply.attempts, %error, "reply not accepted");
        record.reason = Some(error.to_string());
        match &error {
            SendError::NotAssigned => Posted::NotAssigned,
            // Surely not sent. The credentials may be in the middle of a rotation: the next attempt
            // shall find them as they are then.
            SendError::Unauthorized { .. } => {
                let agents = &self.deps.platform.agents;
                if let Err(error) = agents.refreshed_secrets(&self.agent.name).await {
                    tracing::warn!(error = %Causes(&error), "the agent's secret can't be read again");
                }
                not_sent(reply, error.to_string(), None)
            }
            error if error.may_have_arrived() => Posted::Unknown,
            error if error.is_retryable() => {
                not_sent(reply, error.to_string(), error.retry_after())
            }
            error => Posted::Refused(error.to_string()),
        }
    }

    /// Carries a reply's end over to its conversation. Safe to do again.
    async fn settle(&self, reply: &OutboundReply) -> Result<(), Failed> {
        let Some(consequence) = Consequence::of(reply) else {
            return Ok(());
        };
        let store = &self.deps.platform.store;
        let (name, id) = (&self.work.message.agent, &self.work.message.conversation_id);
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let read = store.conversation(name, id, self.now).await;
            let Some(read) = read.map_err(|error| self.unavailable(&error))? else {
                return Ok(());
            };
            let mut conversation = read.clone();
            if reply.episode == read.episode {
                consequence.apply(&mut conversation, reply, OffsetDateTime::now_utc());
            }
            if conversation != read {
                let committed = store
                    .commit(Commit {
                        conversation: &conversation,
                        read: Some(&read),
                        event: None,
                        replies: &[],
                        expires_at: self.agent.settings.expires_at(self.now),
                        now: self.now,
                    })
                    .await;
                match committed {
                    Ok(_) => {}
                    Err(CommitError::Store(error)) => return Err(self.unavailable(&error)),
                    Err(_) => continue,
                }
            }
            return self.queue_handover(reply, &conversation).await;
        }
        Err(self.retry("contended"))
    }

    /// Queues the handover that a failed reply asks for.
    async fn queue_handover(
        &self,
        reply: &OutboundReply,
        conversation: &Conversation,
    ) -> Result<(), Failed> {
        let asked = conversation
            .handover
            .as_ref()
            .filter(|asked| asked.id == reply.id);
        let Some(handover) = asked else {
            return Ok(());
        };
        let work = Queued::Handover {
            handover_id: handover.id.clone(),
        };
        let message = QueueMessage::new(&conversation.agent, &conversation.id, work);
        self.deps
            .platform
            .queues
            .send(&message)
            .await
            .map_err(|error| Failed::because("queue_unavailable", self.work, &error))
    }
}

/// A reply that surely was not sent: tried again, later each time, or given up.
fn not_sent(reply: &OutboundReply, problem: String, after: Option<Duration>) -> Posted {
    if reply.attempts >= MAX_ATTEMPTS {
        return Posted::Refused(problem);
    }
    let retry = Retry::backed_off(reply.attempts);
    let longest = Duration::from_secs(60);
    Posted::NotSent(Retry {
        after: after.unwrap_or_default().clamp(retry.after, longest),
    })
}
