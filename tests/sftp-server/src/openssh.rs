//! The real thing: an `sshd` of its own for one test.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

use anyhow::{Context, bail};

use crate::{KeyPair, Scratch};

/// Where Linux distributions put it. It has to be started by its absolute path.
const SSHD: &str = "/usr/sbin/sshd";
/// Between asking for a free port and taking it, another process can be quicker.
const ATTEMPTS: usize = 5;

/// An OpenSSH server that is running, for the user that runs the test. Dropping it stops it.
///
/// It serves the whole file system: paths are absolute, and [`folder`](Self::folder) is a place for files.
pub struct Sshd {
    port: u16,
    user: String,
    key: KeyPair,
    fingerprints: Vec<String>,
    child: Child,
    folder: Scratch,
    /// Host keys and settings. They have to be there as long as the server is.
    settings: Scratch,
}

impl Sshd {
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// A key that may log in. There is no password.
    #[must_use]
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// Lets another key log in too: a line as in `authorized_keys`.
    ///
    /// # Errors
    /// The server's list can't be written.
    pub fn authorize(&self, public: &str) -> anyhow::Result<()> {
        let list = self.settings.path().join("authorized_keys");
        let mut lines = fs::read_to_string(&list)?;
        lines.push('\n');
        lines.push_str(public);
        Ok(fs::write(&list, lines)?)
    }

    /// Of the Ed25519 host key, which clients prefer: `SHA256:…`, as OpenSSH prints it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprints[0]
    }

    /// Of the ECDSA host key that the server has besides.
    #[must_use]
    pub fn second_fingerprint(&self) -> &str {
        &self.fingerprints[1]
    }

    /// An empty folder, removed with the server.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // Gone already: fine. Connections end with their clients.
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Starts an OpenSSH server on a free port of 127.0.0.1 and returns once it listens. `None`, and a line on
/// standard error, where OpenSSH's server isn't installed.
///
/// # Errors
/// The server doesn't start; the error holds what it said.
pub fn start() -> anyhow::Result<Option<Sshd>> {
    start_with(&[])
}

/// Like [`start`], with lines of `sshd_config` that come before ours: for every keyword the first one counts.
///
/// # Errors
/// The server doesn't start; the error holds what it said.
pub fn start_with(lines: &[&str]) -> anyhow::Result<Option<Sshd>> {
    if !Path::new(SSHD).exists() {
        eprintln!("SKIPPED: {SSHD} is not installed, so nothing was tried against OpenSSH");
        return Ok(None);
    }
    // Needed when root starts it, and made by the package's service otherwise.
    let _only_root_can = fs::create_dir_all("/run/sshd");

    let (folder, settings) = (Scratch::new("folder")?, Scratch::new("sshd")?);
    let key = KeyPair::ed25519()?;
    fs::write(settings.path().join("authorized_keys"), &key.public)?;
    let host_keys = [KeyPair::ed25519()?, KeyPair::ecdsa()?];
    for (number, host_key) in host_keys.iter().enumerate() {
        let path = settings.path().join(format!("host_key_{number}"));
        fs::write(&path, &host_key.private)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    let user = Command::new("id").arg("-un").output()?;
    let user = String::from_utf8(user.stdout)?.trim().to_owned();

    let mut said = String::new();
    for _ in 0..ATTEMPTS {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let file = settings.path().join("sshd_config");
        fs::write(&file, sshd_config(lines, settings.path(), port))?;
        let mut child = Command::new(SSHD)
            .args(["-D", "-e", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{SSHD} can't be started"))?;
        let log = child.stderr.take().context("no standard error")?;
        match listening(log) {
            Ok(()) => {
                let fingerprints = host_keys.map(|key| key.fingerprint).into();
                return Ok(Some(Sshd {
                    port,
                    user,
                    key,
                    fingerprints,
                    child,
                    folder,
                    settings,
                }));
            }
            Err(log) => {
                child.wait()?;
                said = log;
            }
        }
    }
    bail!("{SSHD} doesn't start: {said}")
}

fn sshd_config(lines: &[&str], settings: &Path, port: u16) -> String {
    let (lines, settings) = (lines.join("\n"), settings.display());
    format!(
        "{lines}\n\
         ListenAddress 127.0.0.1\n\
         Port {port}\n\
         HostKey {settings}/host_key_0\n\
         HostKey {settings}/host_key_1\n\
         PidFile none\n\
         AuthorizedKeysFile {settings}/authorized_keys\n\
         StrictModes no\n\
         PermitRootLogin yes\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         UsePAM no\n\
         Subsystem sftp internal-sftp\n"
    )
}

/// Waits until the server says that it listens; `Err` is all that it said before it ended instead. What it
/// says later is read and thrown away, so that it never waits for a reader.
fn listening(log: ChildStderr) -> Result<(), String> {
    let mut lines = BufReader::new(log).lines().map_while(Result::ok);
    let mut said = Vec::new();
    for line in lines.by_ref() {
        if line.contains("Server listening on") {
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(());
        }
        said.push(line);
    }
    Err(said.join("\n"))
}
