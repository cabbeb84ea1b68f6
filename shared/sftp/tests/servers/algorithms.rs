//! Servers that leave little choice.

use sftp::{Session, SftpError};
use sftp_server::openssh::start_with;

use crate::{
    bytes::{all, assert_same, bytes},
    targets::server_of,
};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn openssh_is_understood_whatever_it_allows() {
    for line in [
        "KexAlgorithms curve25519-sha256",
        "KexAlgorithms ecdh-sha2-nistp256",
        "KexAlgorithms ecdh-sha2-nistp521",
        "KexAlgorithms diffie-hellman-group14-sha256",
        "Ciphers aes256-gcm@openssh.com",
        "Ciphers chacha20-poly1305@openssh.com",
        "Ciphers aes128-ctr",
        "Ciphers aes256-ctr\nMACs hmac-sha2-256",
        "Compression yes",
        // New keys after every mebibyte, in the middle of everything that is in flight.
        "RekeyLimit 1M",
    ] {
        let Some(sshd) = start_with(&[line]).unwrap() else {
            return;
        };
        let expected = bytes(6 * MIB);
        let file = sshd.folder().join("file");
        std::fs::write(&file, &expected).unwrap();
        let session = Session::connect(&server_of(&sshd)).await;
        let session = session.unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let mut download = session.open(file.to_str().unwrap(), 0).await.unwrap();
        let read = all(&mut download).await;
        let read = read.unwrap_or_else(|error| panic!("{line}: {error:?}"));
        assert_same(&read, &expected, line);
    }
}

#[tokio::test]
async fn nothing_in_common_is_told_with_what_the_server_offers() {
    let Some(sshd) = start_with(&["Ciphers aes128-cbc"]).unwrap() else {
        return;
    };
    let error = Session::connect(&server_of(&sshd)).await.unwrap_err();
    assert!(matches!(error, SftpError::Protocol { .. }), "{error:?}");
    assert!(!error.is_temporary());
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("aes128-cbc"), "{source}");
}
