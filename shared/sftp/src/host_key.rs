//! The check of the server's key, and what SSH tells us besides.

use std::sync::{Arc, OnceLock};

use russh::{
    client::{DisconnectReason, Handler},
    keys::{Algorithm, HashAlg, PublicKeyOrCertificate},
};

/// The key that a server presented.
#[derive(Clone, Debug)]
pub(crate) struct Presented {
    algorithm: Algorithm,
    /// `SHA256:…`
    pub(crate) fingerprint: String,
}

impl Presented {
    /// Whether a key of this algorithm would be another one than this.
    pub(crate) fn is_not_of(&self, algorithm: &Algorithm) -> bool {
        match (&self.algorithm, algorithm) {
            (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => false,
            (presented, algorithm) => presented != algorithm,
        }
    }
}

/// What became of a connection, for those who only notice that it is gone.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error(transparent)]
    Failed(Arc<russh::Error>),
    /// The server said good-bye. Its words are left out: they may hold anything.
    #[error("the server ended it ({0:?})")]
    ByServer(Reason),
}

/// RFC 4253, 11.1, as far as it tells us anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Too busy, going down, or lost: not our fault.
    NotNow,
    /// Anything else, such as too many attempts to log in.
    Refused,
}

impl From<russh::Error> for Ended {
    fn from(error: russh::Error) -> Self {
        Self::Failed(Arc::new(error))
    }
}

/// What the event loop of a connection writes down for us.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) presented: Arc<OnceLock<Presented>>,
    pub(crate) ended: Arc<OnceLock<Ended>>,
}

/// Accepts one host key, or none.
pub(crate) struct HostKey {
    pub(crate) trusted: Option<String>,
    pub(crate) notes: Notes,
}

impl Handler for HostKey {
    type Error = Ended;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Ended> {
        let key = key.public_key();
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let trusted = self.trusted.as_ref() == Some(&fingerprint);
        // Only the first key exchange asks.
        let _first = self.notes.presented.set(Presented {
            algorithm: key.algorithm(),
            fingerprint,
        });
        Ok(trusted)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Ended>) -> Result<(), Ended> {
        let ended = match reason {
            DisconnectReason::Error(ended) => ended,
            DisconnectReason::ReceivedDisconnect(info) => {
                use russh::Disconnect as D;
                Ended::ByServer(match info.reason_code {
                    D::ServiceNotAvailable
                    | D::ConnectionLost
                    | D::ByApplication
                    | D::TooManyConnections => Reason::NotNow,
                    _ => Reason::Refused,
                })
            }
        };
        // Only once per connection.
        let _first = self.notes.ended.set(ended.clone());
        Err(ended)
    }
}
