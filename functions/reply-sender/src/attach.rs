//! Uploading a reply's file before the reply is sent.

use std::time::Duration;

use conversation::{MessageSettings, Upload};
use platform::Causes;
use sparkcentral::{MediumId, carries};
use sparkcentral_client::{Client, SendError};

use crate::fetch::Files;

/// What an attempt to upload came to.
#[derive(Debug)]
pub(crate) enum Attached {
    /// Sparkcentral has the file.
    Uploaded,
    /// It can't be sent. Holds why.
    LeftOut(String),
    /// The file could not be fetched this time.
    NotFetched(String),
    /// Sparkcentral did not take it this time.
    NotUploaded {
        problem: String,
        /// What Sparkcentral asks to wait.
        after: Option<Duration>,
    },
    /// The agent's credentials are refused.
    Unauthorized(String),
    /// The conversation is not the bot's any more.
    NotAssigned,
}

/// What uploading needs.
pub(crate) struct Attaching<'a> {
    pub(crate) files: &'a Files,
    pub(crate) client: &'a Client,
    pub(crate) conversation_id: &'a str,
    pub(crate) medium: Option<&'a MediumId>,
    pub(crate) messages: &'a MessageSettings,
    /// An earlier attempt may have uploaded it without anybody noting that.
    pub(crate) again: bool,
}

impl Attaching<'_> {
    /// Fetches and uploads. Safe to repeat: the name is the same each time.
    pub(crate) async fn attach(&self, upload: &Upload) -> Attached {
        let allow_private = self.messages.allow_private_addresses;
        let fetched = self
            .files
            .fetch(&upload.file, &upload.name, allow_private)
            .await;
        let file = match fetched {
            Ok(file) => file,
            Err(error) if error.is_retryable() => {
                return Attached::NotFetched(Causes(&error).to_string());
            }
            Err(error) => return Attached::LeftOut(Causes(&error).to_string()),
        };
        let medium = self.medium.cloned().unwrap_or_default();
        let bytes = Some(file.content.len());
        if let Err(problem) = carries(&medium, Some(&file.content_type), bytes) {
            return Attached::LeftOut(problem.to_string());
        }
        let uploaded = self
            .client
            .upload_attachment(
                self.conversation_id,
                &upload.name,
                &file.content_type,
                file.content,
            )
            .await;
        match uploaded {
            Ok(()) => Attached::Uploaded,
            Err(error) => judge(&error, self.again),
        }
    }
}

/// What a failed upload means. `again`: an earlier attempt may have uploaded the file without anybody
/// noting that.
pub(crate) fn judge(error: &SendError, again: bool) -> Attached {
    let problem = error.to_string();
    match error {
        SendError::NotAssigned => Attached::NotAssigned,
        SendError::Unauthorized { .. } => Attached::Unauthorized(problem),
        // The name is this file's alone: what is there already is this file.
        SendError::UnexpectedStatus { status: 409 } => Attached::Uploaded,
        // Possibly a name that is taken. If it is something else, the reply is refused in turn, and
        // said without its file.
        SendError::Malformed { .. } if again => Attached::Uploaded,
        error if error.is_retryable() || error.may_have_arrived() => Attached::NotUploaded {
            problem,
            after: error.retry_after(),
        },
        _ => Attached::LeftOut(problem),
    }
}

#[cfg(test)]
mod tests;
