//! Access as a Google service account, by tokens that we sign ourselves.
//!
//! Google's APIs take a JWT whose audience is the API, signed with the account's key, in the place of
//! an access token: there is no token server to ask, and none that can be down.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{BotError, BuildError};

/// The API a token is good for, whatever the endpoint.
const AUDIENCE: &str = "https://dialogflow.googleapis.com/";

/// Seconds a token is good for: the most Google allows.
const LIFETIME_SECS: u64 = 3600;

/// Seconds before its end at which a token is no longer used.
const RENEWED_BEFORE_SECS: u64 = 300;

/// A service account: who it is, its key, and the token in use.
pub(super) struct ServiceAccount {
    email: String,
    key_id: String,
    key: KeyPair,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: String,
    issued_at: u64,
}

#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key_id: String,
    private_key: SecretString,
}

impl ServiceAccount {
    /// Reads a key file as Google's console makes it.
    pub(super) fn new(file: &SecretString) -> Result<Self, BuildError> {
        let invalid = |rule| BuildError::SecretInvalid {
            name: "google_service_account",
            rule,
        };
        let file: KeyFile = serde_json::from_str(file.expose_secret()).map_err(|_| {
            invalid(
                "must be the service account's key file, as JSON text with client_email, \
                 private_key_id and private_key",
            )
        })?;
        let key = pkcs8(file.private_key.expose_secret())
            .and_then(|der| KeyPair::from_pkcs8(&der).ok())
            .ok_or_else(|| invalid("must have an RSA key in PEM (PKCS #8) as private_key"))?;
        Ok(Self {
            email: file.client_email,
            key_id: file.private_key_id,
            key,
            token: Mutex::new(None),
        })
    }

    /// A token that is good for some minutes at least.
    pub(super) fn token(&self, now: SystemTime) -> Result<String, BotError> {
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        // Held while signing, a matter of a millisecond: turns at the same time share the token.
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = |token: &&Token| {
            (token.issued_at..token.issued_at + LIFETIME_SECS - RENEWED_BEFORE_SECS).contains(&now)
        };
        if let Some(token) = kept.as_ref().filter(usable) {
            return Ok(token.text.clone());
        }
        let text = self.sign(now)?;
        *kept = Some(Token {
            text: text.clone(),
            issued_at: now,
        });
        Ok(text)
    }

    fn sign(&self, now: u64) -> Result<String, BotError> {
        let encoded = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let header = encoded(json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id}));
        let claims = encoded(json!({
            "iss": self.email,
            "sub": self.email,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + LIFETIME_SECS,
        }));
        let signed = format!("{header}.{claims}");
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|error| BotError::Misconfigured {
                problem: "the key of google_service_account can't sign",
                source: Some(Box::new(error)),
            })?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The DER in a PEM of one private key.
fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

// Nothing of it may be shown.
impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").finish_non_exhaustive()
    }
}
