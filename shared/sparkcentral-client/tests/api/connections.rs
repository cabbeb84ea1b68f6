//! Failures below HTTP: did the request get out or not?

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sparkcentral_client::{Client, ClientConfig, NotSentCause, SendError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{
    CONVERSATION, answer_replies, assert_quotes_nothing, client, config, grant_tokens, reply,
};

/// A client whose tokens come from a working server and whose replies go to `base`.
async fn client_for(base: &str) -> (MockServer, Client) {
    let tokens = MockServer::start().await;
    grant_tokens(&tokens).await;
    let token_url = format!("{}/virtual-agent/oauth2/token", tokens.uri());
    let client = client(ClientConfig {
        token_url: Some(token_url.parse().unwrap()),
        ..config(base)
    });
    (tokens, client)
}

async fn failure(client: &Client) -> SendError {
    let error = client.post_reply(CONVERSATION, &reply()).await.unwrap_err();
    assert_quotes_nothing(&error);
    error
}

fn assert_not_sent(error: &SendError) {
    assert!(
        matches!(
            error,
            SendError::NotSent {
                source: NotSentCause::Connect(_)
            }
        ),
        "{error:?}"
    );
    assert!(error.is_retryable() && !error.may_have_arrived());
    assert!(error.source().is_some());
}

fn assert_may_have_arrived(error: &SendError) {
    assert!(
        matches!(error, SendError::MayHaveArrived { .. }),
        "{error:?}"
    );
    assert!(!error.is_retryable() && error.may_have_arrived());
    assert!(error.source().is_some());
}

/// Reads one request to its end: headers, then as many bytes as they announce.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut seen = Vec::new();
    loop {
        let mut chunk = [0; 1024];
        let read = stream
            .read(&mut chunk)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        seen.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(());
            }
        }
    }
}

/// Serves connections that answer this many requests and then hang up on the next one. Counts all
/// requests read.
async fn hanging_up_after(answered: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                for _ in 0..answered {
                    read_request(&mut stream).await?;
                    counter.fetch_add(1, Ordering::SeqCst);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                    stream.write_all(answer).await.ok()?;
                }
                read_request(&mut stream).await?;
                counter.fetch_add(1, Ordering::SeqCst);
                Some(())
            });
        }
    });
    (base, requests)
}

#[tokio::test]
async fn a_refused_connection_means_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (_tokens, client) = client_for(&base).await;
    assert_not_sent(&failure(&client).await);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_means_not_sent() {
    let (_tokens, client) = client_for("https://no-such-host.invalid").await;
    assert_not_sent(&failure(&client).await);
}

#[tokio::test]
async fn a_failed_tls_handshake_means_not_sent() {
    // This server speaks plain HTTP only.
    let server = MockServer::start().await;
    let (_tokens, client) = client_for(&server.uri().replace("http:", "https:")).await;
    assert_not_sent(&failure(&client).await);
}

#[tokio::test]
async fn a_tls_handshake_that_never_ends_means_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let (_tokens, client) = client_for(&base).await;
    // The listener takes the connection into its backlog and says nothing.
    assert_not_sent(&failure(&client).await);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_may_have_arrived() {
    let server = MockServer::start().await;
    grant_tokens(&server).await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    answer_replies(&server, slow).await;
    let client = client(ClientConfig {
        connect_timeout: Duration::from_millis(150),
        request_timeout: Duration::from_millis(200),
        ..config(&server.uri())
    });
    assert_may_have_arrived(&failure(&client).await);
}

#[tokio::test]
async fn a_connection_closed_instead_of_an_answer_may_have_arrived() {
    let (base, requests) = hanging_up_after(0).await;
    let (_tokens, client) = client_for(&base).await;
    assert_may_have_arrived(&failure(&client).await);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_kept_connection_closed_instead_of_an_answer_is_not_replayed() {
    let (base, requests) = hanging_up_after(1).await;
    let (_tokens, client) = client_for(&base).await;
    client.post_reply(CONVERSATION, &reply()).await.unwrap();
    assert_may_have_arrived(&failure(&client).await);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}
