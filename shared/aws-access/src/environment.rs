//! What Lambda's environment says about AWS.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::Connector;

/// How a function reaches AWS: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
/// `AWS_SESSION_TOKEN`, and where they are set `AWS_ENDPOINT_URL` (also of one service:
/// `AWS_ENDPOINT_URL_DYNAMODB`), `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`. All clients
/// made of it share the connector's connections.
pub fn from_env(connector: &Connector, timeouts: TimeoutConfig) -> SdkConfig {
    config(connector, timeouts, |name| std::env::var(name).ok())
}

fn config(
    connector: &Connector,
    timeouts: TimeoutConfig,
    variable: impl Fn(&str) -> Option<String>,
) -> SdkConfig {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let switch = |name: &str| set(name).map(|value| value.eq_ignore_ascii_case("true"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(SharedHttpClient::new(connector.clone()))
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts)
        // Attempts have a time limit anyway.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .service_config(Variables);
    config.set_region(
        set("AWS_REGION")
            .or_else(|| set("AWS_DEFAULT_REGION"))
            .map(Region::new),
    );
    config.set_endpoint_url(set("AWS_ENDPOINT_URL"));
    config.set_use_fips(switch("AWS_USE_FIPS_ENDPOINT"));
    config.set_use_dual_stack(switch("AWS_USE_DUALSTACK_ENDPOINT"));
    let keys = set("AWS_ACCESS_KEY_ID").zip(set("AWS_SECRET_ACCESS_KEY"));
    let credentials = keys.map(|(id, secret)| {
        // Lambda ends a sandbox before its credentials.
        Credentials::new(id, secret, set("AWS_SESSION_TOKEN"), None, "environment")
    });
    config.set_credentials_provider(credentials.map(SharedCredentialsProvider::new));
    config.build()
}

/// What a variable says to one service's client.
#[derive(Debug)]
struct Variables;

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        let value = std::env::var(format!("{}_{service}", key.env())).ok();
        value.filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn of(variables: &[(&str, &str)]) -> SdkConfig {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        let timeouts = TimeoutConfig::builder().build();
        config(&Connector::default(), timeouts, |name| {
            variables.get(name).map(|&value| value.to_owned())
        })
    }

    #[test]
    fn lambdas_environment_is_enough() {
        let config = of(&[
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
            ("AWS_SESSION_TOKEN", "token"),
        ]);
        assert_eq!(config.region().map(AsRef::as_ref), Some("eu-west-1"));
        assert!(config.credentials_provider().is_some());
        assert!(config.endpoint_url().is_none() && config.http_client().is_some());
        assert_eq!(
            config.retry_config().map(RetryConfig::max_attempts),
            Some(3)
        );
        assert!(!format!("{config:?}").contains("wJalr"));
    }

    #[test]
    fn what_is_not_there_or_empty_is_not_set() {
        let config = of(&[("AWS_ACCESS_KEY_ID", "id"), ("AWS_REGION", "")]);
        assert!(config.region().is_none() && config.credentials_provider().is_none());
    }

    #[test]
    fn an_emulators_address_and_the_switches_of_endpoints_are_passed_on() {
        let config = of(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
        ]);
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:4566"));
        assert_eq!(config.use_fips(), Some(true));
        assert_eq!(config.use_dual_stack(), Some(false));
    }
}
