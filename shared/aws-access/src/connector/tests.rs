#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const SMALL_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// A server that gives each request on a connection the next of these answers, and then closes it.
struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start(answers: &'static [&'static [u8]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = Self {
            url,
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (server.connections.clone(), server.requests.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, answers, requests.clone()));
            }
        });
        server
    }

    fn seen(&self) -> (usize, usize) {
        let seen = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (seen(&self.connections), seen(&self.requests))
    }
}

async fn serve(mut stream: TcpStream, answers: &[&[u8]], requests: Arc<AtomicUsize>) {
    for answer in answers {
        let mut read = Vec::new();
        while !read.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => read.push(byte),
                Err(_) => return,
            }
        }
        requests.fetch_add(1, Ordering::SeqCst);
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

async fn ask(
    connector: &Connector,
    url: &str,
    limits: Limits,
) -> Result<Response<SdkBody>, NotSent> {
    let request = Request::get(url).body(SdkBody::empty()).unwrap();
    connector.exchange(request, limits).await
}

async fn answered(connector: &Connector, server: &Server) -> Result<Vec<u8>, NotSent> {
    let response = ask(connector, &server.url, Limits::default()).await?;
    let body = response.into_body().collect().await.unwrap();
    Ok(body.to_bytes().to_vec())
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start(&[SMALL_ANSWER; 3]).await;
    let connector = Connector::default();
    for _ in 0..3 {
        assert_eq!(answered(&connector.clone(), &server).await.unwrap(), b"{}");
    }
    assert_eq!(server.seen(), (1, 3));
}

#[tokio::test]
async fn requests_at_once_have_a_connection_each() {
    let server = Server::start(&[SMALL_ANSWER; 2]).await;
    let connector = Connector::default();
    let (one, two) = tokio::join!(answered(&connector, &server), answered(&connector, &server));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(server.seen(), (2, 2));
}

#[tokio::test]
async fn a_connection_that_was_closed_while_it_waited_is_made_anew() {
    let server = Server::start(&[SMALL_ANSWER]).await;
    let connector = Connector::default();
    for _ in 0..4 {
        assert_eq!(answered(&connector, &server).await.unwrap(), b"{}");
        // The other side's end arrives.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.seen(), (4, 4), "each request is sent once");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_and_its_connection_is_gone() {
    let half: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf";
    let server = Server::start(Box::leak(Box::new([half]))).await;
    let connector = Connector::default();
    for connections in 1..3 {
        let error = answered(&connector, &server).await.unwrap_err();
        assert!(matches!(error, NotSent::Broken(_)), "{error:?}");
        assert_eq!(server.seen(), (connections, connections));
    }
}

#[tokio::test]
async fn a_large_body_gives_its_connection_back_at_its_end_and_not_before() {
    let length = SMALL as usize + 1;
    let mut large = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    large.resize(large.len() + length, b'x');
    let answers: &[&[u8]] = Box::leak(Box::new([
        large.leak() as &[u8],
        SMALL_ANSWER,
        SMALL_ANSWER,
    ]));
    let server = Server::start(answers).await;
    let connector = Connector::default();
    assert_eq!(answered(&connector, &server).await.unwrap().len(), length);
    assert_eq!(answered(&connector, &server).await.unwrap(), b"{}");
    assert_eq!(server.seen(), (1, 2));

    let other = Connector::default();
    let unread = ask(&other, &server.url, Limits::default()).await.unwrap();
    drop(unread);
    assert_eq!(answered(&other, &server).await.unwrap().len(), length);
    assert_eq!(
        server.seen(),
        (3, 4),
        "what nobody read stands before no other answer"
    );
}

#[tokio::test]
async fn limits_and_absent_hosts_are_told_apart() {
    let silent = Server::start(&[b""]).await;
    let limit = Duration::from_millis(50);
    let limits = Limits {
        read: Some(limit),
        ..Limits::default()
    };
    let connector = Connector::default();
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", hung.local_addr().unwrap());
    let error = ask(&connector, &url, limits).await.unwrap_err();
    assert!(
        matches!(error, NotSent::ReadTimeout(after) if after == limit),
        "{error:?}"
    );
    assert!(ConnectorError::from(error).is_timeout());

    let error = ask(&connector, &silent.url, limits).await.unwrap_err();
    assert!(matches!(error, NotSent::Broken(_)), "{error:?}");
    assert!(ConnectorError::from(error).is_io());

    drop(hung);
    let error = ask(&connector, &url, limits).await.unwrap_err();
    assert!(matches!(error, NotSent::Connect(_)), "{error:?}");
    assert!(ConnectorError::from(error).is_io());

    let error = ask(&connector, "/nowhere", limits).await.unwrap_err();
    assert!(matches!(error, NotSent::Address), "{error:?}");
}
