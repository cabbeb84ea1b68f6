use std::time::Duration;

use serde_json::{Value, json};
use sparkcentral::Dialect;
use sparkcentral_client::{Client, ClientConfig, PresenceError};
use wiremock::matchers::{bearer_token, body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{TOKEN, client, config, count, granted};

const AVAILABLE: &str = "/inbox/v1/user-presence/metrics/agent-availability";
const LONGEST_WAIT: &str = "/inbox/v1/queue/metrics/longest-wait-time";

fn inbox(server: &MockServer) -> Client {
    client(ClientConfig {
        dialect: Dialect::Inbox,
        organization_id: Some("1".to_owned()),
        ..config(&server.uri())
    })
}

async fn grant(server: &MockServer, answer: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path(Dialect::Inbox.token_path()))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// A server that grants tokens and answers questions about presence like this.
async fn stage(answer: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    grant(
        &server,
        ResponseTemplate::new(200).set_body_json(granted(TOKEN)),
    )
    .await;
    for question in [AVAILABLE, LONGEST_WAIT] {
        Mock::given(method("POST"))
            .and(path(question))
            .and(bearer_token(TOKEN))
            .respond_with(answer.clone())
            .mount(&server)
            .await;
    }
    let client = inbox(&server);
    (server, client)
}

async fn told(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    let asked = requests
        .iter()
        .filter(|request| request.url.path().starts_with("/inbox"));
    asked
        .map(|request| (request.url.path().to_owned(), request.body_json().unwrap()))
        .collect()
}

#[tokio::test]
async fn people_who_are_available_and_the_longest_wait_are_asked_for_as_documented() {
    let answer = ResponseTemplate::new(200).set_body_json(json!({"value": 30}));
    let (server, client) = stage(answer).await;
    assert_eq!(client.available_agents().await.unwrap(), 30);
    assert_eq!(client.longest_wait(Some("0-chat")).await.unwrap(), 30);
    assert_eq!(client.longest_wait(None).await.unwrap(), 30);
    assert_eq!(
        told(&server).await,
        [
            (
                AVAILABLE.to_owned(),
                json!({"userPresenceStatus": "AVAILABLE"})
            ),
            (
                LONGEST_WAIT.to_owned(),
                json!({"status": "NEW", "channelIds": ["0-chat"]})
            ),
            (LONGEST_WAIT.to_owned(), json!({"status": "NEW"})),
        ]
    );
    assert_eq!(count(&server, Dialect::Inbox.token_path()).await, 1);
}

#[tokio::test]
async fn a_401_fetches_one_more_token_and_asks_once_more() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(Dialect::Inbox.token_path()))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted(TOKEN)))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    grant(
        &server,
        ResponseTemplate::new(200).set_body_json(granted("token-two")),
    )
    .await;
    for (token, answer) in [
        (TOKEN, ResponseTemplate::new(401)),
        (
            "token-two",
            ResponseTemplate::new(200).set_body_json(json!({"value": 2})),
        ),
    ] {
        Mock::given(method("POST"))
            .and(path(AVAILABLE))
            .and(bearer_token(token))
            .and(body_json(json!({"userPresenceStatus": "AVAILABLE"})))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let client = inbox(&server);
    assert_eq!(client.available_agents().await.unwrap(), 2);
    assert_eq!(count(&server, AVAILABLE).await, 2);

    let (server, client) = stage(ResponseTemplate::new(401)).await;
    let error = client.available_agents().await.unwrap_err();
    assert!(
        matches!(error, PresenceError::Refused { status: 401 }),
        "{error:?}"
    );
    assert_eq!(
        count(&server, AVAILABLE).await,
        2,
        "once more, and not again"
    );
}

#[tokio::test]
async fn a_refusal_and_an_answer_of_another_shape_are_unknown_and_never_nobody() {
    for status in [400, 403, 404, 429, 500, 503, 302] {
        let (server, client) = stage(ResponseTemplate::new(status)).await;
        let error = client.longest_wait(None).await.unwrap_err();
        assert!(
            matches!(&error, PresenceError::Refused { status: told } if *told == status),
            "{error:?}"
        );
        assert_eq!(count(&server, LONGEST_WAIT).await, 1);
    }
    for body in ["", "[]", "{}", "{\"value\": \"many\"}", "<html>"] {
        let (_server, client) = stage(ResponseTemplate::new(200).set_body_string(body)).await;
        let error = client.available_agents().await.unwrap_err();
        assert!(
            matches!(error, PresenceError::Unreadable),
            "{body}: {error:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_not_waited_for() {
    let slow = ResponseTemplate::new(200)
        .set_body_json(json!({"value": 1}))
        .set_delay(Duration::from_secs(600));
    let (_server, client) = stage(slow).await;
    let both = tokio::join!(client.available_agents(), client.longest_wait(None));
    assert!(
        matches!(both.0, Err(PresenceError::NoAnswer(_))),
        "{:?}",
        both.0
    );
    assert!(
        matches!(both.1, Err(PresenceError::NoAnswer(_))),
        "{:?}",
        both.1
    );
}

#[tokio::test]
async fn without_a_token_or_a_server_nothing_is_known() {
    let server = MockServer::start().await;
    grant(&server, ResponseTemplate::new(500)).await;
    let error = inbox(&server).available_agents().await.unwrap_err();
    assert!(matches!(error, PresenceError::Token(_)), "{error:?}");

    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let unreachable = client(ClientConfig {
        dialect: Dialect::Inbox,
        organization_id: Some("1".to_owned()),
        ..config(&address)
    });
    let error = unreachable.longest_wait(None).await.unwrap_err();
    assert!(matches!(error, PresenceError::Token(_)), "{error:?}");
}

#[tokio::test]
async fn sparkcentrals_own_dialect_is_not_asked_at_all() {
    let server = MockServer::start().await;
    let client = client(config(&server.uri()));
    let error = client.available_agents().await.unwrap_err();
    assert!(matches!(error, PresenceError::Unsupported));
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}
