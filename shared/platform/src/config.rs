//! Configuration of the functions: environment variables set by infra/template.yaml.

use crate::queues::QueueUrls;

/// Where a function finds its table, queues and secrets.
#[derive(Clone, Debug)]
pub struct Config {
    /// `CONVERSATIONS_TABLE`: name of the DynamoDB table.
    pub conversations_table: String,
    /// `TURNS_QUEUE_URL`, `OUTBOUND_QUEUE_URL`, `HANDOVERS_QUEUE_URL`, `DEADLINES_QUEUE_URL`.
    pub queues: QueueUrls,
    /// `AGENT_SECRET_PREFIX`: what an agent's name is appended to for the name of its secret.
    pub agent_secret_prefix: String,
}

/// Environment variables that are missing or empty, all of them at once.
#[derive(Debug, thiserror::Error)]
#[error("environment variables missing: {}; infra/template.yaml sets them", .missing.join(", "))]
pub struct ConfigError {
    missing: Vec<&'static str>,
}

impl Config {
    /// Reads the environment of the process.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    fn from_lookup(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut missing = Vec::new();
        let mut read = |name: &'static str| {
            lookup(name)
                .filter(|value| !value.is_empty())
                .unwrap_or_else(|| {
                    missing.push(name);
                    String::new()
                })
        };
        let config = Self {
            conversations_table: read("CONVERSATIONS_TABLE"),
            queues: QueueUrls {
                turns: read("TURNS_QUEUE_URL"),
                outbound: read("OUTBOUND_QUEUE_URL"),
                handovers: read("HANDOVERS_QUEUE_URL"),
                deadlines: read("DEADLINES_QUEUE_URL"),
            },
            agent_secret_prefix: read("AGENT_SECRET_PREFIX"),
        };
        if missing.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError { missing })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_variable_is_named_at_once() {
        let error = Config::from_lookup(|name| match name {
            "CONVERSATIONS_TABLE" => Some("t".into()),
            "TURNS_QUEUE_URL" => Some(String::new()),
            _ => None,
        })
        .unwrap_err()
        .to_string();
        assert!(!error.contains("CONVERSATIONS_TABLE"));
        for name in [
            "TURNS_QUEUE_URL",
            "OUTBOUND_QUEUE_URL",
            "HANDOVERS_QUEUE_URL",
            "DEADLINES_QUEUE_URL",
            "AGENT_SECRET_PREFIX",
        ] {
            assert!(error.contains(name), "{error}");
        }
    }
}
