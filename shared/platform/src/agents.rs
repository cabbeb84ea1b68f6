//! Agents: settings from the table and secrets from Secrets Manager, cached.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use conversation::{AgentSettings, is_agent_name};
use telemetry::Causes;
use time::OffsetDateTime;

use crate::secrets::{AgentSecrets, SecretError, Secrets};
use crate::store::{OldSecret, Store, StoreError};

/// Changed settings are in force after this time at the latest.
const MAX_AGE: Duration = Duration::from_secs(30);
/// The use of an old secret is noted once in this time.
const NOTED_FOR: Duration = Duration::from_secs(60);
/// How long noting it may take: whoever waits for it does other work meanwhile, and no longer.
const NOTING: Duration = Duration::from_secs(1);
/// Names kept at most, unknown ones included: made-up names must not fill the memory.
const MAX_CACHED: usize = 1_000;

/// One agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: Arc<AgentSettings>,
    /// Its secrets.
    pub secrets: Arc<AgentSecrets>,
}

/// An agent that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no such agent.
    #[error("no agent has that name; `sparkbridge agent add` registers one")]
    Unknown,
    /// Its settings can't be read.
    #[error(transparent)]
    Settings(#[from] StoreError),
    /// Its secret can't be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Cached access to agents.
#[derive(Debug)]
pub struct Agents {
    store: Store,
    secrets: Secrets,
    cache: RwLock<HashMap<String, Read>>,
    noted: Mutex<HashMap<(String, OldSecret), Instant>>,
}

/// When settings were read, and what was found.
type Read = (Instant, Option<Arc<AgentSettings>>);

impl Agents {
    /// Agents whose settings are in `store`.
    pub fn new(store: Store, secrets: Secrets) -> Self {
        Self {
            store,
            secrets,
            cache: RwLock::default(),
            noted: Mutex::default(),
        }
    }

    /// An agent by name.
    pub async fn agent(&self, name: &str) -> Result<Agent, AgentError> {
        let settings = self.settings(name).await?.ok_or(AgentError::Unknown)?;
        let secrets = self.secrets.agent(name).await?;
        Ok(Agent {
            name: name.to_owned(),
            settings,
            secrets,
        })
    }

    /// The agent's secrets as they are now, for a signature that matches none known.
    pub async fn refreshed_secrets(&self, name: &str) -> Result<Arc<AgentSecrets>, SecretError> {
        self.secrets.refreshed(name).await
    }

    /// Notes that an old secret of the agent's was used, for whoever wants to end a rotation. At most
    /// once a minute per process and secret; takes a second at most, and never fails: await it beside
    /// other work. What can't be noted is logged, and noted at the next use.
    pub async fn note_old_secret(&self, agent: &str, old: OldSecret) {
        let key = (agent.to_owned(), old);
        if !self.is_to_be_noted(&key) {
            return;
        }
        let now = OffsetDateTime::now_utc();
        let noting = self.store.note_old_secret(agent, &key.1, now);
        let (kind, problem) = match tokio::time::timeout(NOTING, noting).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => (key.1.kind(), Causes(&error).to_string()),
            Err(_elapsed) => (key.1.kind(), "it took too long".to_owned()),
        };
        tracing::warn!(
            agent,
            kind,
            problem,
            "the use of an old secret is not noted"
        );
        self.noted().remove(&key);
    }

    /// Whether nobody notes or has noted it within the last minute; from now on, the caller does.
    fn is_to_be_noted(&self, key: &(String, OldSecret)) -> bool {
        let mut noted = self.noted();
        if noted.get(key).is_some_and(|at| at.elapsed() < NOTED_FOR) {
            return false;
        }
        if noted.len() >= MAX_CACHED {
            noted.clear();
        }
        noted.insert(key.clone(), Instant::now());
        true
    }

    fn noted(&self) -> MutexGuard<'_, HashMap<(String, OldSecret), Instant>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn settings(&self, name: &str) -> Result<Option<Arc<AgentSettings>>, StoreError> {
        if !is_agent_name(name) {
            return Ok(None);
        }
        let cached = self
            .cache
            .read()
            .ok()
            .and_then(|cache| cache.get(name).cloned());
        if let Some((fetched, settings)) = cached
            && fetched.elapsed() < MAX_AGE
        {
            return Ok(settings);
        }
        let settings = self.store.settings(name).await?.map(Arc::new);
        if let Ok(mut cache) = self.cache.write() {
            if cache.len() >= MAX_CACHED {
                cache.clear();
            }
            cache.insert(name.to_owned(), (Instant::now(), settings.clone()));
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests;
