//! No credential leaves before the server has proved who it is.

use sftp::{Session, SftpError};
use sftp_server::{HostKey, KeyPair, Scratch};

use crate::targets::{config, server, server_of, targets};

#[tokio::test]
async fn the_presented_key_is_told_without_logging_in() {
    for target in targets().await {
        let server = &target.server;
        let told = sftp::host_key(&server.host, server.port).await.unwrap();
        assert_eq!(told, server.host_key);
    }
    let folder = Scratch::new("host-key").unwrap();
    let running = sftp_server::start(config(&folder)).await.unwrap();
    sftp::host_key("127.0.0.1", running.port()).await.unwrap();
    assert_eq!(running.login_attempts(), 0);
}

#[tokio::test]
async fn a_changed_host_key_ends_it_before_any_credential_is_sent() {
    let folder = Scratch::new("changed").unwrap();
    let mut config = config(&folder);
    config.host_key = HostKey::Seed([1; 32]);
    let before = sftp_server::start(config.clone()).await.unwrap();
    let mut server = server(&before);
    Session::connect(&server).await.unwrap().close().await;
    before.stop().await;

    config.host_key = HostKey::Seed([2; 32]);
    let running = sftp_server::start(config).await.unwrap();
    server.port = running.port();
    let error = Session::connect(&server).await.unwrap_err();
    let SftpError::HostKeyChanged { expected, found } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*expected, server.host_key);
    assert_eq!(found, running.fingerprint());
    assert_eq!(running.login_attempts(), 0);
    assert!(!error.is_temporary());
    let message = error.to_string();
    for part in [
        expected,
        found,
        "Sparkcentral",
        "sparkbridge exports trust-host",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn a_server_with_several_keys_is_known_by_any_of_them() {
    let Some(sshd) = sftp_server::openssh::start().unwrap() else {
        return;
    };
    let mut server = server_of(&sshd);
    server.host_key = sshd.second_fingerprint().into();
    let session = Session::connect(&server).await.unwrap();
    assert!(session.stat("/").await.unwrap().is_some());
    session.close().await;

    // And told with the key it prefers, if none of them is the trusted one.
    server.host_key = KeyPair::ed25519().unwrap().fingerprint;
    let error = Session::connect(&server).await.unwrap_err();
    assert!(matches!(
        error,
        SftpError::HostKeyChanged { found, .. } if found == sshd.fingerprint()
    ));
}
