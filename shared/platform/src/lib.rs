//! AWS under the functions: DynamoDB store, secrets, queues, batches, configuration, telemetry.
//!
//! Nothing here decides about a conversation; the rules are in `conversation`.

mod agents;
mod attempts;
mod batch;
mod config;
mod objects;
mod queues;
mod record;
mod secrets;
mod store;

use std::time::Duration;

use aws_access::{Connector, Direct, TimeoutConfig};

pub use aws_access::SdkConfig;

pub use agents::{Agent, AgentError, Agents};
pub use attempts::Attempts;
pub use batch::{Failed, Retry, Work, run_batch};
pub use config::{Config, ConfigError};
pub use objects::{Object, ObjectError, Objects};
pub use queues::{QueueError, QueueOf, QueueUrls, Queues};
pub use record::{Record, Telemetry, Unfinished};
pub use secrets::{AgentSecrets, SecretError, Secrets};
pub use store::{
    Commit, CommitError, Committed, EventGuard, Listed, Listing, OldSecret, RawItem, SavedChannel,
    SavedReply, SavedSettings, Store, StoreError, Transcript, Wanted,
};
pub use telemetry::Causes;

/// AWS clients and what they are pointed at, made once per process.
pub struct Platform {
    /// Conversations, events, replies, agents' settings.
    pub store: Store,
    /// The queues between the functions.
    pub queues: Queues,
    /// Settings and secrets of agents, cached.
    pub agents: Agents,
    /// Metrics and the one line per unit of work.
    pub telemetry: Telemetry,
    /// How AWS is reached, for clients made elsewhere.
    pub aws: SdkConfig,
}

impl Platform {
    /// Reads the environment and builds the clients. No call is made yet: the first use of each
    /// client makes its connection, so that a cold start pays only for what the event needs.
    pub async fn start(function: &'static str) -> Result<Self, ConfigError> {
        let telemetry = Telemetry::init(function);
        let config = Config::from_env()?;
        let connector = Connector::default();
        let aws = aws_access::from_env(&connector, timeouts());
        let store = Store::new(
            aws_sdk_dynamodb::Client::new(&aws),
            config.conversations_table,
        )
        .with_direct(Direct::new(&aws, &connector, "dynamodb"));
        let secrets = Secrets::new(
            aws_sdk_secretsmanager::Client::new(&aws),
            config.agent_secret_prefix,
        );
        Ok(Self {
            queues: Queues::new(aws_sdk_sqs::Client::new(&aws), config.queues),
            agents: Agents::new(store.clone(), secrets),
            store,
            telemetry,
            aws,
        })
    }
}

/// Limits for calls to AWS. A call usually takes milliseconds; without a limit, one on a connection
/// that died while the sandbox was frozen would hang until Sparkcentral has hung up.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(4))
        .operation_timeout(Duration::from_secs(9))
        .build()
}
