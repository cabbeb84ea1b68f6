//! One authenticated request, and what acts on it share.

use std::sync::atomic::{AtomicBool, Ordering};

use conversation::{Channel, Conversation, Permission, QueueMessage, Work};
use lambda_http::http::StatusCode;
use platform::Platform;
use serde_json::Value;
use time::OffsetDateTime;

use crate::authorize::{Caller, permit};
use crate::problem::Problem;

/// One authenticated request.
pub(crate) struct Call<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) caller: Caller,
    /// Empty where it is not about one.
    pub(crate) conversation_id: String,
    pub(crate) now: OffsetDateTime,
    /// Whether the agent was seen to have that conversation.
    known: AtomicBool,
}

/// A success: status and body.
pub(crate) type Success = (StatusCode, Value);

impl<'a> Call<'a> {
    pub(crate) fn new(
        platform: &'a Platform,
        caller: Caller,
        conversation_id: &str,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            platform,
            caller,
            conversation_id: conversation_id.to_owned(),
            now,
            known: AtomicBool::new(false),
        }
    }

    /// Whether the id is one of the agent's conversations; until it was read, who knows what the id says.
    pub(crate) fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    /// What was read of the conversation, if there is one.
    pub(crate) fn found<T>(&self, read: Option<T>) -> Result<T, Problem> {
        let found = read.ok_or_else(Problem::unknown_conversation)?;
        self.known.store(true, Ordering::Relaxed);
        Ok(found)
    }

    /// Queues work on the conversation.
    pub(crate) async fn queue(&self, work: Work) -> Result<(), Problem> {
        let message = QueueMessage::new(&self.caller.agent, &self.conversation_id, work);
        let queued = self.platform.queues.send(&message).await;
        queued.map_err(|error| Problem::unavailable(&error))
    }

    /// The conversation the request is about.
    pub(crate) async fn conversation(&self) -> Result<Conversation, Problem> {
        let agent = &self.caller.agent;
        let read = self
            .platform
            .store
            .conversation(agent, &self.conversation_id, self.now)
            .await;
        self.found(read.map_err(|error| Problem::unavailable(&error))?)
    }

    /// The registry's entry of a channel.
    pub(crate) async fn channel(&self, id: &str) -> Result<Option<Channel>, Problem> {
        let agent = &self.caller.agent;
        let read = self.platform.store.channel(agent, id).await;
        read.map(|saved| saved.map(|saved| saved.channel))
            .map_err(|error| Problem::unavailable(&error))
    }

    /// Refuses what the token may not do in a conversation's channel. Its roles are read from the
    /// registry each time, and only for tokens that need them: what is revoked is gone at once.
    pub(crate) async fn require(
        &self,
        permission: Permission,
        conversation: &Conversation,
    ) -> Result<(), Problem> {
        let id = conversation.channel_id();
        let channel = match id {
            Some(id) if self.caller.token.is_personal() => self.channel(id).await?,
            _ => None,
        };
        let access = channel.as_ref().map(|channel| &channel.access);
        permit(&self.caller.token, permission, id, access)
    }
}

/// A JSON body; an empty one is `{}`.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    // serde's message names the field; values it quotes are the caller's own, and only told to it.
    serde_json::from_slice(body).map_err(|error| Problem::invalid(vec![error.to_string()]))
}
