//! One invocation: log in, list, take what is new.

use std::collections::HashMap;
use std::time::Duration;

use chrono::Utc;
use exports::Settings;
use lake::{Credential, FileVersion, LedgerError, Saved, SecretError, Services, State, Telemetry};
use sftp::{Server, Session, SftpError};
use telemetry::Causes;

use crate::invocation::{Invocation, Request};
use crate::listing::{Listed, Listing, list};
use crate::pull::{Outcome, PullError, is_open, pull};
use crate::summary::{Failed, Pulled, Stopped, Summary};

/// Nothing could be done at all, and trying again may help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    #[error("the SFTP server")]
    Sftp(#[from] SftpError),
    #[error("the ledger")]
    Ledger(#[from] LedgerError),
    #[error("the SFTP credential")]
    Secret(#[from] SecretError),
}

/// Pulls everything new. What only a person can mend is in the answer's `stopped`.
pub(crate) async fn sync(
    services: &Services,
    telemetry: &Telemetry,
    settings: &Settings,
    request: &Request,
    invocation: Invocation,
) -> Result<Summary, SyncError> {
    let Some(host_key) = settings.host_key.clone() else {
        return Ok(Summary {
            stopped: Some(Stopped {
                reason: "host_key_not_pinned",
                message: "no host key is pinned: `sparkbridge exports trust-host` shows the server's and pins it".into(),
            }),
            ..Summary::default()
        });
    };
    let begun = async {
        let session = connect(services, settings, host_key).await?;
        let listing = list(&session, settings).await?;
        Ok((session, listing))
    };
    let (session, mut listing) = match begun.await {
        Err(SyncError::Sftp(error)) if !error.is_temporary() => {
            return Ok(Summary {
                stopped: Some(stopped(&error)),
                ..Summary::default()
            });
        }
        begun => begun?,
    };
    if !request.tables.is_empty() {
        listing.files.retain(|file| {
            let table = file.export.map(|export| export.table);
            table.is_some_and(|table| request.tables.iter().any(|wanted| wanted == table))
        });
    }
    let summary = take(services, telemetry, settings, &session, listing, invocation).await?;
    session.close().await;
    Ok(summary)
}

async fn connect(
    services: &Services,
    settings: &Settings,
    host_key: String,
) -> Result<Session, SyncError> {
    let credential = match services.secrets.credential().await? {
        Credential::Password { password } => sftp::Credential::Password(password),
        Credential::Key {
            private_key,
            passphrase,
        } => sftp::Credential::Key {
            private_key,
            passphrase,
        },
    };
    let server = Server {
        host: settings.host.clone(),
        port: settings.port,
        user: settings.user.clone(),
        credential,
        host_key,
    };
    Ok(Session::connect(&server).await?)
}

fn stopped(error: &SftpError) -> Stopped {
    let reason = match error {
        SftpError::HostKeyChanged { .. } => "host_key_changed",
        SftpError::LoginRefused { .. } => "login_refused",
        _ => "refused",
    };
    Stopped {
        reason,
        message: Causes(error).to_string(),
    }
}

async fn take(
    services: &Services,
    telemetry: &Telemetry,
    settings: &Settings,
    session: &Session,
    listing: Listing,
    invocation: Invocation,
) -> Result<Summary, SyncError> {
    let mut summary = Summary {
        listed: listing.files.len(),
        ignored: listing.ignored,
        unknown_directories: listing.unknown_directories,
        unreadable_directories: listing.unreadable_directories,
        ..Summary::default()
    };
    let versions: Vec<_> = listing
        .files
        .iter()
        .map(|file| file.version.clone())
        .collect();
    let known = known(services, &versions).await?;
    // One wait serves every file of the listing.
    let mut settle = Duration::from_secs(settings.settle_secs);
    for file in listing.files {
        let saved = known.get(&file.version);
        match saved.map(|saved| &saved.record) {
            Some(record) if !is_open(record, Utc::now()) => {
                if matches!(record.state, State::Pulling { .. } | State::Landing { .. }) {
                    summary.busy.push(file.version.path);
                    continue;
                }
                summary.known += 1;
                if settings.delete_after_load && matches!(record.state, State::Loaded(_)) {
                    summary.deleted += usize::from(delete(session, &file.version).await);
                }
                continue;
            }
            _ if invocation.is_over(Utc::now()) => {
                summary.unfinished = true;
                break;
            }
            _ => {}
        }
        let settled = std::mem::take(&mut settle);
        let mut record = telemetry.begin();
        record.table = file.export.map_or("-", |export| export.table);
        record.file = Some(file.version.path.clone());
        match pull(services, session, &file.version, saved, settled, invocation).await {
            Ok(outcome) => {
                record.finish(outcome.name());
                note(&mut summary, &file, outcome);
                if outcome == Outcome::Unfinished {
                    break;
                }
            }
            Err(error) => {
                let error_text = Causes(&error).to_string();
                record.reason = Some(error_text.clone());
                record.finish("failed");
                summary.failed.push(Failed {
                    path: file.version.path,
                    error: error_text,
                });
                // Without a connection there is nothing more to do; other trouble is the file's own.
                if matches!(&error, PullError::Sftp(sftp) if sftp.is_temporary()) {
                    summary.unfinished = true;
                    break;
                }
            }
        }
    }
    Ok(summary)
}

async fn known(
    services: &Services,
    versions: &[FileVersion],
) -> Result<HashMap<FileVersion, Saved>, LedgerError> {
    let found = services.ledger.files(versions).await?;
    Ok(found
        .into_iter()
        .map(|saved| (saved.record.version.clone(), saved))
        .collect())
}

/// The rows are in the lake, and the bytes in raw/. That the server keeps the file is no loss.
async fn delete(session: &Session, file: &FileVersion) -> bool {
    match session.remove(&file.path).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(file = file.path, error = %Causes(&error), "a loaded file could not be removed from the server");
            false
        }
    }
}

fn note(summary: &mut Summary, file: &Listed, outcome: Outcome) {
    let path = file.version.path.clone();
    match outcome {
        Outcome::Pulled => summary.pulled.push(Pulled {
            path,
            bytes: match file.version.origin {
                lake::Origin::Sftp { size, .. } => size,
                lake::Origin::Inbox { .. } => 0,
            },
        }),
        Outcome::Unchanged => summary.unchanged.push(path),
        Outcome::Waiting => summary.waiting.push(path),
        Outcome::Outgrown => summary.outgrown.push(path),
        Outcome::Busy => summary.busy.push(path),
        Outcome::Unfinished => summary.unfinished = true,
    }
}
