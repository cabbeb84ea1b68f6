//! One authenticated request about one conversation, and what acts on it share.

use conversation::{Conversation, QueueMessage, Work};
use lambda_http::http::StatusCode;
use platform::Platform;
use serde_json::Value;
use time::OffsetDateTime;

use crate::authorize::Caller;
use crate::problem::Problem;

/// One authenticated request about one conversation.
pub(crate) struct Call<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) caller: Caller,
    pub(crate) conversation_id: String,
    pub(crate) now: OffsetDateTime,
}

/// A success: status and body.
pub(crate) type Success = (StatusCode, Value);

impl Call<'_> {
    /// Queues work on the conversation.
    pub(crate) async fn queue(&self, work: Work) -> Result<(), Problem> {
        let message = QueueMessage::new(&self.caller.agent.name, &self.conversation_id, work);
        let queued = self.platform.queues.send(&message).await;
        queued.map_err(|error| Problem::unavailable(&error))
    }

    /// The conversation the request is about.
    pub(crate) async fn conversation(&self) -> Result<Conversation, Problem> {
        let agent = &self.caller.agent.name;
        let read = self
            .platform
            .store
            .conversation(agent, &self.conversation_id, self.now)
            .await;
        read.map_err(|error| Problem::unavailable(&error))?
            .ok_or_else(Problem::unknown_conversation)
    }
}

/// A JSON body; an empty one is `{}`.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    // serde's message names the field; values it quotes are the caller's own, and only told to it.
    serde_json::from_slice(body).map_err(|error| Problem::invalid(vec![error.to_string()]))
}
