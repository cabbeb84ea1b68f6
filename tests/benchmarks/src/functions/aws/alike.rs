//! The same requests to this DynamoDB and to the emulator that `make test` starts: the answers have to be alike.

mod conditions;
mod reads;
mod writes;

use reqwest::Client;
use serde_json::{Value, json};

use super::Aws;

struct Both {
    http: Client,
    ours: Aws,
    emulator: String,
    table: String,
}

impl Both {
    async fn start() -> Self {
        let emulator = std::env::var("SPARKBRIDGE_TEST_AWS_ENDPOINT")
            .expect("SPARKBRIDGE_TEST_AWS_ENDPOINT names no DynamoDB endpoint: run `make test`");
        let now = chrono::Utc::now().timestamp_micros();
        let both = Self {
            http: Client::builder().no_proxy().build().unwrap(),
            ours: Aws::start().await.unwrap(),
            emulator,
            table: format!("alike-{}-{now}", std::process::id()),
        };
        let key = |name, kind| json!({"AttributeName": name, "KeyType": kind});
        let attribute = |name| json!({"AttributeName": name, "AttributeType": "S"});
        let table = json!({
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [attribute("pk"), attribute("sk")],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        });
        for url in [&both.ours.url, &both.emulator] {
            let (status, _) = both.send(url, "CreateTable", &table).await;
            assert_eq!(status, 200);
        }
        both
    }

    async fn send(&self, url: &str, operation: &str, body: &Value) -> (u16, Value) {
        let mut body = body.clone();
        match body.get_mut("TransactItems").and_then(Value::as_array_mut) {
            Some(parts) => {
                for part in parts.iter_mut().filter_map(Value::as_object_mut) {
                    for write in part.values_mut() {
                        write["TableName"] = self.table.as_str().into();
                    }
                }
            }
            None => body["TableName"] = self.table.as_str().into(),
        }
        let credential = "test/20261121/eu-west-1/dynamodb/aws4_request";
        let answer = self
            .http
            .post(url)
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
                ),
            )
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let told = answer.text().await.unwrap();
        (status, serde_json::from_str(&told).unwrap_or_default())
    }

    /// Asks both, and gives what both say.
    async fn ask(&self, operation: &str, body: Value) -> Value {
        let (ours, told) = self.send(&self.ours.url, operation, &body).await;
        let (emulators, told_there) = self.send(&self.emulator, operation, &body).await;
        let (told, told_there) = (alike(told), alike(told_there));
        assert_eq!(
            (ours, &told),
            (emulators, &told_there),
            "{operation} {body}\nours: {told}\nthe emulator's: {told_there}"
        );
        told
    }
}

/// Without words that are free, and the service's name.
fn alike(mut told: Value) -> Value {
    let Some(fields) = told.as_object_mut() else {
        return told;
    };
    for free in [
        "message",
        "Message",
        "ConsumedCapacity",
        "ItemCollectionMetrics",
    ] {
        fields.remove(free);
    }
    if let Some(kind) = fields.get_mut("__type") {
        let name = kind.as_str().unwrap_or_default().rsplit('#').next();
        *kind = name.unwrap_or_default().into();
    }
    let reasons = fields.get_mut("CancellationReasons");
    for reason in reasons.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(reason) = reason.as_object_mut() {
            reason.remove("Message");
        }
    }
    told
}

fn key(pk: &str, sk: &str) -> Value {
    json!({"pk": {"S": pk}, "sk": {"S": sk}})
}

fn item(pk: &str, sk: &str, more: Value) -> Value {
    let mut item = key(pk, sk);
    if let (Some(item), Value::Object(more)) = (item.as_object_mut(), more) {
        item.extend(more);
    }
    item
}

fn number(number: i64) -> Value {
    json!({"N": number.to_string()})
}
