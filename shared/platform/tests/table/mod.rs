//! A table of its own for each test, at the DynamoDB API that `make test` starts.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use platform::Store;

/// A store on a new table.
pub(crate) async fn store() -> Store {
    open().await.0
}

/// The same, with what a test needs to write into the table past the store.
pub(crate) async fn open() -> (Store, Client, String) {
    let endpoint = std::env::var("SPARKBRIDGE_TEST_AWS_ENDPOINT")
        .expect("SPARKBRIDGE_TEST_AWS_ENDPOINT names no DynamoDB endpoint: run `make test`");
    let aws = aws_config::from_env().endpoint_url(endpoint).load().await;
    let client = Client::new(&aws);
    let table = format!("store-test-{}", uuid::Uuid::new_v4());
    let attribute = |name| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let key = |name, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    client
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .send()
        .await
        .unwrap();
    (Store::new(client.clone(), table.clone()), client, table)
}
