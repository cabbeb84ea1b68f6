//! What can go wrong, by meaning. Causes are kept; credentials and file contents are in none of them.

use std::{io, sync::Arc};

use russh_sftp::{client::error::Error as RequestError, protocol::StatusCode};

/// A cause from below: SSH, SFTP or the operating system.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why something was not done. Ask [`is_temporary`](Self::is_temporary) before a repeat.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SftpError {
    /// No name, no route, or nobody listening.
    #[error("{host}:{port} can't be reached")]
    Unreachable {
        host: String,
        port: u16,
        #[source]
        source: Arc<io::Error>,
    },
    /// Found out before any credential was sent. Both are fingerprints, `SHA256:…`.
    #[error(
        "the SFTP server's host key is {found}, but {expected} is trusted: either the server got a new key, or \
         this is another server in its place. Nothing was sent to it. Check the new key with Sparkcentral, then \
         run `sparkbridge exports trust-host` again"
    )]
    HostKeyChanged { expected: String, found: String },
    /// Found out before anything was sent.
    #[error(
        "the private key can't be read: give it as OpenSSH or PEM text, with its passphrase if it has one"
    )]
    UnusableKey {
        #[source]
        source: Arc<russh::keys::Error>,
    },
    /// `offered` are the methods by which the server says one can go on: `publickey`, `password`, …
    #[error(
        "the SFTP server refuses the log-in: check the user and the password or key ({})",
        if offered.is_empty() { "it offers no other method".to_owned() } else { format!("it offers {}", offered.join(", ")) }
    )]
    LoginRefused { offered: Vec<String> },
    #[error("{path} is not on the SFTP server")]
    NotFound { path: String },
    #[error("the SFTP server doesn't permit it to this account: {path}")]
    PermissionDenied { path: String },
    /// `status` is the protocol's word for it. The server's own words are left out.
    #[error("the SFTP server answers {path} with status {status:?}")]
    Refused { path: String, status: String },
    /// Nothing came for the time that is given to it.
    #[error("no answer from the SFTP server while waiting for {awaited}")]
    Timeout { awaited: &'static str },
    /// The connection ended, by either side or between them.
    #[error("the connection to the SFTP server is lost")]
    Disconnected {
        #[source]
        source: Cause,
    },
    /// No common algorithm, no SFTP, or an answer that makes no sense.
    #[error("the SFTP server can't be talked to")]
    Protocol {
        #[source]
        source: Cause,
    },
}

impl SftpError {
    /// Whether the same may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Disconnected { .. } => true,
            Self::HostKeyChanged { .. }
            | Self::UnusableKey { .. }
            | Self::LoginRefused { .. }
            | Self::NotFound { .. }
            | Self::PermissionDenied { .. }
            | Self::Refused { .. }
            | Self::Protocol { .. } => false,
        }
    }

    pub(crate) fn protocol(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Protocol {
            source: Arc::new(source),
        }
    }

    pub(crate) fn disconnected(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Disconnected {
            source: Arc::new(source),
        }
    }

    /// A failure of the SSH layer.
    pub(crate) fn of_ssh(error: impl Into<Arc<russh::Error>>) -> Self {
        use russh::Error as E;
        let error = error.into();
        match &*error {
            E::IO(_)
            | E::Disconnect
            | E::HUP
            | E::ConnectionTimeout
            | E::KeepaliveTimeout
            | E::InactivityTimeout
            | E::SendError
            | E::RecvError
            | E::Join(_)
            | E::Elapsed(_) => Self::Disconnected { source: error },
            _ => Self::Protocol { source: error },
        }
    }

    /// A request about `path` that failed.
    pub(crate) fn of_request(error: RequestError, path: &str) -> Self {
        let path = path.to_owned();
        match error {
            RequestError::Status(status) => match status.status_code {
                StatusCode::NoSuchFile => Self::NotFound { path },
                StatusCode::PermissionDenied => Self::PermissionDenied { path },
                status => Self::Refused {
                    path,
                    status: status.to_string(),
                },
            },
            // Among them an answer that never comes, because the stream it would come by has ended.
            RequestError::IO(_) | RequestError::Timeout | RequestError::UnexpectedBehavior(_) => {
                Self::disconnected(error)
            }
            RequestError::Limited(_) | RequestError::UnexpectedPacket => Self::protocol(error),
        }
    }
}

/// A breach of the protocol that only this crate notices.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Breach {
    #[error("it offers no SFTP")]
    NoSftp,
    #[error("it speaks version {0} of SFTP, and 3 is needed")]
    Version(u32),
    #[error("it answers a read with more bytes than were asked for")]
    TooMuch,
    #[error("it answers a read with no bytes and no end")]
    Nothing,
    #[error("it asks for more answers than a log-in has")]
    Prompts,
    #[error("it lists more than {0} entries in one folder: move old files away, if they are files")]
    Endless(usize),
}
