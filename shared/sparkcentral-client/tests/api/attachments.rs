use bytes::Bytes;
use sparkcentral::{Dialect, MAX_ATTACHMENT_BYTES};
use sparkcentral_client::{AttachmentMethod, ClientConfig, SendError};
use wiremock::matchers::{bearer_token, body_bytes, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    CONVERSATION, TOKEN, assert_quotes_nothing, client, config, grant_tokens, stage,
};

const CONTENT: &[u8] = b"\x89PNG not really";

async fn uploads_with(attachment_method: AttachmentMethod, verb: &str) {
    let server = MockServer::start().await;
    grant_tokens(&server).await;
    Mock::given(method(verb))
        .and(path(
            Dialect::Sparkcentral.attachment_path(CONVERSATION, "map.png"),
        ))
        .and(bearer_token(TOKEN))
        .and(header("content-type", "image/png"))
        .and(header("content-length", CONTENT.len().to_string().as_str()))
        .and(body_bytes(CONTENT))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(ClientConfig {
        attachment_method,
        ..config(&server.uri())
    });
    let content = Bytes::from_static(CONTENT);
    client
        .upload_attachment(CONVERSATION, "map.png", "image/png", content)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_attachment_is_put_with_its_type_and_length() {
    uploads_with(AttachmentMethod::default(), "PUT").await;
}

#[tokio::test]
async fn an_attachment_is_posted_where_configured() {
    uploads_with(AttachmentMethod::Post, "POST").await;
}

#[tokio::test]
async fn an_impossible_attachment_is_refused_before_anything_is_sent() {
    let (server, client) = stage().await;
    let small = Bytes::from_static(CONTENT);
    for (filename, content_type, content) in [
        ("../map.png", "image/png", small.clone()),
        ("", "image/png", small.clone()),
        ("map.png", "image", small.clone()),
        ("map.png", "image/png\r\nx: y", small),
        ("map.png", "image/png", Bytes::new()),
    ] {
        let error = client
            .upload_attachment(CONVERSATION, filename, content_type, content)
            .await
            .unwrap_err();
        assert!(matches!(error, SendError::Malformed { .. }), "{error:?}");
    }
    let large = Bytes::from(vec![0; MAX_ATTACHMENT_BYTES + 1]);
    let error = client
        .upload_attachment(CONVERSATION, "map.png", "image/png", large)
        .await
        .unwrap_err();
    assert!(matches!(error, SendError::TooLarge));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_type_the_medium_cannot_carry_is_malformed() {
    let (server, client) = stage().await;
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(400).set_body_string("bad filename"))
        .mount(&server)
        .await;
    let content = Bytes::from_static(CONTENT);
    let error = client
        .upload_attachment(CONVERSATION, "Wilhelmina.png", "image/png", content)
        .await
        .unwrap_err();
    assert_quotes_nothing(&error);
    let SendError::Malformed { problem } = error else {
        panic!("{error:?}");
    };
    assert!(problem.ends_with("mentions filename"), "{problem}");
}
