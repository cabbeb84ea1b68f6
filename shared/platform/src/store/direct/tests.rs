use std::collections::HashMap;

use aws_access::{Connector, Direct};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem,
};
use conversation::{Conversation, EventStatus, StoredEvent};
use serde_json::{Value, json};
use time::OffsetDateTime;
use wiremock::matchers::{header, header_exists, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

/// Two stores on one table: one that writes directly, and one that writes by the SDK.
fn stores(server: &MockServer) -> (Store, Store) {
    let credentials =
        Credentials::new("AKIAEXAMPLE", "secret", Some("token".into()), None, "tests");
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(server.uri())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .build();
    let by_sdk = Store::new(aws_sdk_dynamodb::Client::new(&aws), "table".into());
    let direct = Direct::new(&aws, &Connector::default(), "dynamodb");
    assert!(direct.is_some());
    (by_sdk.clone().with_direct(direct), by_sdk)
}

fn attributes() -> Attributes {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    Attributes::default()
        .text("pk", "shop#conversation-1")
        .text("body", "\"ä\u{1F600}\n\u{7}\\")
        .number("version", 7)
        .with("quiet", AttributeValue::Bool(true))
        .with("none", AttributeValue::Null(true))
        .with(
            "list",
            AttributeValue::L(vec![text("a"), AttributeValue::M(HashMap::new())]),
        )
}

fn version() -> Attributes {
    Attributes::default().number(":version", 6)
}

fn put(store: &Store) -> Write<'_> {
    let condition = "attribute_not_exists(#pk) OR version = :version";
    let put = store.putting(attributes().into(), condition, version());
    put.with_names(&[("#pk", "pk")]).returning_refused()
}

/// Nothing but what a put must have.
fn bare(store: &Store) -> Write<'_> {
    let nothing = Attributes::default();
    store.putting(attributes().into(), "attribute_not_exists(pk)", nothing)
}

fn update(store: &Store) -> Write<'_> {
    let key = Key::state("shop", "conversation-1");
    let (update, condition) = ("SET version = :version", "version < :version");
    let update = store.updating(&key, update, condition, version());
    update.returning_before()
}

fn transact(store: &Store) -> TransactWriteItemsFluentBuilder {
    let put = Put::builder()
        .table_name(&store.table)
        .set_item(Some(attributes().into_map()))
        .condition_expression("#pk = :version")
        .expression_attribute_names("#pk", "pk")
        .expression_attribute_values(":version", AttributeValue::N("6".into()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let check = ConditionCheck::builder()
        .table_name(&store.table)
        .set_key(Some(attributes().into_map()))
        .condition_expression("attribute_exists(pk)");
    let transact = store.client.transact_write_items();
    let put = TransactWriteItem::builder().put(put.build().unwrap());
    let check = TransactWriteItem::builder().condition_check(check.build().unwrap());
    transact
        .transact_items(put.build())
        .transact_items(check.build())
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let mock = Mock::given(method("POST")).respond_with(answer);
    mock.mount(&server).await;
    server
}

fn item() -> Value {
    json!({"pk": {"S": "p"}, "version": {"N": "3"}, "quiet": {"BOOL": false}, "none": {"NULL": true},
        "list": {"L": [{"M": {"a": {"S": "b"}}}, {"SS": ["c"]}, {"NS": ["1"]}]}})
}

fn refusal(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
        "message": "The conditional request failed",
        "Item": item(),
    }))
}

#[tokio::test]
async fn what_is_sent_directly_is_what_the_sdk_sends() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({}))).await;
    let (directly, by_sdk) = stores(&server);
    for write in [put, bare, update] {
        directly.write(write(&directly)).await.unwrap();
        by_sdk.write(write(&by_sdk)).await.unwrap();
    }
    directly.transact(transact(&directly)).await.unwrap();
    transact(&by_sdk).send().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 8);
    for pair in requests.chunks(2) {
        let body = |index: usize| {
            let mut body = pair[index].body_json::<Value>().unwrap();
            let token = body.as_object_mut().unwrap().remove("ClientRequestToken");
            let is_token = |token: Value| token.as_str().is_some_and(|token| token.len() == 36);
            (body, token.map(is_token))
        };
        assert_eq!(body(0), body(1));
        for name in [
            "x-amz-target",
            "content-type",
            "x-amz-security-token",
            "host",
        ] {
            assert_eq!(pair[0].headers[name], pair[1].headers[name], "{name}");
        }
        assert!(!pair[0].headers.contains_key("user-agent"), "not the SDK");
        assert!(pair[1].headers.contains_key("user-agent"));
    }
}

#[tokio::test]
async fn what_was_there_before_comes_as_the_sdk_gives_it() {
    let answer = ResponseTemplate::new(200).set_body_json(json!({"Attributes": item()}));
    let (directly, by_sdk) = stores(&answering(answer).await);
    let told = directly.write(update(&directly)).await.unwrap();
    let expected = by_sdk.write(update(&by_sdk)).await.unwrap();
    let before = |written| match written {
        Written::Done(Some(before)) => Item::into_map(before),
        _ => panic!("written, with the item before"),
    };
    assert_eq!(before(told), before(expected));
}

#[tokio::test]
async fn a_begin_in_a_new_conversation_finds_none_however_that_is_told() {
    let body = br#"{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"k",
        "data":{"conversationId":"c","message":{"text":"hi"}}}"#;
    let envelope = sparkcentral::event::parse(body).unwrap();
    let now = OffsetDateTime::UNIX_EPOCH;
    let begun = EventStatus::InProgress {
        lease_until: now,
        attempt: "a".into(),
    };
    let event = StoredEvent::of(&envelope, now, begun).unwrap();
    let mut first = Conversation::new("shop", "c", now);
    first.hear("k", Some(now));
    for told in [
        json!({}),
        json!({"Attributes": {}}),
        json!({"Attributes": null}),
    ] {
        let server = answering(ResponseTemplate::new(200).set_body_json(told)).await;
        let (directly, by_sdk) = stores(&server);
        for store in [directly, by_sdk] {
            let begun = store.begin_at_once(&first, &event, 1, now).await.unwrap();
            assert_eq!(begun.unwrap().version, 1);
        }
    }
}

#[tokio::test]
async fn a_condition_that_is_not_met_comes_with_the_item_and_at_once() {
    for write in [put, update] {
        let server = answering(refusal(CHECK_FAILED)).await;
        let (directly, by_sdk) = stores(&server);
        let told = directly.write(write(&directly)).await.unwrap();
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
        let expected = by_sdk.write(write(&by_sdk)).await.unwrap();
        let found = |written| match written {
            Written::Refused(Some(found)) => Item::into_map(found),
            _ => panic!("refused, with the item"),
        };
        assert_eq!(found(told), found(expected));
    }
}

#[tokio::test]
async fn a_transaction_at_the_item_is_told_from_a_failure() {
    for write in [put, update] {
        let server = answering(refusal("TransactionConflictException")).await;
        let (directly, _) = stores(&server);
        let told = directly.write(write(&directly)).await.unwrap();
        assert!(matches!(told, Written::Conflicted(_)));
        let server = answering(refusal("ResourceNotFoundException")).await;
        let (directly, _) = stores(&server);
        assert!(directly.write(write(&directly)).await.is_err());
    }
}

#[tokio::test]
async fn what_can_not_be_settled_directly_the_sdk_does() {
    for failure in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_string("<html>"),
        refusal("ProvisionedThroughputExceededException"),
        ResponseTemplate::new(200).set_delay(FIRST_TRY * 2),
    ] {
        let server = MockServer::start().await;
        let sdk = Mock::given(header_exists("user-agent"));
        let done = ResponseTemplate::new(200).set_body_json(json!({}));
        sdk.respond_with(done).expect(1).mount(&server).await;
        let direct = Mock::given(header("x-amz-target", PUT)).respond_with(failure);
        direct.expect(1).mount(&server).await;
        let (directly, _) = stores(&server);
        directly.write(put(&directly)).await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_that_is_done_again_counts_once_and_says_why_it_is_cancelled() {
    let cancelled = ResponseTemplate::new(400).set_body_json(json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": item()}, {"Code": "None"}],
    }));
    let server = answering(cancelled).await;
    let (directly, _) = stores(&server);
    let Err(error) = directly.transact(transact(&directly)).await else {
        panic!("it was cancelled");
    };
    let Some(TransactWriteItemsError::TransactionCanceledException(told)) =
        error.as_service_error()
    else {
        panic!("{error:?}");
    };
    assert_eq!(told.cancellation_reasons().len(), 2);
    let requests = server.received_requests().await.unwrap();
    let token = |index: usize| {
        let body = requests[index].body_json::<Value>().unwrap();
        body["ClientRequestToken"].clone()
    };
    assert_eq!(requests.len(), 2);
    assert!(token(0).is_string());
    assert_eq!(token(0), token(1));
}

#[tokio::test]
async fn a_transaction_of_another_kind_is_the_sdks() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({}))).await;
    let (directly, _) = stores(&server);
    let delete = Delete::builder()
        .table_name("table")
        .set_key(Some(attributes().into_map()));
    let delete = TransactWriteItem::builder().delete(delete.build().unwrap());
    let transact = transact(&directly).transact_items(delete.build());
    directly.transact(transact).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert!(requests.len() == 1 && requests[0].headers.contains_key("user-agent"));
}
