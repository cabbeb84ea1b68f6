//! A wire that breaks: a TCP connection in between that ends or falls silent after so many bytes.

use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
};

#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// Both sides see the connection end.
    Cut,
    /// Nothing comes any more, and nobody says so.
    Silent,
}

/// A port that leads to another one. Each connection meets its fate after `bytes` from the server.
pub(crate) async fn wire(to: u16, bytes: u64, fate: Fate) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _from)) = listener.accept().await {
            tokio::spawn(async move {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (from_server, mut to_server) = server.into_split();
                let there = tokio::spawn(async move {
                    // Ends with either side.
                    let _ended = copy(&mut from_client, &mut to_server).await;
                    to_server.shutdown().await
                });
                let mut limited = from_server.take(bytes);
                let _ended = copy(&mut limited, &mut to_client).await;
                if limited.limit() == 0 && matches!(fate, Fate::Silent) {
                    // Both connections stay open as long as the test runs.
                    std::future::pending::<()>().await;
                }
                there.abort();
            });
        }
    });
    port
}
