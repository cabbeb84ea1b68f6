//! A platform that takes turns by webhook and always answers later, through conversation-api.
//!
//! What is sent is what the `http` bot gets: the turn as JSON, signed where the agent's secret holds
//! `bot_signing_key`, with `authorization: Bearer …` where it holds `bot_token`. One of the two there
//! must be.
//!
//! Any 2xx means that the platform has the turn, whatever stands in the body; 408, 425, 429, 5xx and
//! silence bring the turn again, with the same `webhook-id`. Everything else is final.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use conversation::{BotAnswer, BotSecrets, Turn, WebhookSettings};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::call::{Caller, refusal};
use crate::sign::{SignedTurn, Signer};
use crate::{Bot, BotError, BuildError};

/// A platform that takes turns and answers later.
pub struct WebhookBot {
    url: Url,
    caller: Caller,
    signer: Option<Signer>,
    token: Option<SecretString>,
    history: usize,
}

impl WebhookBot {
    /// A bot that is told of turns as the settings say.
    ///
    /// # Errors
    /// A key or URL that can't work, or neither key nor token: see [`BuildError`].
    pub fn new(settings: &WebhookSettings, secrets: &BotSecrets) -> Result<Self, BuildError> {
        let allow_private = settings.allow_private_addresses;
        if let Some(problem) = egress::url_problem(&settings.url, allow_private) {
            return Err(BuildError::Url { problem });
        }
        if secrets.signing_key.is_none() && secrets.token.is_none() {
            return Err(BuildError::SecretMissing {
                kind: "webhook",
                name: "bot_signing_key or bot_token",
            });
        }
        Ok(Self {
            url: settings.url.clone(),
            caller: Caller::new(settings.timeout_ms, allow_private),
            signer: secrets.signing_key.as_ref().map(Signer::new).transpose()?,
            token: secrets.token.clone(),
            history: settings.history_messages,
        })
    }
}

#[async_trait]
impl Bot for WebhookBot {
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError> {
        let signed = SignedTurn::new(turn, self.signer.as_ref(), SystemTime::now())?;
        let put = |request| {
            let request = signed.put(request);
            match &self.token {
                Some(token) => request.bearer_auth(token.expose_secret().trim()),
                None => request,
            }
        };
        let answered = self.caller.post_only(&self.url, within, put).await?;
        if answered.is_success() {
            Ok(BotAnswer::Later)
        } else {
            Err(refusal(answered))
        }
    }

    fn history(&self) -> usize {
        self.history
    }
}

// The path and query of a URL can hold a token.
impl fmt::Debug for WebhookBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookBot")
            .field("host", &self.url.host_str())
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
