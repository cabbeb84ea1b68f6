//! Noting that old secrets are used: cheap, and never in the way.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use wiremock::matchers::{body_partial_json, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

/// Agents on a table that answers like this, and how often it was written to.
struct Scene {
    server: MockServer,
    agents: Agents,
}

impl Scene {
    async fn answering(answer: ResponseTemplate) -> Self {
        let server = MockServer::start().await;
        let credentials = Credentials::new("id", "secret", None, None, "test");
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(server.uri())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .build();
        let store = Store::new(aws_sdk_dynamodb::Client::new(&aws), "table".into());
        let vault = aws_sdk_secretsmanager::Client::new(&aws);
        let scene = Self {
            agents: Agents::new(store, Secrets::new(vault, "prefix/".into())),
            server,
        };
        scene.answer(answer).await;
        scene
    }

    /// From now on the table answers like this.
    async fn answer(&self, answer: ResponseTemplate) {
        self.server.reset().await;
        Mock::given(header("x-amz-target", "DynamoDB_20120810.PutItem"))
            .and(body_partial_json(serde_json::json!({"TableName": "table"})))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// The keys written since the table last changed its mind.
    async fn written(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let keys = requests.iter().map(|request| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let part = |name: &str| body["Item"][name]["S"].as_str().unwrap().to_owned();
            format!("{} {}", part("pk"), part("sk"))
        });
        keys.collect()
    }
}

fn taken() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw("{}", "application/x-amz-json-1.0")
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute_for_each_secret_of_each_agent() {
    let scene = Scene::answering(taken()).await;
    let uses = [
        ("shop", OldSecret::WebhookSecret),
        ("shop", OldSecret::ClientSecret),
        ("shop", OldSecret::Token("bot".into())),
        ("shop", OldSecret::Token("other".into())),
        ("desk", OldSecret::WebhookSecret),
    ];
    for _ in 0..3 {
        for (agent, old) in &uses {
            scene.agents.note_old_secret(agent, old.clone()).await;
        }
    }
    assert_eq!(
        scene.written().await,
        [
            "OLDSECRETS#shop WEBHOOK",
            "OLDSECRETS#shop CLIENT",
            "OLDSECRETS#shop TOKEN#bot",
            "OLDSECRETS#shop TOKEN#other",
            "OLDSECRETS#desk WEBHOOK",
        ]
    );
}

#[tokio::test]
async fn a_note_that_was_not_taken_is_made_at_the_next_use() {
    let scene = Scene::answering(ResponseTemplate::new(500)).await;
    let note = || {
        scene
            .agents
            .note_old_secret("shop", OldSecret::ClientSecret)
    };
    note().await;
    note().await;
    assert_eq!(scene.written().await.len(), 2);
    scene.answer(taken()).await;
    note().await;
    note().await;
    assert_eq!(scene.written().await.len(), 1);
}

#[tokio::test]
async fn a_table_that_hangs_holds_nobody_up() {
    let hanging = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    let scene = Scene::answering(hanging).await;
    let note = scene
        .agents
        .note_old_secret("shop", OldSecret::WebhookSecret);
    let ended = tokio::time::timeout(Duration::from_secs(60), note).await;
    assert!(ended.is_ok());
}
