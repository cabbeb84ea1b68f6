use serde_json::json;
use sparkcentral::{Complete, Dialect, Reply};
use sparkcentral_client::ClientConfig;
use wiremock::matchers::{basic_auth, bearer_token, body_json, body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{CONVERSATION, SECRET, TEXT, TOKEN, client, config, granted};

async fn expect_token(server: &MockServer, dialect: Dialect, form: &str) {
    Mock::given(method("POST"))
        .and(path(dialect.token_path()))
        .and(basic_auth("id-1", SECRET))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(form))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted(TOKEN)))
        .expect(1)
        .mount(server)
        .await;
}

async fn expect_reply(server: &MockServer, route: &str) {
    Mock::given(method("POST"))
        .and(path(route))
        .and(bearer_token(TOKEN))
        .and(header("content-type", "application/json"))
        .and(body_json(json!({
            "sendMessage": {"text": TEXT}, "applyTopics": ["Order status"], "complete": "HANDOVER",
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .expect(1)
        .mount(server)
        .await;
}

fn reply() -> Reply {
    Reply {
        apply_topics: vec!["Order status".to_owned()],
        complete: Some(Complete::Handover),
        ..Reply::text(TEXT)
    }
}

#[tokio::test]
async fn sparkcentral_gets_client_credentials_and_the_reply_as_json() {
    let server = MockServer::start().await;
    let form = "grant_type=client_credentials&scope=client-read";
    expect_token(&server, Dialect::Sparkcentral, form).await;
    let route = "/virtual-agent/conversations/0-01f00000001-000-0a0b0c0d";
    expect_reply(&server, route).await;

    let client = client(config(&server.uri()));
    client.post_reply(CONVERSATION, &reply()).await.unwrap();
}

#[tokio::test]
async fn inbox_gets_the_organization_grant_and_its_own_paths() {
    let server = MockServer::start().await;
    let form = "grant_type=organization_app&organization_id=900002";
    expect_token(&server, Dialect::Inbox, form).await;
    let route = "/inbox/v1/virtual-agent/conversations/0-01f00000001-000-0a0b0c0d";
    expect_reply(&server, route).await;

    let client = client(ClientConfig {
        dialect: Dialect::Inbox,
        organization_id: Some("900002".to_owned()),
        ..config(&server.uri())
    });
    client.post_reply(CONVERSATION, &reply()).await.unwrap();
}

#[tokio::test]
async fn making_a_client_sends_nothing() {
    let server = MockServer::start().await;
    let _client = client(config(&server.uri()));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_empty_conversation_id_is_refused_before_anything_is_sent() {
    let server = MockServer::start().await;
    let client = client(config(&server.uri()));
    let error = client.post_reply("", &reply()).await.unwrap_err();
    assert!(!error.is_retryable() && !error.may_have_arrived());
    assert!(server.received_requests().await.unwrap().is_empty());
}
