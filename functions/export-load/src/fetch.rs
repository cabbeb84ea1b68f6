//! Objects for code that reads and blocks. Its errors are S3's, not the file's: they are marked.

use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use lake::{Lake, LakeError, Object};
use tokio::runtime::Handle;
use tokio_util::io::SyncIoBridge;

/// Read at once from an object that is read in any order.
const BLOCK: u64 = 1024 * 1024;

/// Not the file's fault.
#[derive(Debug, thiserror::Error)]
#[error("the object could not be read")]
pub(crate) struct Fetch(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Whether an error is S3's.
pub(crate) fn is_fetch(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Fetch>())
}

fn fetch(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(Fetch(error.into()))
}

/// An object from its start. For a thread that may block.
pub(crate) fn stream(object: Object, handle: &Handle) -> impl Read + Send + use<> {
    let body = SyncIoBridge::new_with_handle(object.body.into_async_read(), handle.clone());
    Marked(body)
}

struct Marked<R>(R);

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted {
                error
            } else {
                fetch(error)
            }
        })
    }
}

/// An object in any order, a block at a time. For a thread that may block.
pub(crate) struct Blocks {
    lake: Lake,
    handle: Handle,
    key: String,
    size: u64,
    position: u64,
    block: Bytes,
    block_start: u64,
}

impl Blocks {
    pub(crate) fn new(lake: Lake, handle: Handle, key: String, size: u64) -> Self {
        Self {
            lake,
            handle,
            key,
            size,
            position: 0,
            block: Bytes::new(),
            block_start: 0,
        }
    }

    fn has(&self, position: u64) -> bool {
        position >= self.block_start && position < self.block_start + self.block.len() as u64
    }

    fn load(&mut self) -> Result<(), LakeError> {
        let start = self.position - self.position % BLOCK;
        let range = start..self.size.min(start + BLOCK);
        self.block = self.handle.block_on(self.lake.range(&self.key, range))?;
        self.block_start = start;
        Ok(())
    }
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        if !self.has(self.position) {
            self.load().map_err(fetch)?;
            if !self.has(self.position) {
                return Err(fetch("the object is shorter than it was"));
            }
        }
        let from = usize::try_from(self.position - self.block_start).unwrap_or(usize::MAX);
        let there = self.block.get(from..).unwrap_or_default();
        let count = there.len().min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Blocks {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "a position before the start")
        })?;
        Ok(self.position)
    }
}
