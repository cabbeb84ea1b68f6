//! The one POST that sends a reply.

use std::time::Duration;

use agent_client::AccessError;
use conversation::{OutboundReply, UploadState};
use platform::{Retry, Unfinished};
use sparkcentral::Reply;
use sparkcentral_client::SendError;

use crate::send_reply::{MAX_ATTEMPTS, Sending};

/// What one POST came to.
pub(crate) enum Posted {
    Accepted,
    /// 404.
    NotAssigned,
    /// Not accepted; worth another try.
    NotSent(Retry),
    /// May have arrived.
    Unknown,
    /// Refused for good.
    Refused(String),
    /// Refused, perhaps because of its file: worth another try without it.
    RefusedWithFile(String),
}

impl Sending<'_> {
    /// POSTs what a reply says.
    pub(crate) async fn post(
        &self,
        reply: &OutboundReply,
        said: &Reply,
        record: &mut Unfinished,
    ) -> Posted {
        let error = match self.client().await {
            Ok(client) => {
                let id = &self.work.message.conversation_id;
                match client.post_reply(id, said).await {
                    Ok(()) => return Posted::Accepted,
                    Err(error) => error,
                }
            }
            Err(AccessError::Token(error)) => error.into(),
            Err(error @ (AccessError::Config(_) | AccessError::TooSlow)) => {
                tracing::error!(agent = self.agent.name, %error, "there is no client to send with");
                record.reason = Some(error.to_string());
                return not_sent(reply, error.to_string(), None);
            }
        };
        tracing::warn!(agent = self.agent.name, attempt = reply.attempts, %error, "reply not accepted");
        record.reason = Some(error.to_string());
        match &error {
            SendError::NotAssigned => Posted::NotAssigned,
            // Surely not sent.
            SendError::Unauthorized { .. } => {
                self.refresh_secrets().await;
                not_sent(reply, error.to_string(), None)
            }
            SendError::Malformed { problem } if has_uploaded(reply) => {
                Posted::RefusedWithFile(problem.clone())
            }
            error if error.may_have_arrived() => Posted::Unknown,
            error if error.is_retryable() => {
                not_sent(reply, error.to_string(), error.retry_after())
            }
            error => Posted::Refused(error.to_string()),
        }
    }
}

fn has_uploaded(reply: &OutboundReply) -> bool {
    let file = reply.upload.as_ref();
    file.is_some_and(|file| file.state == UploadState::Done)
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
