//! The bytes of one file, from the server to S3 in parts: hashed on the way, in memory a part at a time.

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use lake::{FileRecord, Lake, Ledger, Progress, Saved, State, Upload};
use sftp::Download;
use sha2::Sha256;
use sha2::digest::Digest;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};

use crate::invocation::Invocation;
use crate::pull::PullError;

/// Bytes of a part. A file that fits in one is written at once, without an upload in parts.
const PART: usize = 8 * 1024 * 1024;

/// A file on its way.
pub(crate) struct Transfer<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) ledger: &'a Ledger,
    pub(crate) invocation: Invocation,
    pub(crate) key: String,
    hash: Sha256,
    upload: Option<Upload>,
}

/// How far a transfer came.
pub(crate) enum Reached {
    /// The end. The rest, and whether anything went before it, is for [`Transfer::publish`].
    End { rest: Bytes },
    /// Time is over; what S3 has is saved.
    TimeOver,
}

impl<'a> Transfer<'a> {
    /// Goes on after `progress`, or begins.
    pub(crate) fn resume(
        lake: &'a Lake,
        ledger: &'a Ledger,
        invocation: Invocation,
        key: String,
        progress: Option<&Progress>,
    ) -> Self {
        let resumed = progress
            .and_then(|progress| Some((restored(&progress.hash_state)?, progress.upload.clone())));
        let (hash, upload) = match resumed {
            Some((hash, upload)) => (hash, Some(upload)),
            None => (Sha256::new(), None),
        };
        Self {
            lake,
            ledger,
            invocation,
            key,
            hash,
            upload,
        }
    }

    /// Bytes that S3 has.
    pub(crate) fn offset(&self) -> u64 {
        self.upload.as_ref().map_or(0, Upload::bytes)
    }

    /// Reads to the end, while there is time. `saved` is the claim, renewed with each saved progress.
    pub(crate) async fn run(
        &mut self,
        download: &mut Download,
        saved: &mut Saved,
        clock: impl Fn() -> DateTime<Utc>,
    ) -> Result<Reached, PullError> {
        let mut source = Parts {
            download,
            left: Bytes::new(),
        };
        let mut part = source.next().await?;
        loop {
            if part.len() < PART {
                self.hash.update(&part);
                return Ok(Reached::End { rest: part });
            }
            self.hash.update(&part);
            // The next part is read while this one is on its way.
            let (added, next) = tokio::join!(self.add(part), source.next());
            added?;
            // At most a part is read again after a crash.
            let now = clock();
            self.save(saved, now).await?;
            if self.invocation.is_over(now) {
                return Ok(Reached::TimeOver);
            }
            part = next?;
        }
    }

    /// SHA-256 of everything read, in hex.
    pub(crate) fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }

    /// Makes the object appear.
    pub(crate) async fn publish(mut self, rest: Bytes) -> Result<(), PullError> {
        if self.upload.is_none() {
            return Ok(self.lake.put(&self.key, rest).await?);
        }
        if !rest.is_empty() {
            self.add(rest).await?;
        }
        if let Some(upload) = &self.upload {
            self.lake.complete(&self.key, upload).await?;
        }
        Ok(())
    }

    /// Leaves nothing behind in S3.
    pub(crate) async fn give_up(self) {
        if let Some(upload) = &self.upload {
            self.lake.abort(&self.key, upload).await;
        }
    }

    async fn add(&mut self, part: Bytes) -> Result<(), PullError> {
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => self.lake.begin(&self.key).await?,
        };
        let added = self.lake.add(&self.key, &mut upload, part).await;
        self.upload = Some(upload);
        Ok(added?)
    }

    async fn save(&self, saved: &mut Saved, now: DateTime<Utc>) -> Result<(), PullError> {
        let progress = self.upload.as_ref().map(|upload| Progress {
            upload: upload.clone(),
            hash_state: hex::encode(self.hash.serialize()),
        });
        let record = FileRecord {
            state: State::Pulling {
                // Whoever comes after the end of this invocation need not wait.
                lease_until: if self.invocation.is_over(now) {
                    now
                } else {
                    self.invocation.lease(now)
                },
                progress,
            },
            ..saved.record.clone()
        };
        *saved = self.ledger.save(saved, record).await?;
        Ok(())
    }
}

/// Cuts a download into parts.
struct Parts<'a> {
    download: &'a mut Download,
    /// What a chunk had beyond the part before.
    left: Bytes,
}

impl Parts<'_> {
    /// A whole part, or less at the end of the file.
    async fn next(&mut self) -> Result<Bytes, PullError> {
        let mut part = BytesMut::new();
        loop {
            let room = PART - part.len();
            part.extend_from_slice(&self.left.split_to(room.min(self.left.len())));
            if part.len() == PART {
                break;
            }
            match self.download.next().await? {
                Some(bytes) => self.left = bytes,
                None => break,
            }
        }
        Ok(part.freeze())
    }
}

fn restored(state: &str) -> Option<Sha256> {
    let bytes = hex::decode(state).ok()?;
    let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).ok()?;
    Sha256::deserialize(&state).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_goes_on_where_it_was_saved() {
        let mut whole = Sha256::new();
        whole.update(b"one, two");
        let mut first = Sha256::new();
        first.update(b"one, ");
        let mut second = restored(&hex::encode(first.serialize())).unwrap();
        second.update(b"two");
        assert_eq!(second.finalize(), whole.finalize());
        assert!(restored("00").is_none());
    }
}
