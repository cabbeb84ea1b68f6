//! A bot of one's own behind a URL.
//!
//! # What is sent
//! `POST` with the turn as JSON (`content-type: application/json`) and, by the Standard Webhooks
//! scheme, `webhook-id` (the turn's id: the same on every retry), `webhook-timestamp` (seconds since
//! 1970) and `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`).
//!
//! # What is expected
//! | status | meaning |
//! |---|---|
//! | 200 | `{"actions": […], "session": …}`: the answer, at most [`MAX_RESPONSE_BYTES`](crate::MAX_RESPONSE_BYTES) |
//! | 202 | the bot answers later, through conversation-api |
//! | 204 | nothing to say |
//! | 408, 425, 429, 5xx | [`BotError::Unavailable`]: asked again |
//! | other 4xx | [`BotError::Refused`]: final |
//! | 3xx | [`BotError::Misconfigured`]: redirects are never followed |
//! | anything else, or another body | [`BotError::InvalidAnswer`] |
//!
//! # Where it may lead
//! Only where [`egress`] leads: public addresses unless the settings say otherwise, no redirects.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use conversation::{Answer, BotAnswer, BotSecrets, HttpSettings, Turn};
use reqwest::StatusCode;
use url::Url;

use crate::call::{Caller, refusal};
use crate::sign::{SignedTurn, Signer};
use crate::{Bot, BotError, BuildError, contract};

/// A bot behind a URL: the module's tables in `docs/write-your-own-bot.md` are the contract.
pub struct HttpBot {
    url: Url,
    caller: Caller,
    signer: Signer,
    history: usize,
}

impl HttpBot {
    /// A bot that is asked as the settings say, with requests signed by
    /// [`BotSecrets::signing_key`].
    ///
    /// # Errors
    /// A key or URL that is missing or can't work: see [`BuildError`].
    pub fn new(settings: &HttpSettings, secrets: &BotSecrets) -> Result<Self, BuildError> {
        let allow_private = settings.allow_private_addresses;
        if let Some(problem) = egress::url_problem(&settings.url, allow_private) {
            return Err(BuildError::Url { problem });
        }
        let key = secrets.signing_key.as_ref();
        let key = key.ok_or(BuildError::SigningKeyMissing)?;
        Ok(Self {
            url: settings.url.clone(),
            caller: Caller::new(settings.timeout_ms, allow_private),
            signer: Signer::new(key)?,
            history: settings.history_messages,
        })
    }
}

#[async_trait]
impl Bot for HttpBot {
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError> {
        let signed = SignedTurn::new(turn, Some(&self.signer), SystemTime::now())?;
        let put = |request| signed.put(request);
        let answered = self.caller.post(&self.url, within, put).await?;
        match answered.status {
            StatusCode::OK => contract::answer(&answered.body).map(BotAnswer::Now),
            StatusCode::ACCEPTED => Ok(BotAnswer::Later),
            StatusCode::NO_CONTENT => Ok(BotAnswer::Now(Answer::default())),
            status => Err(refusal(status)),
        }
    }

    fn history(&self) -> usize {
        self.history
    }
}

// The path and query of a URL can hold a token.
impl fmt::Debug for HttpBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBot")
            .field("host", &self.url.host_str())
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
