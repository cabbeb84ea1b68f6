//! A network's delay on a machine of its own: what goes through arrives later, at any rate.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::Result;
use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// Bytes taken at once.
const BLOCK: usize = 256 * 1024;
/// Blocks under way in one direction: more than any window that is measured.
const UNDER_WAY: usize = 4096;

/// A proxy on 127.0.0.1. Ends when dropped.
pub(crate) struct Delay {
    pub(crate) port: u16,
    accepting: JoinHandle<()>,
}

impl Drop for Delay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Passes connections on to a port of 127.0.0.1, each direction `one_way` later.
pub(crate) async fn start(to: u16, one_way: Duration) -> Result<Delay> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _from)) = listener.accept().await {
            // A connection that can't be passed on is closed, which its client sees.
            tokio::spawn(async move { pass(stream, to, one_way).await });
        }
    });
    Ok(Delay { port, accepting })
}

async fn pass(near: TcpStream, to: u16, one_way: Duration) -> std::io::Result<()> {
    let far = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    tokio::join!(
        flow(near_read, far_write, one_way),
        flow(far_read, near_write, one_way)
    );
    Ok(())
}

/// One direction, to its end.
async fn flow(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, later: Duration) {
    let (sender, mut under_way) = mpsc::channel::<(Instant, Bytes)>(UNDER_WAY);
    let take = async move {
        let mut block = BytesMut::new();
        loop {
            block.reserve(BLOCK);
            match from.read_buf(&mut block).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => break,
            }
            let due = Instant::now() + later;
            if sender.send((due, block.split().freeze())).await.is_err() {
                break;
            }
        }
    };
    let give = async move {
        let mut last = None;
        while let Some((due, bytes)) = under_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
            last = Some(due);
        }
        // The end takes as long as everything before it.
        sleep_until(last.unwrap_or_else(Instant::now) + later).await;
        // The other side may have closed first.
        let _closed = to.shutdown().await;
    };
    tokio::join!(take, give);
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (mut read, mut write) = stream.into_split();
            tokio::io::copy(&mut read, &mut write).await.unwrap();
        });
        port
    }

    #[tokio::test]
    async fn everything_arrives_in_order_and_no_sooner_than_it_may() {
        let one_way = Duration::from_millis(30);
        let delay = start(echo().await, one_way).await.unwrap();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, delay.port))
            .await
            .unwrap();
        let begun = Instant::now();
        stream.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        assert!(begun.elapsed() >= 2 * one_way);

        let sent: Vec<u8> = (0..3_000_000_u32)
            .map(|number| (number % 251) as u8)
            .collect();
        let (mut read, mut write) = stream.split();
        let mut came = Vec::new();
        let send = async {
            write.write_all(&sent).await.unwrap();
            write.shutdown().await.unwrap();
        };
        let (read, ()) = tokio::join!(read.read_to_end(&mut came), send);
        read.unwrap();
        assert!(came == sent);
    }
}
