//! A running simulator with short times, a bot that records what it is told, and ways to talk to both.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

pub(crate) mod browsing;
pub(crate) mod exporting;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulator::{Config, Running};
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "00ff10a5c3";

pub(crate) struct Sim {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
}

pub(crate) fn quick() -> Config {
    Config {
        webhook_timeout: Duration::from_secs(1),
        retry_delays: [10, 20, 40].map(Duration::from_millis).to_vec(),
        ..Config::default()
    }
}

impl Sim {
    pub(crate) async fn start(config: Config) -> Self {
        Self {
            running: simulator::start(config).await.unwrap(),
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.running.url()))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        send(self.request(Method::GET, path)).await.1
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        send(self.request(Method::POST, path).json(&body)).await
    }

    /// Registers an agent "bot"; `more` overrides its fields.
    pub(crate) async fn agent(&self, webhook_url: &str, more: Value) {
        let mut spec =
            json!({"id": "bot", "name": "Bot", "webhook_url": webhook_url, "secret": SECRET});
        for (key, value) in more.as_object().unwrap() {
            spec[key] = value.clone();
        }
        let (status, answer) = self.post("/sim/agents", spec).await;
        assert!(matches!(status, 200 | 201), "{answer}");
    }

    /// Begins a conversation on web chat and waits for its webhooks; returns its id.
    pub(crate) async fn begin(&self, text: &str) -> String {
        let (status, conversation) = self
            .post(
                "/sim/conversations",
                json!({"agent": "bot", "medium": "rtm", "channel": "Shop", "contact": "contact-1", "text": text, "wait": true}),
            )
            .await;
        assert_eq!(status, 201, "{conversation}");
        conversation["id"].as_str().unwrap().into()
    }

    pub(crate) async fn show(&self, id: &str) -> Value {
        self.get(&format!("/sim/conversations/{id}")).await
    }

    pub(crate) async fn act(&self, id: &str, act: &str, body: Value) -> (u16, Value) {
        self.post(&format!("/sim/conversations/{id}/{act}"), body)
            .await
    }

    pub(crate) async fn fault(&self, spec: Value) {
        let (status, answer) = self.post("/sim/faults", spec).await;
        assert_eq!(status, 201, "{answer}");
    }

    pub(crate) async fn token(&self) -> String {
        let (status, answer) = send(
            self.request(Method::POST, "/virtual-agent/oauth2/token")
                .basic_auth("simulator-client", Some("simulator-secret"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials&scope=client-read"),
        )
        .await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().into()
    }

    /// A reply over Sparkcentral's REST API with a fresh token.
    pub(crate) async fn reply(&self, id: &str, body: Value) -> (u16, Value) {
        let path = format!("/virtual-agent/conversations/{id}");
        let request = self.request(Method::POST, &path).json(&body);
        send(request.bearer_auth(self.token().await)).await
    }

    /// Asks until the conversation is as wanted.
    pub(crate) async fn until(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..200 {
            let conversation = self.show(id).await;
            if wanted(&conversation) {
                return conversation;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("still not so: {}", self.show(id).await);
    }
}

pub(crate) async fn send(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What the bot answers to one webhook.
pub(crate) struct Scripted {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

#[derive(Default)]
struct Inside {
    received: Mutex<Vec<Received>>,
    script: Mutex<VecDeque<Scripted>>,
}

/// Records webhooks and answers from a script, then `200 {}`.
pub(crate) struct Bot {
    pub(crate) url: String,
    inside: Arc<Inside>,
}

impl Bot {
    pub(crate) async fn start() -> Self {
        let inside = Arc::new(Inside::default());
        let router = Router::new()
            .route("/hook", post(hook))
            .with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, inside }
    }

    pub(crate) fn script(&self, status: u16, body: impl ToString) -> &Self {
        self.script_slow(status, body, Duration::ZERO)
    }

    pub(crate) fn script_slow(&self, status: u16, body: impl ToString, delay: Duration) -> &Self {
        self.inside.script.lock().unwrap().push_back(Scripted {
            status,
            body: body.to_string(),
            delay,
        });
        self
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *self.inside.received.lock().unwrap())
    }

    /// Waits until so many webhooks are there to be looked at.
    pub(crate) async fn has(&self, count: usize) {
        for _ in 0..500 {
            if self.inside.received.lock().unwrap().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {count} webhooks came");
    }

    /// The bodies of what was received since the last call.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.received().iter().map(Received::json).collect()
    }
}

async fn hook(
    State(inside): State<Arc<Inside>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let received = Received {
        headers,
        body: body.into(),
    };
    inside.received.lock().unwrap().push(received);
    let Some(scripted) = inside.script.lock().unwrap().pop_front() else {
        return (StatusCode::OK, "{}".into());
    };
    tokio::time::sleep(scripted.delay).await;
    let status = StatusCode::from_u16(scripted.status).unwrap();
    (status, scripted.body)
}
