//! HTTP client of Sparkcentral's Virtual Agent REST API.
//!
//! [`Client`] posts replies and uploads attachments for one agent, asks who is there, and fetches the
//! tokens it needs on the way. The API has no idempotency key, so what matters after a failure is whether the
//! request may have arrived: every [`SendError`] answers that, along with whether and when a repeat
//! makes sense.
//!
//! Nothing here logs or quotes a body, a text, a file name, a token or a secret.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a failed step is a failed test")
)]

mod answer;
mod client;
mod clients;
mod config;
mod error;
mod presence;
mod token;

pub use client::Client;
pub use clients::Clients;
pub use config::{AttachmentMethod, ClientConfig, ConfigError, Credentials};
pub use error::{NotSentCause, SendError, TokenError};
pub use presence::PresenceError;
