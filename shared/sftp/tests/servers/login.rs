//! Passwords, prompts and keys.

use std::process::Command;

use sftp::{Credential, Session, SftpError};
use sftp_server::{KeyPair, Scratch};

use crate::targets::{PASSWORD, config, key, server, server_of};

#[tokio::test]
async fn a_wrong_password_is_refused_and_tried_once() {
    let folder = Scratch::new("wrong").unwrap();
    let running = sftp_server::start(config(&folder)).await.unwrap();
    let mut server = server(&running);
    server.credential = Credential::Password("wrong password".into());
    let error = Session::connect(&server).await.unwrap_err();
    assert!(matches!(error, SftpError::LoginRefused { .. }));
    assert!(!error.is_temporary());
    assert_eq!(running.login_attempts(), 1);
}

#[tokio::test]
async fn a_server_that_only_prompts_gets_the_password_as_the_answer() {
    let folder = Scratch::new("prompts").unwrap();
    let mut config = config(&folder);
    config.keyboard_interactive = true;
    let running = sftp_server::start(config).await.unwrap();
    let mut server = server(&running);
    let session = Session::connect(&server).await.unwrap();
    assert!(session.stat("/").await.unwrap().is_some());

    server.credential = Credential::Password("wrong password".into());
    let error = Session::connect(&server).await.unwrap_err();
    assert!(matches!(error, SftpError::LoginRefused { .. }));
}

#[tokio::test]
async fn the_authorized_key_logs_in_and_another_does_not() {
    for pair in [KeyPair::ed25519().unwrap(), KeyPair::ecdsa().unwrap()] {
        let folder = Scratch::new("key").unwrap();
        let mut config = config(&folder);
        config.authorized_key = Some(pair.public);
        let running = sftp_server::start(config).await.unwrap();
        let mut server = server(&running);
        server.credential = key(&pair.private, None);
        Session::connect(&server).await.unwrap().close().await;

        server.credential = key(&KeyPair::ed25519().unwrap().private, None);
        let error = Session::connect(&server).await.unwrap_err();
        assert!(matches!(error, SftpError::LoginRefused { .. }));
    }
}

/// What people are given keys in. All of it is `ssh-keygen`'s, which comes with OpenSSH's server.
#[tokio::test]
async fn keys_of_every_common_format_log_in_to_openssh() {
    let Some(sshd) = sftp_server::openssh::start().unwrap() else {
        return;
    };
    let mut server = server_of(&sshd);
    let folder = Scratch::new("keys").unwrap();
    for (number, (arguments, passphrase)) in [
        (["-t", "ed25519", "-m", "RFC4716"], None),
        (["-t", "ed25519", "-m", "RFC4716"], Some("a passphrase")),
        (["-t", "rsa", "-m", "RFC4716"], None),
        (["-t", "rsa", "-m", "PEM"], None),
        (["-t", "rsa", "-m", "PKCS8"], Some("a passphrase")),
        (["-t", "ecdsa", "-m", "PKCS8"], None),
    ]
    .into_iter()
    .enumerate()
    {
        let file = folder.path().join(number.to_string());
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", passphrase.unwrap_or(""), "-f"])
            .arg(&file)
            .args(arguments)
            .status();
        assert!(made.unwrap().success());
        let public = std::fs::read_to_string(file.with_extension("pub")).unwrap();
        sshd.authorize(&public).unwrap();
        // As it is pasted: with other line ends, and with space around it.
        let private = std::fs::read_to_string(&file).unwrap();
        let private = format!("\n{}  ", private.replace('\n', "\r\n"));
        server.credential = key(&private, passphrase);
        let session = Session::connect(&server).await;
        session
            .unwrap_or_else(|error| panic!("{arguments:?}: {error:?}"))
            .close()
            .await;
    }

    server.credential = key(&KeyPair::ed25519().unwrap().private, None);
    let error = Session::connect(&server).await.unwrap_err();
    assert!(matches!(error, SftpError::LoginRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_told_before_anything_is_sent() {
    let folder = Scratch::new("unusable").unwrap();
    let running = sftp_server::start(config(&folder)).await.unwrap();
    let mut server = server(&running);
    server.credential = key("not a key", None);
    let error = Session::connect(&server).await.unwrap_err();
    assert!(matches!(error, SftpError::UnusableKey { .. }));
    assert!(!error.is_temporary());
    assert_eq!(running.login_attempts(), 0);
}

#[tokio::test]
async fn nothing_that_can_be_printed_shows_a_secret() {
    let folder = Scratch::new("debug").unwrap();
    let running = sftp_server::start(config(&folder)).await.unwrap();
    let mut server = server(&running);
    assert!(!format!("{server:?}").contains(PASSWORD));
    let session = Session::connect(&server).await.unwrap();
    assert!(!format!("{session:?}").contains(PASSWORD));

    server.credential = Credential::Password("wrong password".into());
    let error = Session::connect(&server).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("wrong password"));
    server.credential = key("not a key", Some("a passphrase"));
    let error = Session::connect(&server).await.unwrap_err();
    assert!(!format!("{server:?} {error:?}").contains("a passphrase"));
    assert!(!format!("{server:?} {error:?}").contains("not a key"));
}
