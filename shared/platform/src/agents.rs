//! Agents: settings from the table and secrets from Secrets Manager, cached.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use conversation::{AgentSettings, is_agent_name};

use crate::secrets::{AgentSecrets, SecretError, Secrets};
use crate::store::{Store, StoreError};

/// Changed settings are in force after this time at the latest.
const MAX_AGE: Duration = Duration::from_secs(30);
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
    #[error("no agent has that name; `sparkbridge agent put` registers one")]
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
