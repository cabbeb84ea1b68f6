//! The webhook's signature: HMAC-SHA256 of the exact body bytes, keyed with the agent's secret.
//!
//! Secret and signature are both hex text; the key is the decoded secret. White space in the body
//! counts, so verification happens before parsing, on the bytes as they arrived (decoded from
//! base64 first where a gateway encoded them).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// SHA-256's block size: the size HMAC brings every key to.
const BLOCK_BYTES: usize = 64;
/// SHA-256's output size.
const SIGNATURE_BYTES: usize = 32;

/// Which of an agent's two secrets matched. A rotation is over when only `Current` is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretVersion {
    Current,
    Previous,
}

impl SecretVersion {
    /// The name used in logs and metrics: `current` or `previous`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
        }
    }
}

/// One shared secret, ready to key an HMAC. Wiped from memory when dropped; `Debug` hides it.
pub struct WebhookSecret {
    version: SecretVersion,
    /// Already brought to the block size, so that keying can't fail later.
    key: SecretBox<[u8; BLOCK_BYTES]>,
}

/// Why a configured secret can't be used. Never quotes the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error(
        "the webhook secret is empty: copy the shared secret from the virtual agent's settings"
    )]
    Empty,
    #[error("the webhook secret is not hexadecimal text with an even number of digits")]
    NotHex,
}

/// Why a request's signature was refused. Callers answer all of them alike and tell them apart
/// only in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SignatureError {
    #[error("the verifier has no secret")]
    NoSecret,
    #[error("the request carries no signature")]
    Missing,
    #[error("the signature is not hexadecimal text")]
    NotHex,
    #[error("the signature is not 32 bytes (64 hexadecimal digits) long")]
    WrongLength,
    #[error("the signature matches none of the secrets")]
    Mismatch,
}

impl SignatureError {
    /// A short, stable name for a log field or a metric's dimension.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::Missing => "missing",
            Self::NotHex => "not_hex",
            Self::WrongLength => "wrong_length",
            Self::Mismatch => "mismatch",
        }
    }
}

impl WebhookSecret {
    /// Takes the secret as the settings page shows it: hex, either case, surrounding white space
    /// ignored (a paste often brings a line break).
    ///
    /// # Errors
    /// [`SecretError::Empty`] and [`SecretError::NotHex`]. An empty secret is refused because
    /// anyone can sign with it.
    pub fn from_hex(label: SecretVersion, hex: &str) -> Result<Self, SecretError> {
        let decoded = SecretBox::new(Box::new(
            hex::decode(hex.trim()).map_err(|_| SecretError::NotHex)?,
        ));
        let raw: &Vec<u8> = decoded.expose_secret();
        if raw.is_empty() {
            return Err(SecretError::Empty);
        }
        // RFC 2104: a key longer than the block is hashed, a shorter one is padded with zeros.
        let mut block = Box::new([0; BLOCK_BYTES]);
        if raw.len() > BLOCK_BYTES {
            block[..SIGNATURE_BYTES].copy_from_slice(&Sha256::digest(raw));
        } else {
            block[..raw.len()].copy_from_slice(raw);
        }
        let key = SecretBox::new(block);
        Ok(Self {
            version: label,
            key,
        })
    }

    /// Which of the agent's secrets this is.
    pub fn version(&self) -> SecretVersion {
        self.version
    }

    fn mac(&self, body: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut mac = Hmac::<Sha256>::new(self.key.expose_secret().into());
        mac.update(body);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSecret")
            .field("version", &self.version)
            .field("key", &format_args!("<redacted>"))
            .finish()
    }
}

/// Checks signatures against an agent's secrets: usually one, two during a rotation.
#[derive(Debug)]
pub struct Verifier {
    secrets: Vec<WebhookSecret>,
}

impl Verifier {
    /// The order of `secrets` decides which version is reported if two are equal.
    pub fn new(secrets: Vec<WebhookSecret>) -> Self {
        Self { secrets }
    }

    /// Verifies the raw body against the header's value; tells which secret matched.
    ///
    /// Every secret is tried and compared in constant time, so the time taken tells neither how
    /// many digits were right nor which secret matched.
    ///
    /// # Errors
    /// One [`SignatureError`] per reason; an absent and an empty header are both `Missing`.
    pub fn verify(
        &self,
        body: &[u8],
        signature: Option<&str>,
    ) -> Result<SecretVersion, SignatureError> {
        if self.secrets.is_empty() {
            return Err(SignatureError::NoSecret);
        }
        let signature = decode(signature)?;
        let mut matched = None;
        for secret in &self.secrets {
            let equal: Choice = secret.mac(body).ct_eq(&signature);
            if bool::from(equal) && matched.is_none() {
                matched = Some(secret.version);
            }
        }
        matched.ok_or(SignatureError::Mismatch)
    }
}

fn decode(signature: Option<&str>) -> Result<[u8; SIGNATURE_BYTES], SignatureError> {
    let text = signature
        .filter(|text| !text.is_empty())
        .ok_or(SignatureError::Missing)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(SignatureError::NotHex);
    }
    let mut bytes = [0; SIGNATURE_BYTES];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| SignatureError::WrongLength)?;
    Ok(bytes)
}

/// Signs a body as Sparkcentral does, in lower-case hex: for test clients and operators' tools.
pub fn sign(secret: &WebhookSecret, body: &[u8]) -> String {
    hex::encode(secret.mac(body))
}

#[cfg(test)]
mod tests;
