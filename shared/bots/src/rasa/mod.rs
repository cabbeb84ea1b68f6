//! A Rasa server, by its REST channel.
//!
//! Each turn is one `POST {"sender", "message", "metadata"}`; the response is the list of what Rasa's
//! `CollectingOutputChannel` gathered. Rasa keeps the conversation (its tracker) under `sender`, which
//! is new with every episode.
//!
//! Rasa has no idempotency: a turn that is asked again, because its answer was lost, stands in the
//! tracker twice. It is asked again all the same, since a contact who repeats themselves does less
//! harm than one who gets no answer; `metadata.turnId` lets actions have their effects once.

mod request;
mod response;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use conversation::{Answer, BotAnswer, BotSecrets, RasaSettings, Trigger, Turn};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::call::{Caller, refusal};
use crate::{Bot, BotError, BuildError};
pub(crate) use response::answer as read;

/// Where Rasa's REST channel listens.
const PATH: &str = "/webhooks/rest/webhook";

/// A Rasa server.
pub struct RasaBot {
    url: Url,
    caller: Caller,
    token: Option<SecretString>,
    settings: RasaSettings,
}

impl RasaBot {
    /// A bot that is asked as the settings say, with [`BotSecrets::token`] where there is one.
    ///
    /// # Errors
    /// A URL that can't work: see [`BuildError`].
    pub fn new(settings: &RasaSettings, secrets: &BotSecrets) -> Result<Self, BuildError> {
        let allow_private = settings.allow_private_addresses;
        if let Some(problem) = egress::url_problem(&settings.url, allow_private) {
            return Err(BuildError::Url { problem });
        }
        let mut url = settings.url.clone();
        if url.path() == "/" {
            url.set_path(PATH);
        }
        Ok(Self {
            url,
            caller: Caller::new(settings.timeout_ms, allow_private),
            token: secrets.token.clone(),
            settings: settings.clone(),
        })
    }
}

#[async_trait]
impl Bot for RasaBot {
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError> {
        let Some(message) = request::message(&self.settings, &turn.trigger) else {
            return Ok(BotAnswer::Now(Answer::default()));
        };
        let body = request::body(turn, message);
        let put = |request: reqwest::RequestBuilder| {
            let request = request.json(&body);
            match &self.token {
                Some(token) => request.bearer_auth(token.expose_secret().trim()),
                None => request,
            }
        };
        let answered = self.caller.post(&self.url, within, put).await?;
        if answered.status != StatusCode::OK {
            return Err(refusal(answered.status));
        }
        let answer = response::answer(&answered.body, &turn.topics)?;
        let asked = matches!(turn.trigger, Trigger::Message { .. });
        if asked && answer.actions.is_empty() && self.settings.empty_is_failure {
            return Err(BotError::InvalidAnswer {
                problem: "an empty list, which bot.empty_is_failure takes for a broken action"
                    .to_owned(),
            });
        }
        Ok(BotAnswer::Now(answer))
    }
}

// The path and query of a URL can hold a token.
impl fmt::Debug for RasaBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RasaBot")
            .field("host", &self.url.host_str())
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
