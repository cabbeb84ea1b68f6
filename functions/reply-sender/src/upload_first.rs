//! The file of a reply, before the reply itself.

use std::time::Duration;

use agent_client::AccessError;
use conversation::{Conversation, OutboundReply, Upload, UploadState};
use platform::{Failed, Retry, SavedReply, Unfinished};
use tokio::time::{Instant, timeout_at};

use crate::attach::{Attached, Attaching, judge};
use crate::send_reply::{MAX_ATTEMPTS, NEEDED, Sending, at_once, leave_out};

/// Attempts to fetch a file before the reply is said without it: a text must not wait long for a
/// picture, and with it all that follows.
const MAX_FETCHES: u32 = 3;
/// Kept back of the invocation, to record what came of an upload.
const RESERVE: Duration = Duration::from_secs(5);

/// What the file's part came to.
pub(crate) enum Uploading {
    /// The reply can go: with its file, without it, or it never had one.
    Over(Box<SavedReply>),
    /// There is nothing more to do for the reply.
    Ended(&'static str),
}

/// What an attempt that did not end in an upload leads to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Retry(Duration),
    LeaveOut(String),
}

impl Sending<'_> {
    /// Uploads the reply's file where that is still to be done.
    pub(crate) async fn upload_first(
        &self,
        saved: SavedReply,
        conversation: &Conversation,
        record: &mut Unfinished,
    ) -> Result<Uploading, Failed> {
        let waiting = saved.reply.upload.as_ref();
        let Some(upload) = waiting.filter(|upload| upload.state == UploadState::Waiting) else {
            return Ok(Uploading::Over(Box::new(saved)));
        };
        let attached = self.attach(upload, &saved.reply, conversation).await?;
        let saved = match attached {
            Attached::Uploaded => {
                let done = |reply: &mut OutboundReply| {
                    if let Some(upload) = &mut reply.upload {
                        upload.state = UploadState::Done;
                    }
                };
                self.save(&saved, done).await?
            }
            Attached::NotAssigned => {
                let outcome = self.not_assigned(&saved).await?;
                return Ok(Uploading::Ended(outcome));
            }
            other => {
                if matches!(other, Attached::Unauthorized(_)) {
                    self.refresh_secrets().await;
                }
                let attempts = saved.reply.attempts + 1;
                match step(other, attempts) {
                    Step::Retry(after) => {
                        self.save(&saved, |reply| reply.attempts = attempts).await?;
                        return Err(Failed {
                            outcome: "file_not_uploaded_retrying",
                            retry: Retry { after },
                        });
                    }
                    Step::LeaveOut(problem) => {
                        let agent = &self.agent.name;
                        tracing::warn!(agent, problem, "a reply is said without its file");
                        record.reason = Some(problem.clone());
                        self.save(&saved, |reply| leave_out(reply, problem)).await?
                    }
                }
            }
        };
        if self.ends.duration_since(Instant::now()) < NEEDED {
            return Err(at_once("out_of_time"));
        }
        Ok(Uploading::Over(Box::new(saved)))
    }

    async fn attach(
        &self,
        upload: &Upload,
        reply: &OutboundReply,
        conversation: &Conversation,
    ) -> Result<Attached, Failed> {
        let client = match self.client().await {
            Ok(client) => client,
            Err(error) => return Ok(without_client(error)),
        };
        let attaching = Attaching {
            files: &self.deps.files,
            client: &client,
            conversation_id: &self.work.message.conversation_id,
            medium: conversation.medium(),
            messages: &self.agent.settings.messages,
            again: self.work.received > 1 || reply.attempts > 0,
        };
        // Others' files are in the way: there may be more time in the next invocation.
        let slot = timeout_at(self.ends - NEEDED, self.deps.file_slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else {
            return Err(self.retry("no_room_for_file"));
        };
        let attached = timeout_at(self.ends - RESERVE, attaching.attach(upload)).await;
        Ok(attached.unwrap_or_else(|_elapsed| Attached::NotUploaded {
            problem: "the invocation's time was over".to_owned(),
            after: None,
        }))
    }
}

/// Nothing was uploaded; a token may be had the next time.
fn without_client(error: AccessError) -> Attached {
    let problem = error.to_string();
    match error {
        AccessError::Token(error) => judge(&error.into(), false),
        AccessError::Config(_) | AccessError::TooSlow => Attached::NotUploaded {
            problem,
            after: None,
        },
    }
}

/// What follows from an attempt that did not end in an upload, the `attempts`th one.
fn step(attached: Attached, attempts: u32) -> Step {
    let (problem, most, after) = match attached {
        Attached::Uploaded | Attached::NotAssigned => (String::new(), 0, None),
        Attached::LeftOut(problem) => (problem, 0, None),
        Attached::NotFetched(problem) => (problem, MAX_FETCHES, None),
        Attached::NotUploaded { problem, after } => (problem, MAX_ATTEMPTS, after),
        Attached::Unauthorized(problem) => (problem, MAX_ATTEMPTS, None),
    };
    if attempts >= most {
        return Step::LeaveOut(problem);
    }
    let backed_off = Retry::backed_off(attempts).after;
    let longest = Duration::from_secs(60);
    Step::Retry(after.unwrap_or_default().clamp(backed_off, longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_is_tried_three_times_and_an_upload_eight_times() {
        let not_fetched = || Attached::NotFetched("slow".into());
        let not_uploaded = |after| Attached::NotUploaded {
            problem: "503".into(),
            after,
        };
        let retry = |secs| Step::Retry(Duration::from_secs(secs));
        assert_eq!(step(not_fetched(), 1), retry(1));
        assert_eq!(step(not_fetched(), 2), retry(2));
        assert_eq!(step(not_fetched(), 3), Step::LeaveOut("slow".into()));
        assert_eq!(step(not_uploaded(None), 3), retry(4));
        let asked = Some(Duration::from_secs(30));
        assert_eq!(step(not_uploaded(asked), 1), retry(30));
        let long = Some(Duration::from_secs(3_600));
        assert_eq!(step(not_uploaded(long), 7), retry(60));
        assert_eq!(step(not_uploaded(None), 8), Step::LeaveOut("503".into()));
    }

    #[test]
    fn what_is_final_is_left_out_at_once() {
        let gone = Attached::LeftOut("404".into());
        assert_eq!(step(gone, 1), Step::LeaveOut("404".into()));
    }
}
