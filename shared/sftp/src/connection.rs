//! TCP and SSH up to the point where somebody may log in.

use std::{borrow::Cow, sync::Arc};

use russh::{
    AlgorithmKind, Preferred, SshId,
    client::{Config, Handle, connect_stream},
    compression,
    keys::Algorithm,
};
use tokio::{io::BufReader, net::TcpStream, time::timeout};

use crate::{
    SftpError,
    algorithms::{CIPHERS, HOST_KEYS, KEY_EXCHANGES},
    download::WINDOW,
    host_key::{Ended, HostKey, Notes, Presented},
    patience::{CONNECT, KEEPALIVE, KEEPALIVES},
};

/// The most common limit of other implementations, and what servers are tested with.
const PACKET: u32 = 32 * 1024;
/// Bytes read from the socket at a time: several packets.
const SOCKET_BUFFER: usize = 256 * 1024;
/// Packets that wait to be taken apart. Their reader never waits for anything.
const PACKETS_WAITING: usize = 16;

/// A connection to a server that proved who it is. Nobody is logged in.
pub(crate) struct Connection {
    pub(crate) handle: Handle<HostKey>,
    pub(crate) notes: Notes,
}

/// The fingerprint of the host key that the server presents now: `SHA256:…`. Nobody logs in.
///
/// # Errors
/// No connection, or no key exchange in common.
pub async fn host_key(host: &str, port: u16) -> Result<String, SftpError> {
    match establish(host, port, None, &HOST_KEYS).await {
        Attempt::OtherKey(presented) => Ok(presented.fingerprint),
        Attempt::NoCommonKey(error) | Attempt::Failed(error) => Err(error),
        // Not to be expected: no key is trusted.
        Attempt::Trusted(connection) => connection
            .notes
            .presented
            .get()
            .map(|presented| presented.fingerprint.clone())
            .ok_or_else(|| SftpError::of_ssh(russh::Error::Inconsistent)),
    }
}

/// Connects to a server that has the trusted key.
///
/// A server has several keys and presents one of the algorithms we name. Another key than the trusted one is
/// therefore no change yet: it can have got a key of a better algorithm and still have the trusted one.
pub(crate) async fn connect(host: &str, port: u16, trusted: &str) -> Result<Connection, SftpError> {
    let trusted = trusted.trim().trim_end_matches('=');
    let mut algorithms = HOST_KEYS.to_vec();
    let mut found = None;
    loop {
        match establish(host, port, Some(trusted), &algorithms).await {
            Attempt::Trusted(connection) => return Ok(connection),
            Attempt::OtherKey(presented) => {
                algorithms.retain(|algorithm| presented.is_not_of(algorithm));
                found.get_or_insert(presented.fingerprint);
            }
            Attempt::NoCommonKey(error) if found.is_none() => return Err(error),
            Attempt::NoCommonKey(_no_other_key) => algorithms.clear(),
            Attempt::Failed(error) => return Err(error),
        }
        if let Some(found) = found.take_if(|_| algorithms.is_empty()) {
            let expected = trusted.to_owned();
            return Err(SftpError::HostKeyChanged { expected, found });
        }
    }
}

enum Attempt {
    Trusted(Connection),
    OtherKey(Presented),
    /// The server has no key of any of the algorithms.
    NoCommonKey(SftpError),
    Failed(SftpError),
}

async fn establish(
    host: &str,
    port: u16,
    trusted: Option<&str>,
    algorithms: &[Algorithm],
) -> Attempt {
    let stream = match reach(host, port).await {
        Ok(stream) => stream,
        Err(error) => return Attempt::Failed(error),
    };
    let notes = Notes::default();
    let check = HostKey {
        trusted: trusted.map(str::to_owned),
        notes: notes.clone(),
    };
    let stream = BufReader::with_capacity(SOCKET_BUFFER, stream);
    let exchanged = timeout(
        CONNECT,
        connect_stream(Arc::new(config(algorithms)), stream, check),
    );
    match exchanged.await {
        Ok(Ok(handle)) => Attempt::Trusted(Connection { handle, notes }),
        Ok(Err(Ended::Failed(error))) => match (&*error, notes.presented.get()) {
            (russh::Error::UnknownKey, Some(presented)) => Attempt::OtherKey(presented.clone()),
            (
                russh::Error::NoCommonAlgo {
                    kind: AlgorithmKind::Key,
                    ..
                },
                _,
            ) => Attempt::NoCommonKey(SftpError::of_ssh(error)),
            _ => Attempt::Failed(SftpError::of_ssh(error)),
        },
        Ok(Err(ended)) => Attempt::Failed(SftpError::disconnected(ended)),
        Err(_elapsed) => Attempt::Failed(SftpError::Timeout {
            awaited: "the key exchange",
        }),
    }
}

async fn reach(host: &str, port: u16) -> Result<TcpStream, SftpError> {
    let awaited = "a connection";
    let stream = timeout(CONNECT, TcpStream::connect((host, port)))
        .await
        .map_err(|_elapsed| SftpError::Timeout { awaited })?;
    // Requests are small and must not wait for each other.
    stream
        .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
        .map_err(|error| SftpError::Unreachable {
            host: host.to_owned(),
            port,
            source: Arc::new(error),
        })
}

fn config(algorithms: &[Algorithm]) -> Config {
    Config {
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-sparkbridge")),
        window_size: WINDOW,
        maximum_packet_size: PACKET,
        channel_buffer_size: PACKETS_WAITING,
        preferred: Preferred {
            kex: Cow::Borrowed(KEY_EXCHANGES),
            key: Cow::Owned(algorithms.to_vec()),
            cipher: Cow::Borrowed(CIPHERS),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::DEFAULT
        },
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES,
        // Ends what nobody waits for any more: a key exchange that never ends.
        inactivity_timeout: Some(KEEPALIVE * (KEEPALIVES as u32 + 2)),
        ..Config::default()
    }
}
