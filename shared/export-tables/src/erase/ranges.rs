//! Bytes that are elsewhere, read in any order.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// Read at once from start to end.
const BLOCK: u64 = 4 * 1024 * 1024;

type Fetch = Arc<dyn Fn(Range<u64>) -> io::Result<Bytes> + Send + Sync>;

/// Bytes that are elsewhere: for a thread that may block.
#[derive(Clone)]
pub struct Ranges {
    fetch: Fetch,
    size: u64,
    position: u64,
    block: Bytes,
    block_start: u64,
}

impl Ranges {
    /// So many bytes, of which `fetch` gets any range.
    pub fn new(
        size: u64,
        fetch: impl Fn(Range<u64>) -> io::Result<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self {
            fetch: Arc::new(fetch),
            size,
            position: 0,
            block: Bytes::new(),
            block_start: 0,
        }
    }

    fn get(&self, range: Range<u64>) -> io::Result<Bytes> {
        let wanted = range.end - range.start;
        let bytes = (self.fetch)(range)?;
        if bytes.len() as u64 != wanted {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it is shorter than it was",
            ));
        }
        Ok(bytes)
    }
}

impl Read for Ranges {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        let end = self.block_start + self.block.len() as u64;
        if !(self.block_start..end).contains(&self.position) {
            let start = self.position - self.position % BLOCK;
            self.block = self.get(start..self.size.min(start + BLOCK))?;
            self.block_start = start;
        }
        let from = usize::try_from(self.position - self.block_start).unwrap_or(usize::MAX);
        let there = self.block.get(from..).unwrap_or_default();
        let count = there.len().min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Ranges {
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

impl Length for Ranges {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Ranges {
    type T = Self;

    fn get_read(&self, start: u64) -> Result<Self, ParquetError> {
        let mut reader = self.clone();
        reader.position = start;
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.get(start..start + length as u64)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_like_the_bytes_themselves() {
        let all: Vec<u8> = (0..BLOCK * 2 + 7).map(|n| n as u8).collect();
        let bytes = Bytes::from(all.clone());
        let mut ranges = Ranges::new(all.len() as u64, move |range| {
            Ok(bytes.slice(range.start as usize..range.end as usize))
        });
        let mut read = Vec::new();
        ranges.read_to_end(&mut read).unwrap();
        assert_eq!(read, all);
        ranges.seek(SeekFrom::End(-3)).unwrap();
        read.clear();
        ranges.read_to_end(&mut read).unwrap();
        assert_eq!(read, all[all.len() - 3..]);
        assert_eq!(ranges.get_bytes(5, 9).unwrap(), all[5..14]);
        let short = Ranges::new(9, |_| Ok(Bytes::new()));
        assert!(short.get_bytes(0, 9).is_err());
    }
}
