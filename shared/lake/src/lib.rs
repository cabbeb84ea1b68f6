//! The export lake in AWS: the ledger of files in DynamoDB, the objects in S3, settings and secrets.
//!
//! Nothing here knows SFTP or reads a CSV; what a file is and where its rows belong is in `exports`.

mod config;
mod file;
mod ledger;
mod objects;
mod record;
mod secrets;
mod upload;
mod watch;
mod window;

use std::time::Duration;

use aws_access::{Connector, SdkConfig, TimeoutConfig};

pub use config::{Config, ConfigError};
pub use exports::keys::{FileVersion, InboxKey, Landed, Origin, content_id};
pub use file::{Erased, FileRecord, Landing, Part, Progress, State, Table, Upload};
pub use ledger::{Ledger, LedgerError, Saved};
pub use objects::{Lake, LakeError, Object};
pub use record::{Record, Telemetry, Unfinished};
pub use secrets::{Credential, SecretError, Secrets};
pub use upload::{Sink, upload_writer};

/// The clients, and what they are pointed at. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// What is known of each file, and the settings.
    pub ledger: Ledger,
    /// The objects.
    pub lake: Lake,
    /// The SFTP credential and the key for hashed columns.
    pub secrets: Secrets,
}

impl Services {
    /// Reads the environment and builds the clients; no call is made yet.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let config = Config::from_env()?;
        let aws = aws_access::from_env(&Connector::default(), timeouts());
        Ok(Self::new(&aws, config))
    }

    /// On clients made from `aws`.
    pub fn new(aws: &SdkConfig, config: Config) -> Self {
        Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(aws), config.ledger_table),
            lake: Lake::new(s3(aws), config.lake_bucket),
            secrets: Secrets::new(
                aws_sdk_secretsmanager::Client::new(aws),
                config.secret_prefix,
            ),
        }
    }
}

/// Buckets by path where an endpoint is given: an emulator's host has no name per bucket.
fn s3(aws: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(aws)
        .force_path_style(aws.endpoint_url().is_some())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// Limits for calls to AWS. One attempt moves at most a part of a few megabytes, or opens a stream.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(20))
        .operation_attempt_timeout(Duration::from_secs(40))
        .operation_timeout(Duration::from_secs(120))
        .build()
}
