//! Keys: made here, so that no test needs a tool for it.

use anyhow::Context;
use russh::keys::{
    Algorithm, HashAlg, PrivateKey,
    key::safe_rng,
    ssh_key::{LineEnding, private::Ed25519Keypair},
};

use crate::config::HostKey;

/// A key pair for logging in, or for a server to prove itself with.
pub struct KeyPair {
    /// As OpenSSH writes it, without a passphrase.
    pub private: String,
    /// A line as in OpenSSH's `authorized_keys`.
    pub public: String,
    /// `SHA256:…`, as OpenSSH prints it.
    pub fingerprint: String,
}

impl KeyPair {
    /// A new Ed25519 pair.
    ///
    /// # Errors
    /// The key can't be written down: not to be expected.
    pub fn ed25519() -> anyhow::Result<Self> {
        Self::of(&PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519)?)
    }

    /// A new ECDSA pair on the curve P-256.
    ///
    /// # Errors
    /// The key can't be written down: not to be expected.
    pub fn ecdsa() -> anyhow::Result<Self> {
        let curve = russh::keys::EcdsaCurve::NistP256;
        Self::of(&PrivateKey::random(
            &mut safe_rng(),
            Algorithm::Ecdsa { curve },
        )?)
    }

    fn of(key: &PrivateKey) -> anyhow::Result<Self> {
        Ok(Self {
            private: key.to_openssh(LineEnding::LF)?.to_string(),
            public: key.public_key().to_openssh()?,
            fingerprint: fingerprint(key),
        })
    }
}

pub(crate) fn fingerprint(key: &PrivateKey) -> String {
    key.public_key().fingerprint(HashAlg::Sha256).to_string()
}

pub(crate) fn host_key(of: &HostKey) -> anyhow::Result<PrivateKey> {
    match of {
        HostKey::Random => Ok(PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519)?),
        HostKey::Seed(seed) => Ok(Ed25519Keypair::from_seed(seed).into()),
        HostKey::Pem(pem) => {
            russh::keys::decode_secret_key(pem, None).context("the host key can't be read")
        }
    }
}
