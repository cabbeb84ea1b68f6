//! Every byte, once, in order.

use std::{io::Write, sync::Arc};

use sftp::SftpError;
use sftp_server::Scratch;

use crate::{
    bytes::{all, assert_same, bytes},
    targets::{config, server, targets},
};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

#[tokio::test]
async fn files_of_every_size_come_byte_for_byte() {
    for target in targets().await {
        let session = target.connect().await;
        for size in [
            0,
            1,
            32 * KIB - 1,
            32 * KIB,
            32 * KIB + 1,
            255 * KIB - 1,
            255 * KIB,
            255 * KIB + 1,
            4 * MIB,
            10 * MIB,
        ] {
            let expected = bytes(size);
            target.write("file", &expected);
            let mut download = session.open(&target.path("file"), 0).await.unwrap();
            let read = all(&mut download).await.unwrap();
            assert_same(&read, &expected, &format!("{size} bytes"));
        }
        session.close().await;
    }
}

#[tokio::test]
async fn a_download_starts_at_its_offset() {
    for target in targets().await {
        let expected = bytes(3 * MIB);
        target.write("file", &expected);
        let session = target.connect().await;
        for offset in [
            1,
            32 * KIB,
            255 * KIB + 1,
            3 * MIB - 1,
            3 * MIB,
            3 * MIB + 1,
            100 * MIB,
        ] {
            let path = target.path("file");
            let mut download = session.open(&path, offset as u64).await.unwrap();
            let read = all(&mut download).await.unwrap();
            let expected = expected.get(offset..).unwrap_or_default();
            assert_same(&read, expected, &format!("from {offset}"));
        }
    }
}

#[tokio::test]
async fn reads_that_give_less_than_was_asked_for_lose_and_double_nothing() {
    for (max_read, size) in [
        (1, 3 * KIB),
        (1000, 300 * KIB),
        (4096, MIB),
        (32 * KIB, 5 * MIB),
        (100_000, 5 * MIB + 7),
        (255 * KIB - 1, 5 * MIB),
    ] {
        let folder = Scratch::new("short").unwrap();
        let mut config = config(&folder);
        config.max_read = Some(u32::try_from(max_read).unwrap());
        let running = sftp_server::start(config).await.unwrap();
        let expected = bytes(size);
        std::fs::write(folder.path().join("file"), &expected).unwrap();
        let session = sftp::Session::connect(&server(&running)).await.unwrap();
        for offset in [0, size / 3] {
            let mut download = session.open("/file", offset as u64).await.unwrap();
            let read = all(&mut download).await.unwrap();
            let what = format!("{max_read} at most, from {offset}");
            assert_same(&read, &expected[offset..], &what);
        }
    }
}

#[tokio::test]
async fn a_file_that_grows_meanwhile_has_no_hole() {
    for target in targets().await {
        let expected = bytes(6 * MIB);
        let (before, after) = expected.split_at(2 * MIB);
        target.write("file", before);
        let session = target.connect().await;
        let mut download = session.open(&target.path("file"), 0).await.unwrap();
        let mut read = download.next().await.unwrap().unwrap().to_vec();
        let file = std::fs::File::options()
            .append(true)
            .open(target.folder.join("file"));
        file.unwrap().write_all(after).unwrap();
        read.extend(all(&mut download).await.unwrap());
        // How much of the growth is seen depends on who is quicker.
        assert!(read.len() >= before.len());
        assert_same(&read, &expected[..read.len()], "a growing file");
    }
}

#[tokio::test]
async fn several_downloads_share_a_session() {
    for target in targets().await {
        let (one, two) = (bytes(3 * MIB), bytes(2 * MIB));
        target.write("one", &one);
        target.write("two", &two);
        let session = Arc::new(target.connect().await);
        // In tasks of their own, as in a runtime with several threads.
        let download = |name| {
            let (session, path) = (session.clone(), target.path(name));
            tokio::spawn(async move { all(&mut session.open(&path, 0).await?).await })
        };
        let (first, second) = tokio::join!(download("one"), download("two"));
        assert_same(&first.unwrap().unwrap(), &one, "the first");
        assert_same(&second.unwrap().unwrap(), &two, "the second");
    }
}

#[tokio::test]
async fn an_abandoned_download_leaves_the_session_as_it_was() {
    for target in targets().await {
        let expected = bytes(8 * MIB);
        target.write("file", &expected);
        let session = target.connect().await;
        for _ in 0..20 {
            let mut download = session.open(&target.path("file"), 0).await.unwrap();
            let first = download.next().await.unwrap().unwrap();
            assert_same(&first, &expected[..first.len()], "the first chunk");
        }
        let mut download = session.open(&target.path("file"), 0).await.unwrap();
        assert_same(&all(&mut download).await.unwrap(), &expected, "the last");
    }
}

#[tokio::test]
async fn waiting_for_a_chunk_can_be_given_up_without_losing_it() {
    for target in targets().await {
        let expected = bytes(2 * MIB);
        target.write("file", &expected);
        let session = target.connect().await;
        let mut download = session.open(&target.path("file"), 0).await.unwrap();
        let mut read = Vec::new();
        loop {
            tokio::select! {
                biased;
                chunk = download.next() => match chunk.unwrap() {
                    Some(chunk) => read.extend_from_slice(&chunk),
                    None => break,
                },
                // Gives up at nearly every chunk, because none of them is there at once.
                () = tokio::task::yield_now() => {}
            }
        }
        assert_same(&read, &expected, "with interruptions");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_told_with_its_path() {
    for target in targets().await {
        let session = target.connect().await;
        let absent = target.path("absent");
        let error = session.open(&absent, 0).await.unwrap_err();
        assert!(matches!(&error, SftpError::NotFound { path } if *path == absent));
        assert!(!error.is_temporary());
    }
}
