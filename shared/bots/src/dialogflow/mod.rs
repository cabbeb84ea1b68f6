//! An agent of Google's Dialogflow CX, by `detectIntent` of its REST API, version 3.
//!
//! Dialogflow keeps the session under an id that is new with every episode, for a day.
//! `detectIntent` is not idempotent, and a turn may be asked again because its answer was lost; with
//! `restore_page` the page and the parameters of the turn before go along, and the second time is
//! like the first.

mod access;
mod request;
mod response;
mod session;

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use conversation::{Answer, BotAnswer, BotSecrets, DialogflowSettings, Turn};
use reqwest::StatusCode;
use url::Url;

use crate::call::{Caller, refusal};
use crate::{Bot, BotError, BuildError};
use access::ServiceAccount;
use session::Session;

/// An agent of Dialogflow CX.
pub struct DialogflowBot {
    /// The agent's own address, which sessions stand behind.
    agent: Url,
    caller: Caller,
    account: ServiceAccount,
    settings: DialogflowSettings,
}

impl DialogflowBot {
    /// A bot that is asked as the settings say, as the service account of
    /// [`BotSecrets::google_service_account`].
    ///
    /// # Errors
    /// A key file or settings that can't work: see [`BuildError`].
    pub fn new(settings: &DialogflowSettings, secrets: &BotSecrets) -> Result<Self, BuildError> {
        let agent = agent_url(settings)?;
        let key = secrets.google_service_account.as_ref();
        let key = key.ok_or(BuildError::SecretMissing {
            kind: "dialogflow",
            name: "google_service_account",
        })?;
        Ok(Self {
            agent,
            caller: Caller::new(settings.timeout_ms, settings.allow_private_addresses),
            account: ServiceAccount::new(key)?,
            settings: settings.clone(),
        })
    }

    fn session_url(&self, turn: &Turn) -> Result<Url, BotError> {
        let session = format!("sessions/{}:detectIntent", request::session_id(turn));
        self.agent
            .join(&session)
            .map_err(|error| BotError::Misconfigured {
                problem: "bot.endpoint_url can't hold the path of a session",
                source: Some(Box::new(error)),
            })
    }
}

#[async_trait]
impl Bot for DialogflowBot {
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError> {
        let before = Session::read(&turn.session);
        let Some(body) = request::body(&self.settings, turn, &before) else {
            return Ok(BotAnswer::Now(Answer::default()));
        };
        let url = self.session_url(turn)?;
        let token = self.account.token(SystemTime::now())?;
        let put = |request: reqwest::RequestBuilder| request.bearer_auth(&token).json(&body);
        let answered = self.caller.post(&url, within, put).await?;
        match answered.status {
            StatusCode::OK => response::answer(&self.settings, turn, &before, &answered.body),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(BotError::Misconfigured {
                problem: "Google refuses the service account: give it the role Dialogflow API \
                          Client in the agent's project, and set a key that is still good",
                source: None,
            }),
            StatusCode::NOT_FOUND => Err(BotError::Misconfigured {
                problem: "bot.agent names no agent (or environment) in that location",
                source: None,
            }),
            status => Err(refusal(status)),
        }
        .map(BotAnswer::Now)
    }
}

/// Reads the body of a 200.
pub(crate) fn read(
    settings: &DialogflowSettings,
    turn: &Turn,
    body: &[u8],
) -> Result<Answer, BotError> {
    response::answer(settings, turn, &Session::read(&turn.session), body)
}

fn agent_url(settings: &DialogflowSettings) -> Result<Url, BuildError> {
    let agent_problem = || BuildError::Setting {
        setting: "agent",
        problem: "must be projects/…/locations/…/agents/…".to_owned(),
    };
    let location = settings.location().ok_or_else(agent_problem)?;
    let endpoint = match (&settings.endpoint_url, location) {
        (Some(endpoint), _) => endpoint.as_str().trim_end_matches('/').to_owned(),
        (None, "global") => "https://dialogflow.googleapis.com".to_owned(),
        (None, location) => format!("https://{location}-dialogflow.googleapis.com"),
    };
    let url = format!("{endpoint}/v3/{}/", settings.agent);
    let url: Url = url.parse().map_err(|_| agent_problem())?;
    match egress::url_problem(&url, settings.allow_private_addresses) {
        Some(problem) => Err(BuildError::Setting {
            setting: "endpoint_url",
            problem: problem.to_owned(),
        }),
        None => Ok(url),
    }
}

impl fmt::Debug for DialogflowBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DialogflowBot")
            .field("host", &self.agent.host_str())
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
