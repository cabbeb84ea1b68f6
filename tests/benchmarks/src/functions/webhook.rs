//! Requests as API Gateway passes them on: Sparkcentral's webhooks, signed, and calls of conversation-api.

use axum::body::Bytes;
use chrono::{SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Questions that the script bot's rules answer, each as long as people write.
const QUESTIONS: [&str; 6] = [
    "Hello, could you tell me what your opening hours are during the week before Christmas, please?",
    "Hi there, I would like to return a pair of shoes that do not fit, how does that work with you?",
    "Good morning, my parcel was due last Tuesday and the tracking page has not changed since then.",
    "Are you open on Saturdays as well? I can only come by after work or at the weekend, sadly.",
    "I ordered two lamps and only one of them arrived, where can I see the status of the delivery?",
    "Is it possible to exchange the jacket for a larger size without paying for the postage again?",
];
/// The same in another language, which the script bot remembers.
const FRAGEN: [&str; 2] = [
    "Guten Tag, wie sind denn Ihre Öffnungszeiten in der Woche vor Weihnachten, bitte?",
    "Hallo, ich möchte ein Paar Schuhe umtauschen, das leider nicht passt. Wie geht das bei Ihnen?",
];
const FOR_PEOPLE: &str = "This is the third time that I am asking about it, I want to speak to a real person now please.";

/// What the contact writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// What the bot has a rule for.
    Question,
    /// The same, and the bot remembers another language than before.
    InGerman,
    /// People are asked for.
    ForPeople,
}

impl Text {
    fn chosen(self, number: u64) -> &'static str {
        let of = |texts: &[&'static str]| texts[number as usize % texts.len()];
        match self {
            Self::Question => of(&QUESTIONS),
            Self::InGerman => of(&FRAGEN),
            Self::ForPeople => FOR_PEOPLE,
        }
    }
}

/// Makes requests, each with an id of its own.
pub(super) struct Requests {
    /// Hex, as Sparkcentral shows it.
    secret: String,
    token: String,
    number: u64,
}

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Requests {
    pub(super) fn new(secret: &str, token: &str) -> Self {
        Self {
            secret: secret.to_owned(),
            token: token.to_owned(),
            number: 0,
        }
    }

    fn key(&mut self) -> String {
        self.number += 1;
        format!("7d1b7f0e-5c0e-4f67-9a3e-{:012x}", self.number)
    }

    /// A conversation has begun.
    pub(super) fn started(&mut self, agent: &str, conversation: &str) -> Bytes {
        let body = json!({
            "timestamp": now(),
            "idempotencyKey": self.key(),
            "version": 1,
            "type": "CONVERSATION_STARTED",
            "data": {
                "conversationId": conversation,
                "medium": {"id": "fb"},
                "channel": channel(),
                "contactProfile": contact(),
                "contactAttributes": [
                    {"attribute": "locale", "value": "en_GB", "source": "MEDIUM"},
                    {"attribute": "customer-since", "value": "2019", "source": "CRM_CONFIRMED"},
                ],
            },
        });
        self.webhook(agent, &body)
    }

    /// The body of a message, as Sparkcentral sends it.
    pub(super) fn message_body(&mut self, conversation: &str, text: Text) -> Value {
        let key = self.key();
        json!({
            "timestamp": now(),
            "idempotencyKey": key,
            "version": 1,
            "type": "INBOUND_MESSAGE_RECEIVED",
            "data": {
                "conversationId": conversation,
                "message": {
                    "messageId": format!("01e639d0a57-001-{:08x}", self.number),
                    "text": text.chosen(self.number),
                },
                "medium": {"id": "fb"},
                "channel": channel(),
                "contactProfile": contact(),
                "conversationTopics": [],
            },
        })
    }

    /// The contact has written.
    pub(super) fn message(&mut self, agent: &str, conversation: &str, text: Text) -> Bytes {
        let body = self.message_body(conversation, text);
        self.webhook(agent, &body)
    }

    /// In hex.
    pub(super) fn signature(&self, body: &[u8]) -> String {
        let key = hex::decode(&self.secret).unwrap_or_default();
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
            return String::new();
        };
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn webhook(&self, agent: &str, body: &Value) -> Bytes {
        let body = body.to_string();
        let signature = self.signature(body.as_bytes());
        let more = json!({"x-sparkcentral-signature": signature});
        let path = format!("/webhooks/{agent}");
        let parameters = json!({"agent": agent});
        request("POST", "/webhooks/{agent}", &path, &parameters, more, &body)
    }

    /// A bot or a person says something over conversation-api.
    pub(super) fn reply(&mut self, agent: &str, conversation: &str) -> Bytes {
        let id = self.key();
        let text = "Thank you for waiting. The second lamp left our warehouse this morning and arrives tomorrow.";
        let body = json!({"id": id, "text": text}).to_string();
        self.call("POST", "/replies", agent, conversation, &body)
    }

    /// A conversation is read over conversation-api.
    pub(super) fn read(&self, agent: &str, conversation: &str) -> Bytes {
        self.call("GET", "", agent, conversation, "")
    }

    fn call(&self, method: &str, act: &str, agent: &str, conversation: &str, body: &str) -> Bytes {
        let more = json!({"authorization": format!("Bearer {}", self.token)});
        let route = format!("/v1/agents/{{agent}}/conversations/{{id}}{act}");
        let path = format!("/v1/agents/{agent}/conversations/{conversation}{act}");
        let parameters = json!({"agent": agent, "id": conversation});
        request(method, &route, &path, &parameters, more, body)
    }
}

fn channel() -> Value {
    json!({"id": "0-01c6421333d-000-00000001", "name": "Demo Shop Customer Service"})
}

fn contact() -> Value {
    // As long as most links to pictures that networks hand out; some are twice as long.
    let signature = "6b1f0e4c2a9d8e7f".repeat(2);
    json!({
        "id": "0-01e639d0a57-000-00000001",
        "mediumContactProfileId": "2853160000000001",
        "primaryIdentifier": "contact-1",
        "secondaryIdentifier": "contact-1@example.com",
        "pictureUrl": format!("https://pictures.example.com/profiles/2853160000000001/large.jpg?width=1024&sig={signature}"),
        "vip": false,
    })
}

/// An event of an HTTP API, payload version 2.0.
fn request(
    method: &str,
    route: &str,
    path: &str,
    parameters: &Value,
    more: Value,
    body: &str,
) -> Bytes {
    let route = format!("{method} {route}");
    let host = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    let mut headers = json!({
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "content-length": body.len().to_string(),
        "content-type": "application/json",
        "host": host,
        "user-agent": "Sparkcentral-Webhooks/1.0",
        "x-amzn-trace-id": "Root=1-65b2f0c1-0123456789abcdef01234567",
        "x-forwarded-for": "192.0.2.10",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    });
    if let (Some(headers), Value::Object(more)) = (headers.as_object_mut(), more) {
        headers.extend(more);
    }
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "pathParameters": parameters,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "a1b2c3d4e5",
            "domainName": host,
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.10",
                "userAgent": "Sparkcentral-Webhooks/1.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "21/Nov/2026:10:00:00 +0000",
            "timeEpoch": Utc::now().timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    if !body.is_empty() {
        event["body"] = body.into();
    }
    event.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_look_like_real_ones() {
        let mut requests = Requests::new("00ff", "token");
        for text in [Text::Question, Text::InGerman, Text::ForPeople] {
            for _ in 0..QUESTIONS.len() {
                let body = requests.message_body("01e639d0a57-000-00000001", text);
                let said = body["data"]["message"]["text"].as_str().unwrap_or_default();
                assert!((60..=120).contains(&said.chars().count()), "{said}");
                let bytes = body.to_string().len();
                assert!((750..900).contains(&bytes), "{bytes} bytes");
            }
        }
        // As in tests/vectors of RFC 4231, case 2.
        let requests = Requests::new(&hex::encode("Jefe"), "");
        let signature = requests.signature(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature, expected);
    }
}
