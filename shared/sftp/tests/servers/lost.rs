//! Connections that end, servers that fall silent, and what is left of us then.

use std::{net::Ipv4Addr, time::Duration};

use sftp::{Credential, Session, SftpError};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpSocket},
    runtime::{Builder, Handle},
    time::sleep,
};

use crate::{
    bytes::{assert_same, bytes},
    targets::{Target, targets},
    wire::{Fate, wire},
};

const MIB: usize = 1024 * 1024;

/// A download of which the wire lets `after` bytes through: its error, and what came before.
async fn broken(target: &Target, after: usize, fate: Fate) -> (SftpError, Vec<u8>, Session) {
    let mut server = target.server.clone();
    server.port = wire(server.port, after as u64, fate).await;
    let session = Session::connect(&server).await.unwrap();
    let mut download = session.open(&target.path("file"), 0).await.unwrap();
    let mut read = Vec::new();
    let mut paused = false;
    let error = loop {
        match download.next().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) => panic!("a broken download ends as if it were whole"),
            Err(error) => break error,
        }
        if matches!(fate, Fate::Silent) && read.len() > after / 2 && !paused {
            // From here on the clock jumps to the next timer whenever there is nothing to do.
            tokio::time::pause();
            paused = true;
        }
    };
    // Asking again doesn't make an end of it.
    let again = download.next().await.unwrap_err();
    assert!(again.is_temporary(), "{again:?}");
    (error, read, session)
}

#[tokio::test]
async fn a_connection_cut_midway_is_a_temporary_error_and_no_end() {
    for target in targets().await {
        let expected = bytes(8 * MIB);
        target.write("file", &expected);
        let (error, read, session) = broken(&target, 3 * MIB, Fate::Cut).await;
        assert!(matches!(error, SftpError::Disconnected { .. }), "{error:?}");
        assert!(error.is_temporary());
        assert_same(&read, &expected[..read.len()], "what came before");
        let after = session.stat("/").await.unwrap_err();
        assert!(after.is_temporary(), "{after:?}");
    }
}

#[tokio::test]
async fn a_download_goes_on_at_its_offset_after_a_cut() {
    for target in targets().await {
        let expected = bytes(8 * MIB);
        target.write("file", &expected);
        let (_error, mut read, _session) = broken(&target, 3 * MIB, Fate::Cut).await;
        let session = target.connect().await;
        let offset = read.len() as u64;
        let mut download = session.open(&target.path("file"), offset).await.unwrap();
        read.extend(crate::bytes::all(&mut download).await.unwrap());
        assert_same(&read, &expected, "both parts");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_midway_is_a_temporary_error() {
    // One, because the clock stays paused.
    let target = targets().await.remove(0);
    let expected = bytes(8 * MIB);
    target.write("file", &expected);
    let (error, read, _session) = broken(&target, 3 * MIB, Fate::Silent).await;
    assert!(error.is_temporary(), "{error:?}");
    assert_same(&read, &expected[..read.len()], "what came before");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for_forever() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = sftp::host_key("127.0.0.1", port).await.unwrap_err();
    assert!(matches!(error, SftpError::Timeout { .. }), "{error:?}");
    assert!(error.is_temporary());
}

#[tokio::test(start_paused = true)]
async fn a_key_exchange_that_never_ends_is_given_up_by_all_of_us() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = tokio::spawn(async move { sftp::host_key("127.0.0.1", port).await });
    let (mut server, _from) = listener.accept().await.unwrap();
    server.write_all(b"SSH-2.0-silence\r\n").await.unwrap();
    let error = client.await.unwrap().unwrap_err();
    assert!(matches!(error, SftpError::Timeout { .. }), "{error:?}");
    // On the paused clock.
    sleep(Duration::from_secs(60)).await;
    assert_no_tasks("a key exchange").await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_temporary_error() {
    // Bound, so that nobody else takes it, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let error = sftp::host_key("127.0.0.1", port).await.unwrap_err();
    assert!(matches!(error, SftpError::Unreachable { .. }), "{error:?}");
    assert!(error.is_temporary());
}

/// The servers run elsewhere, so that the tasks that are counted are the client's.
#[test]
fn nothing_goes_on_after_everything_was_dropped() {
    let elsewhere = Builder::new_multi_thread().enable_all().build().unwrap();
    let targets = elsewhere.block_on(targets());
    let here = Builder::new_current_thread().enable_all().build().unwrap();
    here.block_on(async {
        for target in &targets {
            target.write("file", &bytes(8 * MIB));

            let session = target.connect().await;
            let mut download = session.open(&target.path("file"), 0).await.unwrap();
            download.next().await.unwrap().unwrap();
            drop(session);
            // The download keeps what it needs.
            download.next().await.unwrap().unwrap();
            drop(download);
            assert_no_tasks("a download midway").await;

            target.connect().await.close().await;
            assert_no_tasks("a good-bye").await;

            let mut server = target.server.clone();
            server.credential = Credential::Password("wrong password".into());
            Session::connect(&server).await.unwrap_err();
            assert_no_tasks("a refused log-in").await;

            server.host_key = "SHA256:another".into();
            Session::connect(&server).await.unwrap_err();
            assert_no_tasks("a changed host key").await;
        }
    });
}

/// Nothing of ours waits for the server in order to end: it only has to get its turn, and no time has to pass.
async fn assert_no_tasks(after: &str) {
    for _turn in 0..10_000 {
        if Handle::current().metrics().num_alive_tasks() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("something goes on after {after}");
}
