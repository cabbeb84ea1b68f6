//! One connection, logged in: looking around, opening, removing.

use std::{fmt, sync::Arc};

use futures::FutureExt;
use russh::{ChannelMsg, Disconnect, client::Handle};
use russh_sftp::{
    client::{
        Config, RawSftpSession,
        error::Error as RequestError,
        rawsession::{Limits, SftpResult},
    },
    extensions::LIMITS,
    protocol::{FileAttributes, OpenFlags, StatusCode},
};
use tokio::time::timeout;

use crate::{
    Download, Entry, Server, SftpError,
    connection::{self, Connection},
    entry,
    error::Breach,
    host_key::{HostKey, Notes},
    login::{self, Proof},
    patience::{CLOSE, Counted, IDLE, Traffic},
};

/// What a server without limits of its own must be able to give at once (draft-ietf-secsh-filexfer-02, 3).
const READ: u32 = 32 * 1024;
/// The library's clock for each request, which doesn't see that bytes come. Ours does, so this one is set to
/// longer than any connection lasts.
const NEVER: u64 = 30 * 24 * 3600;
/// Entries of one folder; eleven years of an hourly export. A server that lists more may never stop.
const MOST_ENTRIES: usize = 100_000;

/// A connection on which the account is logged in. Dropping it ends it, once its downloads are gone too.
pub struct Session {
    link: Arc<Link>,
}

/// What a session shares with its downloads.
pub(crate) struct Link {
    pub(crate) sftp: RawSftpSession,
    /// Most bytes that the server gives at once.
    pub(crate) max_read: u32,
    traffic: Traffic,
    notes: Notes,
    ssh: Handle<HostKey>,
}

impl Session {
    /// Connects, checks the host key, logs in and starts SFTP.
    ///
    /// # Errors
    /// [`SftpError::HostKeyChanged`] before any credential is sent; [`SftpError::LoginRefused`];
    /// [`SftpError::UnusableKey`]; no connection, or no SFTP.
    pub async fn connect(server: &Server) -> Result<Self, SftpError> {
        let proof = Proof::of(&server.credential)?;
        let mut connection =
            connection::connect(&server.host, server.port, &server.host_key).await?;
        login::log_in(&mut connection, &server.user, &proof).await?;
        let link = Arc::new(Link::start(connection).await?);
        Ok(Self { link })
    }

    /// What is in a folder, in the server's order: see [`entries`](entry::entries).
    ///
    /// # Errors
    /// The folder isn't there, can't be read, isn't one, or has no end.
    pub async fn list(&self, path: &str) -> Result<Vec<Entry>, SftpError> {
        let link = &self.link;
        let opened = link.ask(path, link.sftp.opendir(path)).await?;
        let opened = Opened::new(link.clone(), opened.handle);
        let mut entries = Vec::new();
        loop {
            let files = link.told("a listing", link.sftp.readdir(opened.handle()));
            let files = match files.await? {
                Ok(name) => name.files,
                Err(RequestError::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(link.failed(error, path)),
            };
            entries.extend(entry::entries(path, files));
            if entries.len() > MOST_ENTRIES {
                return Err(SftpError::protocol(Breach::Endless(MOST_ENTRIES)));
            }
        }
        Ok(entries)
    }

    /// What is at a path, or `None` if nothing is. A symbolic link is not followed.
    ///
    /// # Errors
    /// The account may not look there.
    pub async fn stat(&self, path: &str) -> Result<Option<Entry>, SftpError> {
        match self.link.ask(path, self.link.sftp.lstat(path)).await {
            Ok(found) => Ok(Some(Entry::new(path.to_owned(), &found.attrs, ""))),
            Err(SftpError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a file for reading from `offset` (bytes) to its end. Several can be open at a time.
    ///
    /// # Errors
    /// The file isn't there or can't be read.
    pub async fn open(&self, path: &str, offset: u64) -> Result<Download, SftpError> {
        let link = &self.link;
        let attributes = FileAttributes::empty();
        let opened = link.sftp.open(path, OpenFlags::READ, attributes);
        let opened = link.ask(path, opened).await?;
        let opened = Opened::new(link.clone(), opened.handle);
        Ok(Download::new(opened, path.to_owned(), offset))
    }

    /// Removes a file.
    ///
    /// # Errors
    /// The file isn't there, or the account may not remove it.
    pub async fn remove(&self, path: &str) -> Result<(), SftpError> {
        let removed = self.link.ask(path, self.link.sftp.remove(path)).await;
        removed.map(|_status| ())
    }

    /// Says good-bye. What downloads are left of the session end with it.
    pub async fn close(self) {
        let ssh = &self.link.ssh;
        let good_bye = ssh.disconnect(Disconnect::ByApplication, "", "en");
        // A server that is gone needs no good-bye.
        let _gone = timeout(CLOSE, good_bye).await;
        if let Some(link) = Arc::into_inner(self.link) {
            let Link { ssh, .. } = link;
            let _gone = timeout(CLOSE, ssh).await;
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Link {
    async fn start(connection: Connection) -> Result<Self, SftpError> {
        let Connection { handle: ssh, notes } = connection;
        let traffic = Traffic::default();
        let opened = async {
            let mut channel = ssh.channel_open_session().await?;
            channel.request_subsystem(true, "sftp").await?;
            loop {
                match channel.wait().await {
                    Some(ChannelMsg::Success) => break Ok(Some(channel)),
                    Some(ChannelMsg::Failure) => break Ok(None),
                    Some(_) => {}
                    None => break Err(russh::Error::Disconnect),
                }
            }
        };
        let channel = traffic
            .within(IDLE, "a channel", opened)
            .await?
            .map_err(SftpError::of_ssh)?
            .ok_or(SftpError::protocol(Breach::NoSftp))?;
        let stream = Counted {
            stream: channel.into_stream(),
            traffic: traffic.clone(),
        };
        let config = Config {
            request_timeout_secs: NEVER,
            ..Config::default()
        };
        let mut link = Self {
            sftp: RawSftpSession::new_with_config(stream, config),
            max_read: READ,
            traffic,
            notes,
            ssh,
        };
        link.agree().await?;
        Ok(link)
    }

    /// Version and limits.
    async fn agree(&mut self) -> Result<(), SftpError> {
        let version = self.ask("/", self.sftp.init()).await?;
        if version.version != 3 {
            return Err(SftpError::protocol(Breach::Version(version.version)));
        }
        if version.extensions.contains_key(LIMITS) {
            let limits: Limits = self.ask("/", self.sftp.limits()).await?.into();
            // No limit told is no promise to give more.
            let most = u64::from(crate::download::MAX_READ);
            let read = limits.read_len.unwrap_or(READ.into()).min(most);
            self.max_read = u32::try_from(read).unwrap_or(READ);
        }
        Ok(())
    }

    /// Waits for the answer to a request about `path`.
    async fn ask<T>(
        &self,
        path: &str,
        request: impl Future<Output = SftpResult<T>>,
    ) -> Result<T, SftpError> {
        self.told("an answer", request)
            .await?
            .map_err(|error| self.failed(error, path))
    }

    /// Waits for `act` as long as anything comes.
    pub(crate) async fn told<T>(
        &self,
        awaited: &'static str,
        act: impl Future<Output = T>,
    ) -> Result<T, SftpError> {
        self.traffic.within(IDLE, awaited, act).await
    }

    /// The meaning of a request's failure, with the cause that SSH knows if the connection has ended.
    pub(crate) fn failed(&self, error: RequestError, path: &str) -> SftpError {
        match (SftpError::of_request(error, path), self.notes.ended.get()) {
            (SftpError::Disconnected { .. }, Some(ended)) => SftpError::disconnected(ended.clone()),
            (error, _) => error,
        }
    }
}

/// A file or folder that the server holds open for us, until this is dropped.
pub(crate) struct Opened {
    pub(crate) link: Arc<Link>,
    handle: String,
}

impl Opened {
    fn new(link: Arc<Link>, handle: String) -> Self {
        Self { link, handle }
    }

    pub(crate) fn handle(&self) -> &str {
        &self.handle
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // The request is sent when it is first polled. Nobody waits for the answer.
        let _sent = self
            .link
            .sftp
            .close(std::mem::take(&mut self.handle))
            .now_or_never();
    }
}
