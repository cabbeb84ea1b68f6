//! One file: claimed, read, checked against what the server says then, landed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lake::{
    FileRecord, FileVersion, LakeError, Landing, LedgerError, Origin, Progress, Saved, Services,
    State,
};
use sftp::{Session, SftpError};

use crate::invocation::Invocation;
use crate::listing::version;
use crate::transfer::{Reached, Transfer};

/// How long a file may stay with a last line that has no end. Then that is how it was meant.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is in S3.
    Pulled,
    /// The same bytes as the version before.
    Unchanged,
    /// Not whole yet.
    Waiting,
    /// Changed while it was read, or gone.
    Outgrown,
    /// Another invocation has it.
    Busy,
    /// Time is over; the rest comes next time.
    Unfinished,
}

impl Outcome {
    /// The word of the metric.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pulled => "pulled",
            Self::Unchanged => "unchanged",
            Self::Waiting => "waiting",
            Self::Outgrown => "outgrown",
            Self::Busy => "busy",
            Self::Unfinished => "unfinished",
        }
    }
}

/// A file that could not be pulled this time. What was reached is kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PullError {
    #[error("the SFTP server")]
    Sftp(#[from] SftpError),
    #[error("the ledger")]
    Ledger(#[from] LedgerError),
    #[error("the lake")]
    Lake(#[from] LakeError),
}

/// Pulls a file that a listing showed. `known` is its record as read after the listing.
pub(crate) async fn pull(
    services: &Services,
    session: &Session,
    file: &FileVersion,
    known: Option<&Saved>,
    settle: Duration,
    invocation: Invocation,
) -> Result<Outcome, PullError> {
    let Some(mut saved) = claim(services, file, known, invocation).await? else {
        return Ok(Outcome::Busy);
    };
    // Two equal looks, a while apart: the first was the listing.
    tokio::time::sleep(settle).await;
    if !stands(session, file).await? {
        return outgrown(services, &saved).await;
    }
    let Origin::Sftp { size, .. } = file.origin else {
        return Ok(Outcome::Busy); // never listed on a server
    };
    let terminated = ends_with_a_line_end(session, &file.path, size).await?;
    if !terminated && Utc::now() - saved.record.first_seen.max(saved.record.exported_at) < PATIENCE
    {
        save(services, &saved, State::Waiting).await?;
        return Ok(Outcome::Waiting);
    }

    let mut transfer = Transfer::resume(
        &services.lake,
        &services.ledger,
        invocation,
        file.raw_key().unwrap_or_default(),
        progress(&saved.record),
    );
    let mut download = session.open(&file.path, transfer.offset()).await?;
    let rest = match transfer.run(&mut download, &mut saved, Utc::now).await {
        Ok(Reached::End { rest }) => rest,
        Ok(Reached::TimeOver) => return Ok(Outcome::Unfinished),
        Err(error) => return Err(begin_again(services, &saved, error).await),
    };
    drop(download);

    // And a third look, at what was read.
    let bytes = transfer.offset() + rest.len() as u64;
    if bytes != size || !stands(session, file).await? {
        transfer.give_up().await;
        return outgrown(services, &saved).await;
    }
    let landing = Landing {
        sha256: transfer.sha256(),
        bytes,
        unterminated: !terminated,
    };
    if is_what_was_there(services, file, &landing).await? {
        transfer.give_up().await;
        let sha256 = landing.sha256;
        save(services, &saved, State::Unchanged { sha256 }).await?;
        return Ok(Outcome::Unchanged);
    }
    let lease_until = invocation.lease(Utc::now());
    let landing_state = State::Landing {
        lease_until,
        landing: landing.clone(),
    };
    let saved = save(services, &saved, landing_state).await?;
    transfer.publish(rest).await?;
    match save(services, &saved, State::Landed(landing)).await {
        // export-load heard of the object first and went on.
        Err(LedgerError::Conflict { .. }) => Ok(Outcome::Pulled),
        saved => Ok(saved.map(|_| Outcome::Pulled)?),
    }
}

/// Makes the file this invocation's until its lease ends; `None` if it is another's, or done. Whoever
/// was faster since `known` was read has changed its revision, and the save is refused.
async fn claim(
    services: &Services,
    file: &FileVersion,
    known: Option<&Saved>,
    invocation: Invocation,
) -> Result<Option<Saved>, PullError> {
    let now = Utc::now();
    let lease_until = invocation.lease(now);
    let claimed = match known {
        None => {
            let record = FileRecord {
                version: file.clone(),
                first_seen: now,
                exported_at: written_at(file).unwrap_or(now),
                attempts: 1,
                published: Vec::new(),
                erased: None,
                state: State::Pulling {
                    lease_until,
                    progress: None,
                },
            };
            services.ledger.create(record).await
        }
        Some(saved) if is_open(&saved.record, now) => {
            let record = FileRecord {
                attempts: saved.record.attempts + 1,
                state: State::Pulling {
                    lease_until,
                    progress: progress(&saved.record).cloned(),
                },
                ..saved.record.clone()
            };
            services.ledger.save(saved, record).await
        }
        Some(_) => return Ok(None),
    };
    match claimed {
        Ok(saved) => Ok(Some(saved)),
        Err(error) if error.is_conflict() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether there is something to do for a file that nobody is at.
pub(crate) fn is_open(record: &FileRecord, now: DateTime<Utc>) -> bool {
    match &record.state {
        // A version that was gone for a moment and is back, such as a file that was renamed twice.
        State::Waiting | State::Outgrown => true,
        State::Pulling { lease_until, .. } | State::Landing { lease_until, .. } => {
            *lease_until <= now
        }
        State::Landed(_)
        | State::Unchanged { .. }
        | State::Loaded(_)
        | State::Superseded(_)
        | State::Quarantined { .. } => false,
    }
}

fn progress(record: &FileRecord) -> Option<&Progress> {
    match &record.state {
        State::Pulling { progress, .. } => progress.as_ref(),
        _ => None,
    }
}

fn written_at(file: &FileVersion) -> Option<DateTime<Utc>> {
    match file.origin {
        Origin::Sftp { modified, .. } if modified > 0 => DateTime::from_timestamp(modified, 0),
        _ => None,
    }
}

/// Whether the server still shows this version.
async fn stands(session: &Session, file: &FileVersion) -> Result<bool, SftpError> {
    let entry = session.stat(&file.path).await?;
    Ok(entry.is_some_and(|entry| version(&entry) == *file))
}

/// Whether the last line is whole: LF, or LF in UTF-16.
async fn ends_with_a_line_end(session: &Session, path: &str, size: u64) -> Result<bool, SftpError> {
    let mut download = session.open(path, size.saturating_sub(2)).await?;
    let mut end = Vec::new();
    while let Some(bytes) = download.next().await? {
        end.extend_from_slice(&bytes);
    }
    Ok(end.ends_with(b"\n") || end.ends_with(b"\n\0"))
}

/// Whether the version before had the same bytes. An older one does not count: a file that is
/// changed back states something new.
async fn is_what_was_there(
    services: &Services,
    file: &FileVersion,
    landing: &Landing,
) -> Result<bool, PullError> {
    let versions = services.ledger.versions(file).await?;
    let own = versions
        .iter()
        .find(|saved| saved.record.version == *file)
        .map(|saved| saved.record.order());
    let before = versions
        .iter()
        .rev()
        .map(|saved| &saved.record)
        .find(|record| {
            let is_earlier = own.is_some_and(|own| record.order() < own);
            is_earlier && record.delivered_sha256().is_some()
        });
    // Of one that is landing nobody knows whether its object will ever appear: who was at it may be dead,
    // and the server shows that version no more.
    let landed = before.filter(|before| !matches!(before.state, State::Landing { .. }));
    Ok(landed.is_some_and(|landed| landed.delivered_sha256() == Some(&landing.sha256)))
}

async fn outgrown(services: &Services, saved: &Saved) -> Result<Outcome, PullError> {
    save(services, saved, State::Outgrown).await?;
    Ok(Outcome::Outgrown)
}

/// An upload that S3 no longer knows can't be gone on with: the next attempt reads from the start.
async fn begin_again(services: &Services, saved: &Saved, error: PullError) -> PullError {
    if matches!(&error, PullError::Lake(lake) if lake.is_absent()) {
        let state = State::Pulling {
            lease_until: Utc::now(),
            progress: None,
        };
        // Best effort: the lease ends by itself, and then the same is found again.
        let _ = save(services, saved, state).await;
    }
    error
}

async fn save(services: &Services, saved: &Saved, state: State) -> Result<Saved, LedgerError> {
    let record = FileRecord {
        state,
        ..saved.record.clone()
    };
    services.ledger.save(saved, record).await
}
