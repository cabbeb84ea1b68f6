//! Which credentials an agent's client uses.
//!
//! ```text
//! current as known ──refused──▶ current, read anew ──refused──▶ previous ──refused──▶ refused
//!                                (if it is another one)          (its use is noted)
//! ```
//!
//! While the previous ones are what works, they are tried first for a minute: a client keeps its token,
//! and Sparkcentral is not asked the same twice for each reply.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use conversation::AgentSettings;
use platform::{Agent, Agents, Causes, OldSecret};
use sparkcentral_client::{Client, Clients, ConfigError, Credentials, TokenError};

use crate::translate::{client_config, credentials};

/// How long the previous credentials are used before the current ones are tried again.
const TRIED_AGAIN: Duration = Duration::from_secs(60);
/// Agents remembered at most, as [`Clients`] does.
const MOST: usize = 200;

/// Clients of agents, kept between invocations.
#[derive(Default)]
pub struct AgentClients {
    current: Clients,
    previous: Clients,
    fallen_back: Mutex<HashMap<String, FallenBack>>,
}

/// Credentials that were refused, and those that worked instead.
#[derive(Clone)]
struct FallenBack {
    refused: Credentials,
    instead: Credentials,
    at: Instant,
}

/// An agent's credentials, read anew.
struct Known {
    current: Credentials,
    previous: Option<Credentials>,
}

/// Which version of the credentials was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Current,
    Previous,
}

/// No client that has a token. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The agent's settings or secret don't make a client.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The token endpoint gave none, to no version of the credentials.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It took longer than there was time.
    #[error("there was no access token in time")]
    TooSlow,
}

impl AgentClients {
    /// The agent's client, with a token: the next request begins at once.
    ///
    /// Where Sparkcentral refuses the credentials, the agent's secret is read anew, at most every ten
    /// seconds, and what is in it is tried: the current credentials, then the previous ones.
    ///
    /// # Errors
    /// See [`AccessError`]. A refusal is that of the first credentials.
    pub async fn authorized(
        &self,
        agents: &Agents,
        agent: &Agent,
        within: Duration,
    ) -> Result<Client, AccessError> {
        let name = &agent.name;
        let current = credentials(&agent.secrets.current);
        let anew = async || match agents.refreshed_secrets(name).await {
            Ok(secrets) => Some(Known {
                current: credentials(&secrets.current),
                previous: secrets.previous.as_ref().map(credentials),
            }),
            Err(error) => {
                tracing::warn!(agent = name, error = %Causes(&error), "the agent's secret can't be read anew");
                None
            }
        };
        let chosen = self.choose(name, &agent.settings, current, anew);
        let chosen = tokio::time::timeout(within, chosen).await;
        let (client, taken) = chosen.unwrap_or(Err(AccessError::TooSlow))?;
        if taken == Taken::Previous {
            agents.note_old_secret(name, OldSecret::ClientSecret).await;
        }
        Ok(client)
    }

    async fn choose(
        &self,
        name: &str,
        settings: &AgentSettings,
        current: Credentials,
        anew: impl AsyncFnOnce() -> Option<Known>,
    ) -> Result<(Client, Taken), AccessError> {
        let config = client_config(settings);
        let attempt = async |clients: &Clients, credentials: &Credentials| {
            let client = clients.get(name, config.clone(), credentials.clone())?;
            client.authorize().await?;
            Ok(client)
        };
        if let Some(instead) = self.instead_of(name, &current) {
            match attempt(&self.previous, &instead).await {
                Err(error) if is_refusal(&error) => self.forget(name),
                done => return done.map(|client| (client, Taken::Previous)),
            }
        }
        let refusal = match attempt(&self.current, &current).await {
            Err(error) if is_refusal(&error) => error,
            done => return done.map(|client| (client, Taken::Current)),
        };
        let Some(known) = anew().await else {
            return Err(refusal);
        };
        if !known.current.is(&current) {
            match attempt(&self.current, &known.current).await {
                Err(error) if is_refusal(&error) => {}
                done => return done.map(|client| (client, Taken::Current)),
            }
        }
        let is_another = |one: &Credentials| !one.is(&current) && !one.is(&known.current);
        let Some(previous) = known.previous.filter(is_another) else {
            return Err(refusal);
        };
        match attempt(&self.previous, &previous).await {
            Err(error) if is_refusal(&error) => Err(refusal),
            Err(error) => Err(error),
            Ok(client) => {
                tracing::warn!(
                    agent = name,
                    "Sparkcentral refuses the client credentials, and takes those of before the rotation"
                );
                self.fall_back(name, known.current, previous);
                Ok((client, Taken::Previous))
            }
        }
    }

    /// What works instead of these credentials, for as long as that is believed.
    fn instead_of(&self, name: &str, current: &Credentials) -> Option<Credentials> {
        let all = self.fallen_back();
        let known = all.get(name)?;
        let holds = known.refused.is(current) && known.at.elapsed() < TRIED_AGAIN;
        holds.then(|| known.instead.clone())
    }

    fn fall_back(&self, name: &str, refused: Credentials, instead: Credentials) {
        let mut all = self.fallen_back();
        if all.len() >= MOST {
            all.clear();
        }
        let fallen_back = FallenBack {
            refused,
            instead,
            at: Instant::now(),
        };
        all.insert(name.to_owned(), fallen_back);
    }

    fn forget(&self, name: &str) {
        self.fallen_back().remove(name);
    }

    fn fallen_back(&self) -> MutexGuard<'_, HashMap<String, FallenBack>> {
        self.fallen_back
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the token endpoint refused the credentials themselves.
fn is_refusal(error: &AccessError) -> bool {
    matches!(error, AccessError::Token(TokenError::Unauthorized { .. }))
}

#[cfg(test)]
mod tests;
