//! Servers to try the client against.

use std::path::{Path, PathBuf};

use sftp::{Credential, Server, Session};
use sftp_server::{Config, Running, Scratch, openssh::Sshd};

pub(crate) const PASSWORD: &str = "right password";

/// A server with one folder in it.
pub(crate) struct Target {
    pub(crate) server: Server,
    /// On our disk.
    pub(crate) folder: PathBuf,
    /// As the server calls it, without a slash at the end.
    seen: String,
    _running: Kept,
}

/// What stops the server when it is dropped.
#[allow(dead_code, reason = "held, not read")]
enum Kept {
    Embedded(Running, Scratch),
    OpenSsh(Box<Sshd>),
}

impl Target {
    /// The path by which the server knows a file of the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.seen)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.join(name), bytes).unwrap();
    }

    pub(crate) async fn connect(&self) -> Session {
        Session::connect(&self.server).await.unwrap()
    }
}

/// Both, or the embedded one alone where OpenSSH's server isn't installed.
pub(crate) async fn targets() -> Vec<Target> {
    let mut targets = vec![embedded().await];
    targets.extend(openssh());
    targets
}

async fn embedded() -> Target {
    let folder = Scratch::new("client").unwrap();
    let running = sftp_server::start(config(&folder)).await.unwrap();
    Target {
        server: server(&running),
        folder: folder.path().to_owned(),
        seen: String::new(),
        _running: Kept::Embedded(running, folder),
    }
}

fn openssh() -> Option<Target> {
    let sshd = sftp_server::openssh::start().unwrap()?;
    Some(Target {
        server: server_of(&sshd),
        folder: sshd.folder().to_owned(),
        seen: sshd.folder().to_str().unwrap().to_owned(),
        _running: Kept::OpenSsh(Box::new(sshd)),
    })
}

/// A server of ours, to be changed before it starts.
pub(crate) fn config(folder: &Scratch) -> Config {
    Config::new(folder.path(), "exports", PASSWORD)
}

pub(crate) fn server(running: &Running) -> Server {
    Server {
        host: "127.0.0.1".into(),
        port: running.port(),
        user: "exports".into(),
        credential: Credential::Password(PASSWORD.into()),
        host_key: running.fingerprint().into(),
    }
}

pub(crate) fn server_of(sshd: &Sshd) -> Server {
    Server {
        host: "127.0.0.1".into(),
        port: sshd.port(),
        user: sshd.user().into(),
        credential: key(&sshd.key().private, None),
        host_key: sshd.fingerprint().into(),
    }
}

pub(crate) fn key(private: &str, passphrase: Option<&str>) -> Credential {
    Credential::Key {
        private_key: private.into(),
        passphrase: passphrase.map(Into::into),
    }
}

pub(crate) fn symlink(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).unwrap();
}
