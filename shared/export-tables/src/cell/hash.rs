//! Keyed hashes in place of cells: equal cells stay equal, and without the key nobody can try texts.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Hashes cells with one key: HMAC-SHA-256. `Debug` hides the key.
#[derive(Clone)]
pub(crate) struct Hasher {
    keyed: Hmac<Sha256>,
}

impl Hasher {
    /// `None`: the key is empty, and anybody could make the same hashes.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        if key.is_empty() {
            return None;
        }
        let keyed = Hmac::new_from_slice(key).ok()?;
        Some(Self { keyed })
    }

    /// The hash of a cell's UTF-8, in lower-case hexadecimal.
    pub(crate) fn hash(&self, cell: &[u8]) -> String {
        let mut mac = self.keyed.clone();
        mac.update(cell);
        hex::encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_hmac_sha_256_in_hexadecimal() {
        // RFC 4231, test case 2.
        let hash = Hasher::new(b"Jefe")
            .unwrap()
            .hash(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hash, expected);
    }

    #[test]
    fn an_empty_key_is_refused() {
        assert!(Hasher::new(b"").is_none());
    }

    #[test]
    fn the_key_is_not_shown() {
        assert_eq!(
            format!("{:?}", Hasher::new(b"Jefe").unwrap()),
            "Hasher { .. }"
        );
    }
}
