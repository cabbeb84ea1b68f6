//! What the system tests share: a stack that is running already, and hands to touch its public faces
//! with. `make test` starts the stack; nothing here knows anything of the inside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test support: a panic is the report"
)]

mod bot;
mod exports;
mod webhook;

pub use bot::{Answer, TestBot};
pub use exports::{Exports, Told, csv_of_tags};
pub use local_stack::{NewAgent, RegisteredAgent, StackInfo};
pub use webhook::{Webhook, message_event, now_rfc3339, sign, started_event};

use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// How long a step may take. Generous: the emulator starts a process per function on two busy cores.
const STEP_WITHIN: Duration = Duration::from_secs(90);

/// The running stack.
pub struct World {
    /// Where everything is.
    pub stack: StackInfo,
    http: Client,
}

impl World {
    /// Joins the stack that `make test` started.
    pub fn join() -> Self {
        Self {
            stack: StackInfo::from_env().unwrap(),
            http: Client::new(),
        }
    }

    /// A new agent of its own for one test: `settings` as in the settings file, less region and URL.
    pub async fn agent(&self, settings: &str) -> RegisteredAgent {
        self.register(settings, json!({}), None).await
    }

    /// An agent whose bot is `bot`.
    pub async fn agent_of(&self, bot: &TestBot, settings: &str) -> RegisteredAgent {
        self.register(
            &format!("{settings}\n{}", bot.settings()),
            json!({}),
            Some(bot.key()),
        )
        .await
    }

    /// An agent, with further fields of the simulator's registration.
    pub async fn register(
        &self,
        settings: &str,
        simulator_fields: Value,
        bot_signing_key: Option<String>,
    ) -> RegisteredAgent {
        let name = format!("t-{}", uuid::Uuid::new_v4().simple());
        let settings = settings.to_owned();
        let agent = NewAgent {
            name,
            settings,
            simulator_fields,
            bot_signing_key,
        };
        local_stack::register_agent(&self.stack, agent)
            .await
            .unwrap()
    }

    /// The same agent with new secrets; the ones before become the previous version.
    pub async fn rotate(&self, agent: &RegisteredAgent, settings: &str) -> RegisteredAgent {
        let name = agent.name.clone();
        let settings = settings.to_owned();
        let simulator_fields = json!({});
        let agent = NewAgent {
            name,
            settings,
            simulator_fields,
            bot_signing_key: None,
        };
        local_stack::register_agent(&self.stack, agent)
            .await
            .unwrap()
    }

    /// A contact of the simulator's writes to the agent; the conversation's id.
    pub async fn begin(&self, agent: &RegisteredAgent, text: Option<&str>) -> String {
        let contact = uuid::Uuid::new_v4().simple().to_string();
        let body = json!({
            "agent": agent.name,
            "medium": "smooch-rtm",
            "channel": {"id": "channel-web", "name": "Web chat"},
            "contact": contact,
            "language": "en",
            "text": text,
        });
        let begun = self
            .simulate(Method::POST, "/sim/conversations", Some(body))
            .await;
        begun["id"].as_str().unwrap().to_owned()
    }

    /// The contact writes on.
    pub async fn write(&self, id: &str, text: &str) {
        self.act(id, "messages", json!({"text": text})).await;
    }

    /// The contact writes on; returns when the webhook is answered.
    pub async fn write_and_wait(&self, id: &str, text: &str) {
        self.act(id, "messages", json!({"text": text, "wait": true}))
            .await;
    }

    /// One of the simulator's acts on a conversation: `take`, `delegate`, `reply`, `resolve`.
    pub async fn act(&self, id: &str, act: &str, body: Value) -> Value {
        let path = format!("/sim/conversations/{id}/{act}");
        self.simulate(Method::POST, &path, Some(body)).await
    }

    /// Orders a fault of the simulator.
    pub async fn fault(&self, fault: Value) {
        self.simulate(Method::POST, "/sim/faults", Some(fault))
            .await;
    }

    /// A conversation as Sparkcentral sees it.
    pub async fn seen(&self, id: &str) -> Value {
        self.simulate(Method::GET, &format!("/sim/conversations/{id}"), None)
            .await
    }

    /// Waits until Sparkcentral sees `held`.
    pub async fn until(&self, id: &str, what: &str, held: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + STEP_WITHIN;
        loop {
            let seen = self.seen(id).await;
            if held(&seen) {
                return seen;
            }
            assert!(
                Instant::now() < deadline,
                "not in time: {what}; Sparkcentral sees {seen:#}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until conversation-api tells `held`.
    pub async fn until_api(
        &self,
        agent: &RegisteredAgent,
        id: &str,
        what: &str,
        held: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + STEP_WITHIN;
        loop {
            let (status, told) = self.api(agent, Method::GET, id, "", None).await;
            if status == StatusCode::OK && held(&told) {
                return told;
            }
            assert!(
                Instant::now() < deadline,
                "not in time: {what}; {status} {told:#}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// conversation-api as a supervisor.
    pub async fn api(
        &self,
        agent: &RegisteredAgent,
        method: Method,
        id: &str,
        rest: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.api_as(
            Some(&agent.api_tokens.supervisor),
            &agent.name,
            method,
            id,
            rest,
            body,
        )
        .await
    }

    /// conversation-api with any token, or none.
    pub async fn api_as(
        &self,
        token: Option<&str>,
        agent: &str,
        method: Method,
        id: &str,
        rest: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let url = format!(
            "{}/v1/agents/{agent}/conversations/{id}{rest}",
            self.stack.api_url
        );
        let mut request = self.http.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// A sender of hand-made webhooks to the agent.
    pub fn webhook(&self, agent: &RegisteredAgent) -> Webhook {
        Webhook::new(self.http.clone(), agent)
    }

    /// A call of the simulator's control face.
    pub async fn simulate(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.stack.simulator_url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "simulator: {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

/// Texts the virtual agent said, in order.
pub fn said_by_bot(seen: &Value) -> Vec<String> {
    let messages = seen["messages"].as_array().unwrap();
    messages
        .iter()
        .filter(|message| message["author"] == "virtual_agent")
        .map(|message| message["text"].as_str().unwrap_or_default().to_owned())
        .collect()
}
