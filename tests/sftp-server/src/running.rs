//! Starting and stopping.

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, Shutdown, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use russh::{
    MethodKind, MethodSet,
    keys::PublicKey,
    server::{Config as SshConfig, run_stream},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    config::Config,
    confined::Confined,
    connection::{Connection, Shared},
    keys::{fingerprint, host_key},
};

/// A server that is running. Dropping it stops it; [`stop`](Self::stop) also waits for the end.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    fingerprint: String,
    login_attempts: Arc<AtomicU64>,
    wires: Wires,
    accepting: JoinHandle<()>,
}

impl Running {
    /// On 127.0.0.1.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// Of the host key: `SHA256:…`, as OpenSSH prints it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How often a password or a key was tried, with and without success.
    #[must_use]
    pub fn login_attempts(&self) -> u64 {
        self.login_attempts.load(Ordering::SeqCst)
    }

    /// Cuts every connection, without a word, as a network does. New ones are welcome.
    pub fn cut(&self) {
        self.wires.cut();
    }

    /// Stops listening and cuts every connection. The port is free afterwards.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // Ends with the abort just asked for.
        let _aborted = (&mut self.accepting).await;
        self.wires.cut();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
        self.wires.cut();
    }
}

/// Starts a server on 127.0.0.1 and returns once it listens.
///
/// # Errors
/// The root isn't a folder, a key can't be read, or the port is taken.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let confined = Confined::to(&config.root)
        .with_context(|| format!("{} can't be served", config.root.display()))?;
    let authorized_key = config
        .authorized_key
        .as_deref()
        .map(PublicKey::from_openssh);
    let authorized_key = authorized_key
        .transpose()
        .context("the authorized key can't be read")?;
    let host_key = host_key(&config.host_key)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))
        .await
        .with_context(|| format!("port {} of 127.0.0.1 can't be had", config.port))?;
    let addr = listener.local_addr()?;
    let fingerprint = fingerprint(&host_key);
    let by_password = match config.keyboard_interactive {
        true => MethodKind::KeyboardInteractive,
        false => MethodKind::Password,
    };
    let ssh = Arc::new(SshConfig {
        keys: vec![host_key],
        methods: MethodSet::from([MethodKind::PublicKey, by_password].as_slice()),
        // Nobody guesses passwords here.
        auth_rejection_time: Duration::ZERO,
        ..SshConfig::default()
    });
    let login_attempts = Arc::new(AtomicU64::new(0));
    let shared = Arc::new(Shared {
        confined,
        user: config.user,
        password: config.password,
        authorized_key,
        max_read: config.max_read,
        login_attempts: login_attempts.clone(),
    });
    let wires = Wires::default();
    let accepting = tokio::spawn(accept(listener, ssh, shared, wires.clone()));
    Ok(Running {
        addr,
        fingerprint,
        login_attempts,
        wires,
        accepting,
    })
}

async fn accept(listener: TcpListener, ssh: Arc<SshConfig>, shared: Arc<Shared>, wires: Wires) {
    loop {
        let accepted = listener.accept().await;
        match accepted.and_then(|(stream, _from)| wires.hold(stream)) {
            Ok((stream, held)) => {
                let connection = Connection::new(shared.clone());
                let ssh = ssh.clone();
                tokio::spawn(async move {
                    let _held = held;
                    let ended = match run_stream(ssh, stream, connection).await {
                        Ok(session) => session.await,
                        Err(error) => Err(error),
                    };
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended");
                    }
                });
            }
            // Too many open files, or a client that left at once: neither is the listener's end.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// A second handle of every connection, to cut it by.
#[derive(Clone, Debug, Default)]
struct Wires(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    count: u64,
    wires: HashMap<u64, std::net::TcpStream>,
}

impl Wires {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, stream: TcpStream) -> io::Result<(TcpStream, Release)> {
        stream.set_nodelay(true)?;
        let stream = stream.into_std()?;
        let wire = stream.try_clone()?;
        let mut held = self.lock();
        held.count += 1;
        let number = held.count;
        held.wires.insert(number, wire);
        drop(held);
        let release = Release(self.clone(), number);
        Ok((TcpStream::from_std(stream)?, release))
    }

    fn cut(&self) {
        for wire in self.lock().wires.values() {
            // Already closed by the other side: cut enough.
            let _closed = wire.shutdown(Shutdown::Both);
        }
    }
}

/// Lets go of a connection that ended.
struct Release(Wires, u64);

impl Drop for Release {
    fn drop(&mut self) {
        self.0.lock().wires.remove(&self.1);
    }
}
