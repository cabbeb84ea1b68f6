//! How long we wait, and how we know that something still comes.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::timeout,
};

use crate::SftpError;

/// For the TCP connection; for the key exchange; and for each step of the log-in.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);
/// Without a byte from the server while an answer is due.
pub(crate) const IDLE: Duration = Duration::from_secs(30);
/// Without a byte in either direction, before SSH asks whether the server is still there.
pub(crate) const KEEPALIVE: Duration = Duration::from_secs(10);
/// Such questions without an answer, before the connection counts as lost.
pub(crate) const KEEPALIVES: usize = 3;
/// For saying good-bye.
pub(crate) const CLOSE: Duration = Duration::from_secs(5);

/// Counts the bytes of SFTP that came. A slow link is not an idle one: an answer may take long as long as
/// something comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic(Arc<AtomicU64>);

impl Traffic {
    fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits for `act`, but not longer than `idle` without traffic.
    pub(crate) async fn within<T>(
        &self,
        idle: Duration,
        awaited: &'static str,
        act: impl Future<Output = T>,
    ) -> Result<T, SftpError> {
        let mut act = pin!(act);
        loop {
            let before = self.so_far();
            match timeout(idle, act.as_mut()).await {
                Ok(done) => return Ok(done),
                Err(_elapsed) if self.so_far() != before => {}
                Err(_elapsed) => return Err(SftpError::Timeout { awaited }),
            }
        }
    }
}

/// A stream whose incoming bytes are counted.
pub(crate) struct Counted<S> {
    pub(crate) stream: S,
    pub(crate) traffic: Traffic,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = buffer.filled().len() - before;
        self.traffic.0.fetch_add(came as u64, Ordering::Relaxed);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::sleep,
    };

    use super::*;

    const AWAITED: &str = "an answer";

    // The clock is paused: it jumps to the next timer whenever there is nothing to do.
    #[tokio::test(start_paused = true)]
    async fn silence_ends_the_waiting() {
        let never = std::future::pending::<()>();
        let error = Traffic::default().within(IDLE, AWAITED, never).await;
        let error = error.unwrap_err();
        assert!(matches!(error, SftpError::Timeout { awaited: AWAITED }));
        assert!(error.is_temporary());
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_still_come_prolong_the_waiting() {
        let (mut server, stream) = duplex(64);
        let traffic = Traffic::default();
        let mut counted = Counted {
            stream,
            traffic: traffic.clone(),
        };
        let slow = async {
            for byte in 0..8 {
                sleep(IDLE * 2 / 3).await;
                server.write_all(&[byte]).await.unwrap();
                assert_eq!(counted.read_u8().await.unwrap(), byte);
            }
        };
        traffic.within(IDLE, AWAITED, slow).await.unwrap();
        assert_eq!(traffic.so_far(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_came_before_do_not_prolong_it_forever() {
        let traffic = Traffic::default();
        traffic.0.store(1000, Ordering::Relaxed);
        let never = std::future::pending::<()>();
        let begun = tokio::time::Instant::now();
        traffic.within(IDLE, AWAITED, never).await.unwrap_err();
        assert_eq!(begun.elapsed(), IDLE);
    }
}
