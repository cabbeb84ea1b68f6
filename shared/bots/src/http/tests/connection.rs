//! What can go wrong between us and a bot.

use std::error::Error as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::MAX_RESPONSE_BYTES;

/// A server that answers every request with these bytes and closes; its URL.
async fn raw_server(response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut vec![0; 64 * 1024]).await;
            let _ = stream.write_all(&response).await;
        }
    });
    url
}

#[tokio::test]
async fn a_slow_bot_is_given_up_at_the_smaller_of_the_two_limits() {
    let short = Duration::from_millis(100);
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(204).set_delay(Duration::from_secs(10));
    Mock::given(method("POST"))
        .respond_with(slow)
        .mount(&server)
        .await;
    for (timeout_ms, within) in [(100, LONG), (20_000, short)] {
        let settings = HttpSettings {
            timeout_ms,
            ..settings(&server.uri())
        };
        let bot = HttpBot::new(&settings, &secrets(KEY)).unwrap();
        let error = bot.answer(&message("Hi"), within).await.unwrap_err();
        assert!(
            matches!(error, BotError::TimedOut { after } if after == short),
            "{error:?}"
        );
        assert!(error.is_retryable());
    }
    let error = bot(&server.uri())
        .answer(&message("Hi"), Duration::ZERO)
        .await
        .unwrap_err();
    assert!(matches!(error, BotError::TimedOut { .. }));
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_unavailable() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"actions\":".to_vec();
    let error = bot(&raw_server(half).await)
        .answer(&message("Hi"), LONG)
        .await
        .unwrap_err();
    assert!(
        matches!(error, BotError::Unavailable { status: None, .. }),
        "{error:?}"
    );
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_or_not_it_says_its_length() {
    let big = "x".repeat(MAX_RESPONSE_BYTES + 1);
    let announced = ask(ResponseTemplate::new(200).set_body_string(big.clone())).await;
    assert!(problem(announced).contains("262144 bytes"));

    let until_close = format!("HTTP/1.1 200 OK\r\n\r\n{}", big.repeat(4));
    let url = raw_server(until_close.into_bytes()).await;
    assert!(problem(bot(&url).answer(&message("Hi"), LONG).await).contains("262144 bytes"));

    let just_fits = format!("{{}}{}", " ".repeat(MAX_RESPONSE_BYTES - 2));
    assert!(
        ask(ResponseTemplate::new(200).set_body_string(just_fits))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let target = MockServer::start().await;
        let to_target = ResponseTemplate::new(status).insert_header("location", target.uri());
        let error = ask(to_target).await.unwrap_err();
        assert!(matches!(error, BotError::Misconfigured { .. }), "{error:?}");
        assert!(error.to_string().contains("redirects") && !error.is_retryable());
        assert!(
            target.received_requests().await.unwrap().is_empty(),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused_without_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}/?token=hidden",
        listener.local_addr().unwrap().port()
    );
    let settings = HttpSettings {
        allow_private_addresses: false,
        ..settings(&url)
    };
    let guarded = HttpBot::new(&settings, &secrets(KEY)).unwrap();
    let error = guarded
        .answer(&message(SECRET_TEXT), LONG)
        .await
        .unwrap_err();
    assert!(
        matches!(error, BotError::AddressNotAllowed { .. }),
        "{error:?}"
    );
    assert!(!error.is_retryable() && !format!("{error:?}").contains("hidden"));
    let accepted = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(accepted.is_err(), "nobody connected");
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_name_are_unavailable_and_hide_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [
        format!("http://{address}/?token=hidden"),
        "http://bot.invalid/?token=hidden".to_owned(),
    ] {
        let error = bot(&url)
            .answer(&message(SECRET_TEXT), LONG)
            .await
            .unwrap_err();
        assert!(
            matches!(error, BotError::Unavailable { status: None, .. }),
            "{error:?}"
        );
        assert!(error.is_retryable() && error.source().is_some());
        assert!(!format!("{error:?}").contains("hidden"));
    }
}

#[tokio::test]
async fn turns_share_one_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    // Serves the first connection only: a second one would wait until the time is up.
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        loop {
            let mut piece = vec![0; 64 * 1024];
            let read = stream.read(&mut piece).await.unwrap();
            seen.extend_from_slice(&piece[..read]);
            if seen.ends_with(b"}") {
                seen.clear();
                stream
                    .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                    .await
                    .unwrap();
            }
            if read == 0 {
                return;
            }
        }
    });
    let bot = bot(&url);
    for _ in 0..3 {
        bot.answer(&message("Hi"), Duration::from_secs(5))
            .await
            .unwrap();
    }
}
