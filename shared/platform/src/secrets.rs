//! Agents' secrets from Secrets Manager, cached.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::BoxError;
use conversation::AgentSecret;

use telemetry::Causes;

/// A secret older than this is fetched again.
const MAX_AGE: Duration = Duration::from_secs(300);
/// At most one early fetch in this time, however many signatures don't match.
const REFRESH_INTERVAL: Duration = Duration::from_secs(10);

/// The versions of one agent's secret.
#[derive(Debug)]
pub struct AgentSecrets {
    /// AWSCURRENT.
    pub current: AgentSecret,
    /// AWSPREVIOUS, where it was needed and there is one: both are good while a rotation is under way.
    pub previous: Option<AgentSecret>,
    /// Whether the previous version was looked for.
    complete: bool,
    fetched: Instant,
}

/// A secret that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager refused or did not answer.
    #[error("Secrets Manager did not give out secret {name}")]
    Aws {
        /// Name of the secret.
        name: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The secret is not the JSON object it must be. Its content is not shown.
    #[error(
        "secret {name} must be a JSON object with webhook_secret, client_id and client_secret (problem at line {line}, column {column})"
    )]
    Shape {
        /// Name of the secret.
        name: String,
        /// Line of the problem.
        line: usize,
        /// Column of the problem.
        column: usize,
    },
}

/// Cached access to agents' secrets.
#[derive(Debug)]
pub struct Secrets {
    client: Client,
    prefix: String,
    cache: RwLock<HashMap<String, Arc<AgentSecrets>>>,
}

impl Secrets {
    /// Secrets named `{prefix}{agent}`.
    pub fn new(client: Client, prefix: String) -> Self {
        Self {
            client,
            prefix,
            cache: RwLock::default(),
        }
    }

    /// The agent's current secret, not older than five minutes.
    pub async fn agent(&self, agent: &str) -> Result<Arc<AgentSecrets>, SecretError> {
        match self
            .cached(agent)
            .filter(|secrets| secrets.fetched.elapsed() < MAX_AGE)
        {
            Some(secrets) => Ok(secrets),
            // Boxed, because it is seldom needed.
            None => Box::pin(self.read(agent, false)).await,
        }
    }

    /// Current and previous secret, read anew unless that was done within the last ten seconds: for
    /// a signature that the current secret as we know it did not make. It may be made with the one
    /// before, or with a brand-new one.
    pub async fn refreshed(&self, agent: &str) -> Result<Arc<AgentSecrets>, SecretError> {
        let fresh = |secrets: &Arc<AgentSecrets>| {
            secrets.complete && secrets.fetched.elapsed() < REFRESH_INTERVAL
        };
        match self.cached(agent).filter(fresh) {
            Some(secrets) => Ok(secrets),
            None => Box::pin(self.read(agent, true)).await,
        }
    }

    fn cached(&self, agent: &str) -> Option<Arc<AgentSecrets>> {
        self.cache.read().ok()?.get(agent).cloned()
    }

    async fn read(&self, agent: &str, complete: bool) -> Result<Arc<AgentSecrets>, SecretError> {
        let previous = async {
            if complete {
                self.fetch(agent, "AWSPREVIOUS").await
            } else {
                Ok(None)
            }
        };
        let (current, previous) = tokio::join!(self.fetch(agent, "AWSCURRENT"), previous);
        let name = format!("{}{agent}", self.prefix);
        let current = current?.ok_or_else(|| SecretError::Aws {
            name,
            source: "it has no version AWSCURRENT".into(),
        })?;
        // Without the previous version a rotation may refuse some events, which are then retried
        // with the new secret; refusing everything because of it would be worse.
        let previous = previous.unwrap_or_else(|error| {
            tracing::warn!(error = %Causes(&error), "the previous version of a secret can't be read");
            None
        });
        let secrets = Arc::new(AgentSecrets {
            current,
            previous,
            complete,
            fetched: Instant::now(),
        });
        if let Ok(mut cache) = self.cache.write() {
            cache.insert(agent.to_owned(), Arc::clone(&secrets));
        }
        Ok(secrets)
    }

    async fn fetch(&self, agent: &str, stage: &str) -> Result<Option<AgentSecret>, SecretError> {
        let name = format!("{}{agent}", self.prefix);
        let result = self
            .client
            .get_secret_value()
            .secret_id(&name)
            .version_stage(stage)
            .send()
            .await;
        let output = match result {
            Ok(output) => output,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|service| service.is_resource_not_found_exception()) =>
            {
                return Ok(None);
            }
            Err(error) => {
                return Err(SecretError::Aws {
                    name,
                    source: error.into(),
                });
            }
        };
        serde_json::from_str(output.secret_string().unwrap_or_default())
            .map(Some)
            .map_err(|error| SecretError::Shape {
                name,
                line: error.line(),
                column: error.column(),
            })
    }
}
