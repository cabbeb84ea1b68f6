use std::net::SocketAddr;

use platform::SdkConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

fn files() -> Files {
    Files::new(Objects::new(&SdkConfig::builder().build()))
}

fn at(url: impl Into<String>) -> AttachmentFile {
    AttachmentFile {
        url: Some(url.into()),
        ..AttachmentFile::default()
    }
}

async fn server(answer: ResponseTemplate) -> (MockServer, AttachmentFile) {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/file"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let file = at(format!("{}/file", server.uri()));
    (server, file)
}

async fn fetched(answer: ResponseTemplate, name: &str) -> Result<File, FetchError> {
    let (_server, file) = server(answer).await;
    files().fetch(&file, name, true).await
}

fn ok(content_type: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(PNG, content_type)
}

#[tokio::test]
async fn a_file_s_type_is_the_bot_s_word_else_the_source_s_else_the_name_s_else_the_content_s() {
    for (header, name, expected) in [
        ("image/webp", "a.png", "image/webp"),
        ("application/octet-stream", "a.gif", "image/gif"),
        ("binary/octet-stream", "a", "image/png"),
    ] {
        let file = fetched(ok(header), name).await.unwrap();
        assert_eq!(file.content, PNG);
        assert_eq!(file.content_type, expected, "{header} {name}");
    }
    let (_server, file) = server(ok("image/webp")).await;
    let told = AttachmentFile {
        content_type: Some("image/jpeg".into()),
        ..file
    };
    let file = files().fetch(&told, "a.png", true).await.unwrap();
    assert_eq!(file.content_type, "image/jpeg");
}

#[tokio::test]
async fn data_is_the_file_itself() {
    let data = AttachmentFile {
        data: Some("iVBORw0KGgo=".into()),
        ..AttachmentFile::default()
    };
    let file = files().fetch(&data, "a", false).await.unwrap();
    assert_eq!(file.content, &b"\x89PNG\r\n\x1a\n"[..]);
    assert_eq!(file.content_type, "image/png");
    let broken = AttachmentFile {
        data: Some("?".into()),
        ..AttachmentFile::default()
    };
    assert!(
        !files()
            .fetch(&broken, "a", false)
            .await
            .unwrap_err()
            .is_retryable()
    );
}

#[tokio::test]
async fn only_what_may_pass_is_tried_again() {
    for (status, retryable) in [
        (500, true),
        (503, true),
        (429, true),
        (408, true),
        (404, false),
        (403, false),
        (410, false),
        (204, false),
    ] {
        let error = fetched(ResponseTemplate::new(status), "a.png")
            .await
            .unwrap_err();
        assert!(
            matches!(error, FetchError::Status(found) if found == status),
            "{error:?}"
        );
        assert_eq!(error.is_retryable(), retryable, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (server, file) =
        server(ResponseTemplate::new(302).insert_header("location", "/elsewhere")).await;
    let error = files().fetch(&file, "a.png", true).await.unwrap_err();
    assert!(matches!(error, FetchError::Redirect(302)) && !error.is_retryable());
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_log_in_page_is_not_sent_as_a_picture() {
    let page = || ResponseTemplate::new(200).set_body_raw("<html>", "text/html; charset=utf-8");
    let error = fetched(page(), "town.png").await.unwrap_err();
    assert!(matches!(error, FetchError::WebPage) && !error.is_retryable());
    let meant = fetched(page(), "page.html").await.unwrap();
    assert_eq!(meant.content_type, "text/html; charset=utf-8");
}

#[tokio::test]
async fn a_file_that_says_it_is_too_large_is_not_even_read() {
    let large = ResponseTemplate::new(200).set_body_bytes(vec![0; MAX_ATTACHMENT_BYTES + 1]);
    let error = fetched(large, "a.png").await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge) && !error.is_retryable());
    let largest = ResponseTemplate::new(200).set_body_bytes(vec![0; MAX_ATTACHMENT_BYTES]);
    assert!(fetched(largest, "a.png").await.is_ok());
}

/// A server that answers each connection with `head`, then sends zeros until the other side hangs up
/// (`endless`) or sends nothing more and waits.
async fn raw_server(head: &'static str, endless: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(head.as_bytes()).await;
                if endless {
                    while stream.write_all(&[0; 65_536]).await.is_ok() {}
                } else {
                    // Ends when the client hangs up.
                    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_file_that_never_ends_is_cut_off_at_the_limit() {
    let address = raw_server("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", true).await;
    let file = at(format!("http://{address}/file"));
    let error = files().fetch(&file, "a.png", true).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge), "{error:?}");
}

#[tokio::test]
async fn a_server_that_stops_half_way_is_waited_for_a_limited_time() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc";
    let address = raw_server(head, false).await;
    let files = Files {
        timeout: Duration::from_millis(200),
        ..files()
    };
    let file = at(format!("http://{address}/file"));
    let error = files.fetch(&file, "a.png", true).await.unwrap_err();
    assert!(
        matches!(error, FetchError::Slow) && error.is_retryable(),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_nobody_is_at_is_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = files()
        .fetch(&at(format!("http://{closed}/a")), "a", true)
        .await
        .unwrap_err();
    assert!(
        matches!(error, FetchError::NoAnswer(_)) && error.is_retryable(),
        "{error:?}"
    );
    let told = format!("{error} {error:?} {}", platform::Causes(&error));
    assert!(!told.contains("/a\""), "an address can be signed: {told}");
}

#[tokio::test]
async fn private_addresses_are_refused_unless_they_are_allowed() {
    for url in [
        "https://127.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/a.png",
        "https://[::ffff:169.254.169.254]/",
        "https://2130706433/a.png",
        "https://10.1.2.3/a.png",
        "http://files.example/a.png",
        "ftp://files.example/a.png",
        "https://someone:secret@files.example/a.png",
    ] {
        let error = files().fetch(&at(url), "a.png", false).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Address(_)) && !error.is_retryable(),
            "{url}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_name_that_stands_for_a_private_address_is_refused_when_it_is_looked_up() {
    let server = MockServer::start().await;
    let url = format!("https://localhost:{}/file", server.address().port());
    let error = files().fetch(&at(url), "a.png", false).await.unwrap_err();
    assert!(
        matches!(error, FetchError::PrivateHost) && !error.is_retryable(),
        "{error:?}"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}
