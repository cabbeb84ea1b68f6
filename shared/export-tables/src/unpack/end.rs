//! What the end of a zip claims, read before a library believes it.

use std::io::{Read, Seek, SeekFrom};

use zip::result::{ZipError, ZipResult};

/// The end record, and the two that stand before it where numbers need 64 bits.
const END: usize = 22;
const LOCATOR: usize = 20;
const END_64: usize = 56;
/// The longest comment behind the end record.
const COMMENT: usize = 65_535;

/// The most files that an end record of this zip claims. There is more than one where a comment looks like
/// another.
pub(super) fn claimed(packed: &mut (impl Read + Seek)) -> ZipResult<u64> {
    let length = packed.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub((COMMENT + END + LOCATOR + END_64) as u64);
    packed.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    packed.take(length - start).read_to_end(&mut tail)?;
    packed.seek(SeekFrom::Start(0))?;
    let mut most = None;
    for at in 0..tail.len().saturating_sub(END - 1) {
        if tail[at..].starts_with(b"PK\x05\x06") {
            most = most.max(Some(of(&tail, at, start)?));
        }
    }
    most.ok_or(ZipError::InvalidArchive("it has no end record".into()))
}

/// What the end record at a place of the tail claims.
fn of(tail: &[u8], at: usize, start: u64) -> ZipResult<u64> {
    let files = u64::from(u16::from_le_bytes(bytes(tail, at + 10)?));
    let locator = at.checked_sub(LOCATOR);
    let Some(locator) = locator.filter(|&at| tail[at..].starts_with(b"PK\x06\x07")) else {
        return Ok(files);
    };
    // One that stands elsewhere is nobody's but a joker's.
    let end = locator.checked_sub(END_64);
    let end = end.filter(|&at| tail[at..].starts_with(b"PK\x06\x06"));
    let end = end.ok_or(ZipError::InvalidArchive("its end records are apart".into()))?;
    if u64::from_le_bytes(bytes(tail, locator + 8)?) != start + end as u64 {
        return Err(ZipError::InvalidArchive(
            "its end is not where it says".into(),
        ));
    }
    let files_64 = u64::from_le_bytes(bytes(tail, end + 32)?);
    Ok(match files {
        0xffff => files_64,
        files => files.max(files_64),
    })
}

fn bytes<const N: usize>(tail: &[u8], at: usize) -> ZipResult<[u8; N]> {
    let found = tail.get(at..).and_then(|rest| rest.first_chunk());
    found
        .copied()
        .ok_or(ZipError::InvalidArchive("it is cut off".into()))
}
