//! The emulator's AWS, for tests that need a table and functions of their own.

use std::collections::HashMap;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

use crate::World;

/// How clients of our own reach it.
pub async fn aws(world: &World) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "the emulator's");
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(&world.stack.aws.endpoint_url)
        .region(Region::new(world.stack.aws.region.clone()))
        .credentials_provider(credentials)
        .load()
        .await
}

/// How functions of our own reach it, by a proxy at `endpoint`.
pub fn environment(world: &World, endpoint: String) -> HashMap<String, String> {
    let told = world.stack.aws.environment().into_iter();
    let mut environment: HashMap<_, _> = told
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.insert("AWS_ENDPOINT_URL".to_owned(), endpoint);
    environment
}

/// A table with the keys that all of ours have.
pub async fn make_table(aws: &SdkConfig, name: &str) {
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    aws_sdk_dynamodb::Client::new(aws)
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .send()
        .await
        .unwrap();
}
