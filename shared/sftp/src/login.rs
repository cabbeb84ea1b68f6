//! Logging in: a password, an answer to a prompt, or a key.

use std::sync::Arc;

use russh::{
    MethodKind, MethodSet,
    client::{AuthResult, KeyboardInteractiveAuthResponse as Answer},
    keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use crate::{
    Credential, SftpError,
    connection::Connection,
    error::Breach,
    host_key::{Ended, Reason},
    patience::CONNECT,
};

/// Rounds of prompts. Real log-ins have one or two, often an empty one at the end.
const ROUNDS: usize = 8;

/// A credential that is ready for use.
pub(crate) enum Proof {
    Password(SecretString),
    Key(Arc<PrivateKey>),
}

impl Proof {
    /// Reads the key, before anybody is asked for anything.
    pub(crate) fn of(credential: &Credential) -> Result<Self, SftpError> {
        match credential {
            Credential::Password(password) => Ok(Self::Password(password.clone())),
            Credential::Key {
                private_key,
                passphrase,
            } => {
                let passphrase = passphrase.as_ref().map(|secret| secret.expose_secret());
                decode_secret_key(private_key.expose_secret().trim(), passphrase)
                    .map(|key| Self::Key(Arc::new(key)))
                    .map_err(|error| SftpError::UnusableKey {
                        source: Arc::new(error),
                    })
            }
        }
    }
}

pub(crate) async fn log_in(
    connection: &mut Connection,
    user: &str,
    proof: &Proof,
) -> Result<(), SftpError> {
    match proof {
        Proof::Password(password) => by_password(connection, user, password).await,
        Proof::Key(key) => by_key(connection, user, key).await,
    }
}

async fn by_password(
    connection: &mut Connection,
    user: &str,
    password: &SecretString,
) -> Result<(), SftpError> {
    let tried = connection
        .handle
        .authenticate_password(user, password.expose_secret());
    match soon(tried).await? {
        AuthResult::Success => Ok(()),
        // The server never looked at the password if it doesn't offer the method. Where it does, it isn't tried
        // a second time: accounts get locked that way.
        AuthResult::Failure {
            remaining_methods, ..
        } if remaining_methods.contains(&MethodKind::KeyboardInteractive)
            && !remaining_methods.contains(&MethodKind::Password) =>
        {
            by_prompts(connection, user, password).await
        }
        AuthResult::Failure {
            remaining_methods, ..
        } => Err(refused(connection, &remaining_methods)),
    }
}

async fn by_prompts(
    connection: &mut Connection,
    user: &str,
    password: &SecretString,
) -> Result<(), SftpError> {
    let started = connection
        .handle
        .authenticate_keyboard_interactive_start(user, None);
    let mut answer = soon(started).await?;
    for _ in 0..ROUNDS {
        let prompts = match answer {
            Answer::Success => return Ok(()),
            Answer::Failure {
                remaining_methods, ..
            } => return Err(refused(connection, &remaining_methods)),
            Answer::InfoRequest { prompts, .. } => prompts,
        };
        // What may be seen while it is typed is no password.
        let answers = prompts.iter().map(|prompt| match prompt.echo {
            true => String::new(),
            false => password.expose_secret().to_owned(),
        });
        let given = connection
            .handle
            .authenticate_keyboard_interactive_respond(answers.collect());
        answer = soon(given).await?;
    }
    Err(SftpError::protocol(Breach::Prompts))
}

async fn by_key(
    connection: &mut Connection,
    user: &str,
    key: &Arc<PrivateKey>,
) -> Result<(), SftpError> {
    let mut refusal = None;
    for hash in hashes(connection, key).await? {
        let key = PrivateKeyWithHashAlg::new(key.clone(), hash);
        match soon(connection.handle.authenticate_publickey(user, key)).await? {
            AuthResult::Success => return Ok(()),
            AuthResult::Failure {
                remaining_methods, ..
            } => {
                refusal = Some(refused(connection, &remaining_methods));
                if connection.handle.is_closed() {
                    break;
                }
            }
        }
    }
    Err(refusal.unwrap_or(SftpError::LoginRefused { offered: vec![] }))
}

/// What to sign with: for RSA what the server says it takes, or one after the other if it doesn't say.
async fn hashes(
    connection: &Connection,
    key: &PrivateKey,
) -> Result<Vec<Option<HashAlg>>, SftpError> {
    if !key.algorithm().is_rsa() {
        return Ok(vec![None]);
    }
    Ok(
        match soon(connection.handle.best_supported_rsa_hash()).await? {
            Some(Some(best)) => vec![Some(best)],
            Some(None) | None => vec![Some(HashAlg::Sha512), Some(HashAlg::Sha256)],
        },
    )
}

async fn soon<T>(act: impl Future<Output = Result<T, russh::Error>>) -> Result<T, SftpError> {
    let awaited = "the log-in";
    timeout(CONNECT, act)
        .await
        .map_err(|_elapsed| SftpError::Timeout { awaited })?
        .map_err(SftpError::of_ssh)
}

/// The SSH library tells a connection that ended during the log-in as a refusal too.
fn refused(connection: &Connection, remaining: &MethodSet) -> SftpError {
    match connection.notes.ended.get() {
        Some(ended @ (Ended::Failed(_) | Ended::ByServer(Reason::NotNow))) => {
            SftpError::disconnected(ended.clone())
        }
        Some(Ended::ByServer(Reason::Refused)) | None => SftpError::LoginRefused {
            offered: remaining.iter().map(String::from).collect(),
        },
    }
}
