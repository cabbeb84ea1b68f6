//! File contents that differ everywhere, and what is read of them.

use bytes::Bytes;
use sftp::{Download, SftpError};

/// Bytes in which no part looks like another: a skipped or doubled one is noticed.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ length as u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Reads to the end.
pub(crate) async fn all(download: &mut Download) -> Result<Vec<u8>, SftpError> {
    let mut all = Vec::new();
    while let Some(chunk) = download.next().await? {
        assert!(!chunk.is_empty(), "a chunk without bytes");
        all.extend_from_slice(&chunk);
    }
    // The end stays the end.
    assert_eq!(download.next().await?, None::<Bytes>);
    Ok(all)
}

/// Without printing megabytes.
pub(crate) fn assert_same(read: &[u8], expected: &[u8], what: &str) {
    let differs = read.iter().zip(expected).position(|(a, b)| a != b);
    assert_eq!(differs, None, "{what}: the first byte that differs");
    assert_eq!(read.len(), expected.len(), "{what}: the length");
}
