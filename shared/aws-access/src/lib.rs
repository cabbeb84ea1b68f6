//! How functions reach AWS: the credentials and addresses that Lambda puts into the environment, and one
//! small HTTP client under the SDK's clients.
//!
//! The SDK's own loader knows a dozen more places for credentials, and its HTTP client proxies, HTTP/2
//! and pools for servers under load. A function needs none of it, and pays for it with every cold start.

mod body;
mod connect;
mod connector;
mod direct;
mod environment;
mod pool;

pub use aws_smithy_types::timeout::TimeoutConfig;
pub use aws_types::SdkConfig;
pub use connector::{Connector, NotSent};
pub use direct::Direct;
pub use environment::from_env;
