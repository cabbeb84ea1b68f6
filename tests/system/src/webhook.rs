//! Webhooks made by hand: signed as Sparkcentral signs, or on purpose not.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use local_stack::RegisteredAgent;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Sparkcentral's waits before its retries of a webhook, as the vendor describes them: three, with back-off
/// up to two seconds.
pub const RETRIES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// HMAC-SHA256 of the body under a hex secret, in lower-case hex.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(secret).unwrap()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Now, as envelopes spell it.
pub fn now_rfc3339() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap()
}

/// `INBOUND_MESSAGE_RECEIVED` with only a text, as the vendor's sample has it.
pub fn message_event(key: &str, conversation: &str, text: &str) -> Value {
    json!({
        "timestamp": now_rfc3339(),
        "idempotencyKey": key,
        "version": 1,
        "type": "INBOUND_MESSAGE_RECEIVED",
        "data": {"conversationId": conversation, "message": {"text": text}},
    })
}

/// `CONVERSATION_STARTED` with profile and attributes, as the vendor's sample has it.
pub fn started_event(key: &str, conversation: &str) -> Value {
    json!({
        "timestamp": now_rfc3339(),
        "idempotencyKey": key,
        "version": 1,
        "type": "CONVERSATION_STARTED",
        "data": {
            "conversationId": conversation,
            "contactProfile": {
                "id": "0-01e639d0a57-000-00000001",
                "mediumContactProfileId": "2853160000000001",
                "primaryIdentifier": "contact-1",
                "secondaryIdentifier": "",
                "pictureUrl": "https://pictures.example.com/1.jpg",
                "vip": false,
            },
            "contactAttributes": [
                {"attribute": "smooch-rtm-page-title", "value": "Demo page", "source": "MEDIUM"},
                {"attribute": "smooch-rtm-browser-language", "value": "en-GB", "source": "MEDIUM"},
            ],
            "medium": {"id": "smooch-rtm"},
            "channel": {"id": "0-01c6421333d-000-00000001", "name": "Demo Channel"},
        },
    })
}

/// A webhook as API Gateway passes it on to webhook-intake, signed.
pub fn passed_on(agent: &str, secret: &str, event: &Value) -> Value {
    let body = event.to_string();
    let path = format!("/webhooks/{agent}");
    json!({
        "version": "2.0",
        "routeKey": "POST /webhooks/{agent}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "x-sparkcentral-signature": sign(secret, body.as_bytes()),
        },
        "pathParameters": {"agent": agent},
        "requestContext": request_context("POST", &path, "POST /webhooks/{agent}"),
        "body": body,
        "isBase64Encoded": false,
    })
}

/// What API Gateway tells of a request that comes in now.
pub fn request_context(method: &str, path: &str, route: &str) -> Value {
    let now = OffsetDateTime::now_utc();
    let millis = now.unix_timestamp() * 1_000 + i64::from(now.millisecond());
    json!({
        "accountId": "000000000000",
        "apiId": "a",
        "domainName": "example.com",
        "domainPrefix": "a",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "test",
        },
        "requestId": "r",
        "routeKey": route,
        "stage": "$default",
        "timeEpoch": millis,
    })
}

/// Sends webhooks to one agent.
#[derive(Clone)]
pub struct Webhook {
    http: Client,
    url: String,
    secret: String,
}

impl Webhook {
    pub(crate) fn new(http: Client, agent: &RegisteredAgent) -> Self {
        Self {
            http,
            url: agent.webhook_url.clone(),
            secret: agent.webhook_secret.clone(),
        }
    }

    /// Sends an event, signed.
    pub async fn send(&self, event: &Value) -> (StatusCode, Value) {
        let body = event.to_string();
        let signature = sign(&self.secret, body.as_bytes());
        self.send_raw(body.into_bytes(), Some(&signature)).await
    }

    /// Sends an event as Sparkcentral does: again, three times at most, where the answer is 5xx.
    pub async fn send_until_accepted(&self, event: &Value) -> (StatusCode, Value) {
        let mut answer = self.send(event).await;
        for wait in RETRIES {
            if !answer.0.is_server_error() {
                break;
            }
            tokio::time::sleep(wait).await;
            answer = self.send(event).await;
        }
        answer
    }

    /// Sends bytes, signed.
    pub async fn send_signed(&self, body: &[u8]) -> (StatusCode, Value) {
        let signature = sign(&self.secret, body);
        self.send_raw(body.to_vec(), Some(&signature)).await
    }

    /// Sends bytes with any signature, or none.
    pub async fn send_raw(&self, body: Vec<u8>, signature: Option<&str>) -> (StatusCode, Value) {
        let mut request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json")
            .body(body);
        if let Some(signature) = signature {
            request = request.header("X-Sparkcentral-Signature", signature);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// The signature a body needs.
    pub fn signature(&self, body: &[u8]) -> String {
        sign(&self.secret, body)
    }
}
