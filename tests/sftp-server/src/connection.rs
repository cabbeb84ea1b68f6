//! One client: who may log in, and what it gets then.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use russh::{
    Channel, ChannelId,
    keys::PublicKey,
    server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session, VerifiedPublicKey},
};

use crate::{confined::Confined, files::Files};

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) confined: Confined,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) authorized_key: Option<PublicKey>,
    pub(crate) max_read: Option<u32>,
    /// Passwords and keys that were tried, right and wrong ones.
    pub(crate) login_attempts: Arc<AtomicU64>,
}

pub(crate) struct Connection {
    shared: Arc<Shared>,
    /// Opened, and not yet asked for a subsystem.
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            channels: HashMap::new(),
        }
    }

    fn judged(&self, right: bool) -> Auth {
        self.shared.login_attempts.fetch_add(1, Ordering::SeqCst);
        if right { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.judged(user == self.shared.user && password == self.shared.password))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(response) = response else {
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            });
        };
        let right = response.into_iter().next();
        let right = right.is_some_and(|answer| answer == self.shared.password.as_bytes());
        Ok(self.judged(user == self.shared.user && right))
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        let authorized = self.shared.authorized_key.as_ref();
        let right = authorized.is_some_and(|right| right.key_data() == key.public_key.key_data());
        Ok(self.judged(user == self.shared.user && right))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&id) {
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                let files = Files::new(self.shared.confined.clone(), self.shared.max_read);
                russh_sftp::server::run(channel.into_stream(), files).await;
            }
            _ => session.channel_failure(id)?,
        }
        Ok(())
    }

    /// A client that has nothing more to ask is done.
    async fn channel_eof(
        &mut self,
        id: ChannelId,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.close(id)
    }
}
