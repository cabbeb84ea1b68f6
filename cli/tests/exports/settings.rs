//! Settings and secrets against real APIs: `make test` starts an emulator and names it in
//! SPARKBRIDGE_TEST_AWS_ENDPOINT.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use serde_json::json;

use crate::{Caller, Files, SECRET, SETTINGS};

/// A stage with nothing but its ledger.
async fn stage() -> Caller {
    let endpoint = std::env::var("SPARKBRIDGE_TEST_AWS_ENDPOINT")
        .expect("SPARKBRIDGE_TEST_AWS_ENDPOINT names no endpoint: run `make test`");
    let stage = format!("cli-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    let credentials =
        aws_sdk_dynamodb::config::Credentials::new("test", "test", None, None, "test");
    let aws = aws_config::from_env()
        .endpoint_url(&endpoint)
        .region("us-east-1")
        .credentials_provider(credentials)
        .load()
        .await;
    let text = |name| {
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
    aws_sdk_dynamodb::Client::new(&aws)
        .create_table()
        .table_name(format!("sparkbridge-{stage}-exports"))
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text("pk"))
        .attribute_definitions(text("sk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .send()
        .await
        .unwrap();
    Caller { endpoint, stage }
}

#[tokio::test]
async fn what_is_configured_is_shown_without_its_secrets() {
    let stage = stage().await;
    let said = stage.refused(&["show"]);
    assert!(said.contains("exports configure"), "{said}");

    let files = Files::new();
    let settings = format!(
        "{SETTINGS}time_zone = \"Europe/Brussels\"\n\
         [exports.messages]\nfrequency = \"hourly\"\ncolumns = {{ content = \"drop\" }}\n"
    );
    let settings = files.write("exports.toml", &settings);
    let without = stage.json(&["configure", "--file", &settings]);
    assert_eq!(
        (&without["credential"], &without["hash_key"]),
        (&json!("missing"), &json!("missing"))
    );
    let secret = files.write("secret.json", SECRET);
    let arguments = ["configure", "--file", &settings, "--secret-file", &secret];
    assert_eq!(stage.json(&arguments)["credential"], "stored");
    assert_eq!(stage.json(&arguments[..3])["credential"], "unchanged");

    let shown = stage.told(&["show"]);
    assert!(!shown.contains("hunter2"), "{shown}");
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["time_zone"], "Europe/Brussels");
    assert_eq!(shown["exports"]["messages"]["columns"]["content"], "drop");
}

#[tokio::test]
async fn a_key_for_hashes_is_made_once_and_kept() {
    let stage = stage().await;
    let files = Files::new();
    let hashed =
        format!("{SETTINGS}[exports.contacts]\ncolumns = {{ primary_identifier = \"hash\" }}\n");
    let settings = files.write("exports.toml", &hashed);
    let configure = ["configure", "--file", &settings];
    let text = stage.told(&configure);
    assert!(
        text.contains("a new key for hashed columns was made"),
        "{text}"
    );
    assert_eq!(stage.json(&configure)["hash_key"], "unchanged");

    let key = "0f".repeat(32);
    let secret = files.write("secret.json", &json!({ "hash_key": key }).to_string());
    let arguments = [&configure[..], &["--secret-file", &secret]].concat();
    assert_eq!(stage.json(&arguments)["hash_key"], "replaced");
    assert_eq!(stage.json(&arguments)["hash_key"], "unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_trusted_on_purpose_and_only_as_long_as_it_is_the_same() {
    let stage = stage().await;
    let served = sftp_server::Scratch::new("cli-exports").unwrap();
    let config = sftp_server::Config::new(served.path(), "warehouse", "hunter2");
    let server = sftp_server::start(config).await.unwrap();
    let shown = server.fingerprint().to_owned();
    let files = Files::new();
    let settings = format!(
        "host = \"127.0.0.1\"\nport = {}\nuser = \"warehouse\"\n",
        server.port()
    );
    let settings = files.write("exports.toml", &settings);
    let configure = ["configure", "--file", &settings];
    stage.told(&configure);

    let said = stage.refused(&["trust-host"]);
    assert!(
        said.contains(&shown) && said.contains("--fingerprint"),
        "{said}"
    );
    let said = stage.refused(&["trust-host", "--fingerprint", "SHA256:other"]);
    assert!(said.contains("nothing was changed"), "{said}");
    assert_eq!(stage.json(&["show"]).get("host_key"), None);

    let trusted = stage.json(&["trust-host", "--fingerprint", &shown]);
    assert_eq!(
        (&trusted["old"], &trusted["new"]),
        (&json!(null), &json!(shown))
    );
    assert_eq!(stage.json(&["show"])["host_key"], shown);
    assert_eq!(stage.json(&["trust-host"])["changed"], false);

    // Other settings of the same server keep the key; another server has none yet.
    assert_eq!(stage.json(&configure)["host_key"], shown);
    let other = files.write("other.toml", SETTINGS);
    assert_eq!(
        stage.json(&["configure", "--file", &other])["host_key"],
        json!(null)
    );
    assert_eq!(server.login_attempts(), 0);
    server.stop().await;
}
