//! Turns as signed JSON, by the Standard Webhooks scheme.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conversation::Turn;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};

use crate::{BotError, BuildError};

/// Signs turns with one key.
pub(crate) struct Signer(Webhook);

impl Signer {
    /// # Errors
    /// A key that is not `whsec_` and the base64 of 24 to 64 bytes.
    pub(crate) fn new(key: &SecretString) -> Result<Self, BuildError> {
        let encoded = key.expose_secret().trim();
        let bytes = encoded
            .strip_prefix("whsec_")
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .filter(|bytes| (24..=64).contains(&bytes.len()))
            .ok_or(BuildError::SigningKeyInvalid)?;
        let webhook = Webhook::from_bytes(bytes).map_err(|_| BuildError::SigningKeyInvalid)?;
        Ok(Self(webhook))
    }
}

// Nothing of it may be shown.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

/// A turn as it is posted.
pub(crate) struct SignedTurn {
    id: String,
    timestamp: i64,
    signature: Option<String>,
    body: Vec<u8>,
}

impl SignedTurn {
    /// The turn as JSON, signed where there is a signer.
    pub(crate) fn new(
        turn: &Turn,
        signer: Option<&Signer>,
        now: SystemTime,
    ) -> Result<Self, BotError> {
        let unusable = |problem| {
            move |source| BotError::Misconfigured {
                problem,
                source: Some(source),
            }
        };
        let body = serde_json::to_vec(turn)
            .map_err(|error| unusable("the turn could not be written as JSON")(error.into()))?;
        let seconds = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let timestamp = i64::try_from(seconds).unwrap_or(i64::MAX);
        let sign = |signer: &Signer| signer.0.sign(&turn.turn_id, timestamp, &body);
        let signature = signer
            .map(sign)
            .transpose()
            .map_err(|error| unusable("the turn could not be signed")(error.into()))?;
        Ok(Self {
            id: turn.turn_id.clone(),
            timestamp,
            signature,
            body,
        })
    }

    /// Puts the turn into a request.
    pub(crate) fn put(self, request: RequestBuilder) -> RequestBuilder {
        let request = request
            .header(HEADER_WEBHOOK_ID, self.id)
            .header(HEADER_WEBHOOK_TIMESTAMP, self.timestamp)
            .header(CONTENT_TYPE, "application/json")
            .body(self.body);
        match self.signature {
            Some(signature) => request.header(HEADER_WEBHOOK_SIGNATURE, signature),
            None => request,
        }
    }
}
