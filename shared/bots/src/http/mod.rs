//! A bot of one's own behind a URL.
//!
//! # What is sent
//! `POST` with the turn as JSON (`content-type: application/json`) and, by the Standard Webhooks
//! scheme, `webhook-id` (the turn's id: the same on every retry), `webhook-timestamp` (seconds since
//! 1970) and `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`).
//!
//! # What is expected
//! | status | meaning |
//! |---|---|
//! | 200 | `{"actions": […], "session": …}`: the answer, at most [`MAX_RESPONSE_BYTES`] |
//! | 202 | the bot answers later, through conversation-api |
//! | 204 | nothing to say |
//! | 408, 425, 429, 5xx | [`BotError::Unavailable`]: asked again |
//! | other 4xx | [`BotError::Refused`]: final |
//! | 3xx | [`BotError::Misconfigured`]: redirects are never followed |
//! | anything else, or another body | [`BotError::InvalidAnswer`] |
//!
//! # Where it may lead
//! The URL is an operator's, the names and redirects behind it may be anybody's, and the caller sits
//! inside a cloud network. So every address is checked where the connection is made (a name that
//! changes its address between check and use gains nothing), no proxy stands in between, and a
//! redirect is an error: a turn holds personal data, which must not wander to another host.

mod address;
mod diagnose;
mod response;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conversation::{BotAnswer, Turn};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, redirect};
use secrecy::{ExposeSecret, SecretString};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};
use url::Url;

use crate::{Bot, BotError, BuildError};
use address::PublicOnly;

pub use response::MAX_RESPONSE_BYTES;

/// Load balancers close idle connections after about a minute; a connection reused later than this
/// would often be found dead by the request that needed it.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// A bot behind a URL: the module's tables in `docs/bots.md` are the contract.
pub struct HttpBot {
    url: Url,
    timeout: Duration,
    allow_private_addresses: bool,
    signer: Webhook,
    // Made with the first turn and kept, so that warm invocations find connections open.
    client: OnceLock<Client>,
}

impl HttpBot {
    /// A bot that is asked at `url`, at most `timeout` per turn, with requests signed by `key`.
    ///
    /// # Errors
    /// A key or URL that can't work: see [`BuildError`].
    pub fn new(
        url: Url,
        timeout: Duration,
        allow_private_addresses: bool,
        key: &SecretString,
    ) -> Result<Self, BuildError> {
        if let Some(problem) = address::url_problem(&url, allow_private_addresses) {
            return Err(BuildError::Url { problem });
        }
        let signer = signer(key)?;
        Ok(Self {
            url,
            timeout,
            allow_private_addresses,
            signer,
            client: OnceLock::new(),
        })
    }

    fn client(&self) -> Result<&Client, BotError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut builder = Client::builder()
            .user_agent(concat!("Sparkbridge/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_idle_timeout(IDLE_CONNECTION);
        if !self.allow_private_addresses {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        let client = builder.build().map_err(|error| BotError::Misconfigured {
            problem: "no HTTP client could be made on this machine",
            source: Some(Box::new(error)),
        })?;
        // Two first turns at once make two clients; one is kept.
        Ok(self.client.get_or_init(|| client))
    }

    fn request(&self, turn: &Turn, now: SystemTime) -> Result<RequestBuilder, BotError> {
        let body = serde_json::to_vec(turn).map_err(|error| BotError::Misconfigured {
            problem: "the turn could not be written as JSON",
            source: Some(Box::new(error)),
        })?;
        let seconds = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let timestamp = i64::try_from(seconds).unwrap_or(i64::MAX);
        let signature = self
            .signer
            .sign(&turn.turn_id, timestamp, &body)
            .map_err(|error| BotError::Misconfigured {
                problem: "the turn could not be signed",
                source: Some(Box::new(error)),
            })?;
        Ok(self
            .client()?
            .post(self.url.clone())
            .header(HEADER_WEBHOOK_ID, &turn.turn_id)
            .header(HEADER_WEBHOOK_TIMESTAMP, timestamp)
            .header(HEADER_WEBHOOK_SIGNATURE, signature)
            .header(CONTENT_TYPE, "application/json")
            .body(body))
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<BotAnswer, BotError> {
        let response = request.send().await.map_err(response::broken)?;
        response::read(response).await
    }
}

#[async_trait]
impl Bot for HttpBot {
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError> {
        let after = within.min(self.timeout);
        if after.is_zero() {
            return Err(BotError::TimedOut { after });
        }
        let request = self.request(turn, SystemTime::now())?;
        // One limit over look-up, connection, request and the whole body.
        tokio::time::timeout(after, self.exchange(request))
            .await
            .unwrap_or(Err(BotError::TimedOut { after }))
    }
}

// The path and query of a URL can hold a token.
impl fmt::Debug for HttpBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBot")
            .field("host", &self.url.host_str())
            .field("timeout", &self.timeout)
            .field("allow_private_addresses", &self.allow_private_addresses)
            .finish_non_exhaustive()
    }
}

fn signer(key: &SecretString) -> Result<Webhook, BuildError> {
    let encoded = key.expose_secret().trim();
    let bytes = encoded
        .strip_prefix("whsec_")
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .filter(|bytes| (24..=64).contains(&bytes.len()))
        .ok_or(BuildError::SigningKeyInvalid)?;
    Webhook::from_bytes(bytes).map_err(|_| BuildError::SigningKeyInvalid)
}

#[cfg(test)]
mod tests;
