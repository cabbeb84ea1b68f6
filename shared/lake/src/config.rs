//! Configuration of the export functions: environment variables set by infra/exports.yaml.

/// Where the ledger, the lake and the secrets are.
#[derive(Clone, Debug)]
pub struct Config {
    /// `LEDGER_TABLE`: name of the DynamoDB table.
    pub ledger_table: String,
    /// `LAKE_BUCKET`: name of the bucket.
    pub lake_bucket: String,
    /// `EXPORTS_SECRET_PREFIX`: what `sftp` and `hash-key` are appended to for their secrets' names.
    pub secret_prefix: String,
}

/// Environment variables that are missing or empty, all of them at once.
#[derive(Debug, thiserror::Error)]
#[error("environment variables missing: {}; infra/exports.yaml sets them", .missing.join(", "))]
pub struct ConfigError {
    missing: Vec<&'static str>,
}

impl Config {
    /// Reads the environment of the process.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut missing = Vec::new();
        let mut read = |name: &'static str| match std::env::var(name) {
            Ok(value) if !value.is_empty() => value,
            _ => {
                missing.push(name);
                String::new()
            }
        };
        let config = Self {
            ledger_table: read("LEDGER_TABLE"),
            lake_bucket: read("LAKE_BUCKET"),
            secret_prefix: read("EXPORTS_SECRET_PREFIX"),
        };
        if missing.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError { missing })
        }
    }

    /// Of a deployed stage. The bucket's name holds account and region: names are everyone's.
    pub fn of_stage(stage: &str, account: &str, region: &str) -> Self {
        Self {
            ledger_table: format!("sparkbridge-{stage}-exports"),
            lake_bucket: format!("sparkbridge-{stage}-lake-{account}-{region}"),
            secret_prefix: format!("sparkbridge/{stage}/exports/"),
        }
    }
}
