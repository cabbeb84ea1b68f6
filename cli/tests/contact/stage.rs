//! A stage: tables, bucket, queues.

use std::process::{Output, Stdio};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use lake::{Config, Services};
use serde_json::{Value, json};

pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) table: aws_sdk_dynamodb::Client,
    pub(crate) queues: aws_sdk_sqs::Client,
    pub(crate) exports: Services,
    endpoint: String,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) ok: bool,
    pub(crate) json: Value,
    pub(crate) error: String,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let endpoint = std::env::var("SPARKBRIDGE_TEST_AWS_ENDPOINT")
            .expect("SPARKBRIDGE_TEST_AWS_ENDPOINT names no endpoint: run `make test`");
        let aws = aws_config::from_env().endpoint_url(&endpoint).load().await;
        let name = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let name = format!("t{name}");
        let account = aws_sdk_sts::Client::new(&aws);
        let account = account.get_caller_identity().send().await.unwrap();
        let region = aws.region().unwrap().to_string();
        let config = Config::of_stage(&name, &account.account.unwrap(), &region);
        let stage = Self {
            table: aws_sdk_dynamodb::Client::new(&aws),
            queues: aws_sdk_sqs::Client::new(&aws),
            exports: Services::new(&aws, config),
            endpoint,
            name,
        };
        stage.tables().await;
        stage.bucket(&aws, &region).await;
        stage
    }

    async fn tables(&self) {
        let attribute = |name| {
            let attribute = AttributeDefinition::builder().attribute_name(name);
            attribute
                .attribute_type(ScalarAttributeType::S)
                .build()
                .unwrap()
        };
        let key = |name, kind| {
            let key = KeySchemaElement::builder().attribute_name(name);
            key.key_type(kind).build().unwrap()
        };
        for table in ["conversations", "exports"] {
            self.table
                .create_table()
                .table_name(format!("sparkbridge-{}-{table}", self.name))
                .billing_mode(BillingMode::PayPerRequest)
                .attribute_definitions(attribute("pk"))
                .attribute_definitions(attribute("sk"))
                .key_schema(key("pk", KeyType::Hash))
                .key_schema(key("sk", KeyType::Range))
                .send()
                .await
                .unwrap();
        }
    }

    async fn bucket(&self, aws: &SdkConfig, region: &str) {
        let config = aws_sdk_s3::config::Builder::from(aws).force_path_style(true);
        let client = aws_sdk_s3::Client::from_conf(config.build());
        let place = BucketLocationConstraint::from(region);
        let place = CreateBucketConfiguration::builder().location_constraint(place);
        let create = client.create_bucket().bucket(self.exports.lake.bucket());
        let create = match region {
            "us-east-1" => create,
            _ => create.create_bucket_configuration(place.build()),
        };
        create.send().await.unwrap();
    }

    pub(crate) async fn call(&self, arguments: &[&str]) -> Told {
        let output: Output = tokio::process::Command::new(env!("CARGO_BIN_EXE_sparkbridge"))
            .args(["--stage", &self.name, "contact"])
            .args(arguments)
            .arg("--json")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        Told {
            ok: output.status.success(),
            json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Erases, which must work; what was removed.
    pub(crate) async fn erase(&self, id: &str) -> Value {
        let told = self
            .call(&["erase", id, "--yes", "--operator", "agent-1"])
            .await;
        assert!(told.ok, "{told:#?}");
        assert_eq!(told.json["receipt"]["state"], "done", "{told:#?}");
        told.json["receipt"]["removed"].clone()
    }

    pub(crate) fn conversations(&self) -> String {
        format!("sparkbridge-{}-conversations", self.name)
    }

    pub(crate) async fn put(&self, pk: &str, sk: &str, body: &Value) {
        let text = |text: &str| AttributeValue::S(text.into());
        let put = self.table.put_item().table_name(self.conversations());
        let put = put.item("pk", text(pk)).item("sk", text(sk));
        put.item("body", text(&body.to_string()))
            .send()
            .await
            .unwrap();
    }

    /// Keys of all items of conversations.
    pub(crate) async fn keys(&self) -> Vec<(String, String)> {
        let scan = self.table.scan().table_name(self.conversations());
        let items = scan
            .consistent_read(true)
            .send()
            .await
            .unwrap()
            .items
            .unwrap();
        let text = |value: &AttributeValue| value.as_s().unwrap().clone();
        let keys = items
            .iter()
            .map(|item| (text(&item["pk"]), text(&item["sk"])));
        let mut keys: Vec<_> = keys.filter(|(pk, _)| pk != "RECEIPT").collect();
        keys.sort();
        keys
    }

    /// A FIFO queue of the stage; its URL.
    pub(crate) async fn queue(&self, name: &str) -> String {
        let create = self.queues.create_queue();
        let create = create.queue_name(format!("sparkbridge-{}-{name}", self.name));
        let create = create.attributes(QueueAttributeName::FifoQueue, "true");
        create.send().await.unwrap().queue_url.unwrap()
    }
}

/// A conversation's state as it is stored.
pub(crate) fn state(contact: &str, primary: &str) -> Value {
    json!({"channel_details": {"contactProfile": {
        "id": contact, "mediumContactProfileId": format!("m-{contact}"), "primaryIdentifier": primary,
        "secondaryIdentifier": "",
    }}})
}
