//! Which server, and who we are there.

use secrecy::SecretString;

/// A server, its key, and the account on it. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub credential: Credential,
    /// The only host key that is trusted: `SHA256:…`, as OpenSSH prints it. See [`host_key`](crate::host_key).
    pub host_key: String,
}

/// What the account is proved with.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Given by the method `password`, or as the answer to every hidden prompt where the server offers only
    /// keyboard-interactive.
    Password(SecretString),
    /// OpenSSH's format, PEM (PKCS#1, PKCS#8, SEC1) or PuTTY's. RSA keys sign with SHA-512 or SHA-256, never SHA-1.
    Key {
        private_key: SecretString,
        passphrase: Option<SecretString>,
    },
}
