//! From a writer that blocks to an object that appears whole, or not at all.

use std::io::{self, Write};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::objects::{Lake, LakeError};

/// Bytes of a part: above S3's least of 5 MiB. One is being filled while one is on its way.
const PART_SIZE: usize = 6 * 1024 * 1024;

/// What goes to the uploading side.
#[derive(Debug)]
enum Piece {
    /// A full part; more will come.
    Part(Bytes),
    /// The rest.
    End(Bytes),
}

/// The writing side. Its end must be said: one that is dropped before publishes nothing.
#[derive(Debug)]
pub struct Sink {
    part: Vec<u8>,
    parts: mpsc::Sender<Piece>,
}

/// A writer for a thread that may block, and what must run beside it: the future ends when the
/// object is there, or when the writer was dropped without [`Sink::finish`].
pub fn upload_writer(
    lake: Lake,
    key: String,
) -> (Sink, impl Future<Output = Result<u64, LakeError>> + Send) {
    let (sender, receiver) = mpsc::channel(1);
    let sink = Sink {
        part: Vec::new(),
        parts: sender,
    };
    (sink, upload(lake, key, receiver))
}

/// Returns the object's size.
async fn upload(
    lake: Lake,
    key: String,
    mut parts: mpsc::Receiver<Piece>,
) -> Result<u64, LakeError> {
    let first = match parts.recv().await {
        Some(Piece::Part(bytes)) => bytes,
        Some(Piece::End(bytes)) => {
            let size = bytes.len() as u64;
            lake.put(&key, bytes).await?;
            return Ok(size);
        }
        None => return Err(LakeError::GivenUp { key }),
    };
    let mut upload = lake.begin(&key).await?;
    let result = async {
        lake.add(&key, &mut upload, first).await?;
        loop {
            match parts.recv().await {
                Some(Piece::Part(bytes)) => lake.add(&key, &mut upload, bytes).await?,
                Some(Piece::End(bytes)) => {
                    if !bytes.is_empty() {
                        lake.add(&key, &mut upload, bytes).await?;
                    }
                    lake.complete(&key, &upload).await?;
                    return Ok(upload.bytes());
                }
                None => return Err(LakeError::GivenUp { key: key.clone() }),
            }
        }
    }
    .await;
    if result.is_err() {
        lake.abort(&key, &upload).await;
    }
    result
}

impl Sink {
    /// Sends the rest, after which the object appears.
    pub fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.part);
        self.send(Piece::End(rest.into()))
    }

    fn send(&self, part: Piece) -> io::Result<()> {
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the upload has failed");
        self.parts.blocking_send(part).map_err(gone)
    }
}

impl Write for Sink {
    fn write(&mut self, mut bytes: &[u8]) -> io::Result<usize> {
        let all = bytes.len();
        while !bytes.is_empty() {
            if self.part.capacity() == 0 {
                self.part.reserve_exact(PART_SIZE.min(all.max(64 * 1024)));
            }
            let room = PART_SIZE - self.part.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.part.extend_from_slice(now);
            bytes = later;
            if self.part.len() == PART_SIZE {
                let full = std::mem::take(&mut self.part);
                self.send(Piece::Part(full.into()))?;
            }
        }
        Ok(all)
    }

    /// Nothing to do: a part below 5 MiB can't be sent before the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
