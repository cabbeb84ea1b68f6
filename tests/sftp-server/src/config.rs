//! What a server serves, to whom, and which of its manners a test wants changed.

use std::{fmt, path::PathBuf};

/// One folder, one user.
#[derive(Clone)]
pub struct Config {
    /// The folder that clients see as `/`. It must exist.
    pub root: PathBuf,
    pub user: String,
    pub password: String,
    /// A public key that may log in too: a line as in OpenSSH's `authorized_keys`.
    pub authorized_key: Option<String>,
    pub host_key: HostKey,
    /// On 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Ask for the password by keyboard-interactive, and refuse the method `password`.
    pub keyboard_interactive: bool,
    /// Most bytes that one read returns, whatever was asked for and announced: a server may do that.
    pub max_read: Option<u32>,
}

/// The key that the server proves itself with.
#[derive(Clone)]
pub enum HostKey {
    /// Another one at every start.
    Random,
    /// The Ed25519 key of this seed: the same at every start.
    Seed([u8; 32]),
    /// A private key as OpenSSH writes it, without a passphrase.
    Pem(String),
}

impl Config {
    /// A server with a random host key on a free port, with the manners of any other.
    #[must_use]
    pub fn new(
        root: impl Into<PathBuf>,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self {
            root: root.into(),
            user: user.into(),
            password: password.into(),
            authorized_key: None,
            host_key: HostKey::Random,
            port: 0,
            keyboard_interactive: false,
            max_read: None,
        }
    }
}

impl fmt::Debug for Config {
    /// Without the password and the host key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("root", &self.root)
            .field("user", &self.user)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
