//! The running stack, and hands to touch it with.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use local_stack::{NewAgent, RegisteredAgent, StackInfo, simulator, sparkbridge};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::{Ran, TestBot, Webhook};

/// How long a step may take. Generous: the emulator starts a process per function on two busy cores.
pub(crate) const STEP_WITHIN: Duration = Duration::from_secs(90);

/// The running stack.
pub struct World {
    /// Where everything is.
    pub stack: StackInfo,
    http: Client,
    /// A simulator of this test's own, which ends with it.
    _simulator: Option<simulator::Running>,
}

impl World {
    /// Joins the stack that `make test` started.
    pub fn join() -> Self {
        Self {
            stack: StackInfo::from_env().unwrap(),
            http: Client::new(),
            _simulator: None,
        }
    }

    /// The same, but with a simulator of its own: for a test that moves the clock or changes what all
    /// agents share.
    pub async fn join_with_own_simulator(config: simulator::Config) -> Self {
        let running = simulator::start(config).await.unwrap();
        let mut world = Self::join();
        world.stack.simulator_url = running.url().to_owned();
        world._simulator = Some(running);
        world
    }

    /// A new agent of its own for one test: `settings` as in the settings file, less region and URL.
    pub async fn agent(&self, settings: &str) -> RegisteredAgent {
        self.register(settings, json!({}), json!({})).await
    }

    /// An agent whose bot is `bot`. Tables in `settings` stand before the bot's own.
    pub async fn agent_of(&self, bot: &TestBot, settings: &str) -> RegisteredAgent {
        let settings = format!("{settings}\n{}", bot.settings());
        self.register(&settings, json!({}), bot.secrets()).await
    }

    /// An agent, with further fields of the simulator's registration and of the secret.
    pub async fn register(
        &self,
        settings: &str,
        simulator_fields: Value,
        secret_fields: Value,
    ) -> RegisteredAgent {
        let agent = NewAgent {
            name: format!("t-{}", uuid::Uuid::new_v4().simple()),
            settings: settings.to_owned(),
            simulator_fields,
            secret_fields,
        };
        local_stack::register_agent(&self.stack, agent)
            .await
            .unwrap()
    }

    /// The same agent with new secrets; the ones before become the previous version.
    pub async fn rotate(&self, agent: &RegisteredAgent, settings: &str) -> RegisteredAgent {
        self.rotate_with(agent, settings, json!({})).await
    }

    /// The same, with further fields of the secret.
    pub async fn rotate_with(
        &self,
        agent: &RegisteredAgent,
        settings: &str,
        secret_fields: Value,
    ) -> RegisteredAgent {
        let agent = NewAgent {
            name: agent.name.clone(),
            settings: settings.to_owned(),
            simulator_fields: json!({}),
            secret_fields,
        };
        local_stack::register_agent(&self.stack, agent)
            .await
            .unwrap()
    }

    /// Where the command line is, for a test that starts it in a way of its own.
    pub fn program(&self) -> PathBuf {
        let command = sparkbridge(&self.stack).unwrap();
        command.as_std().get_program().into()
    }

    /// The command line, as an operator uses it; what it printed. Fails the test if it fails.
    pub async fn sparkbridge(&self, arguments: &[&str]) -> String {
        let mut command = sparkbridge(&self.stack).unwrap();
        let output = command.args(arguments).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "sparkbridge {arguments:?}: {}\n{text}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        text.into_owned()
    }

    /// The same, whatever its status: what it printed, and where.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[]).await
    }

    /// The same with further environment variables.
    pub async fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = sparkbridge(&self.stack).unwrap();
        let command = command.args(arguments).envs(environment.iter().copied());
        let output = command.output().await.unwrap();
        Ran {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A contact of the simulator's writes to the agent in a web chat; the conversation's id.
    pub async fn begin(&self, agent: &RegisteredAgent, text: Option<&str>) -> String {
        self.begin_with(agent, json!({"text": text})).await
    }

    /// The same over another medium.
    pub async fn begin_on(
        &self,
        medium: &str,
        agent: &RegisteredAgent,
        text: Option<&str>,
    ) -> String {
        let channel = json!({"id": format!("channel-{medium}"), "name": medium});
        let fields = json!({"medium": medium, "channel": channel, "text": text});
        self.begin_with(agent, fields).await
    }

    /// The same with any fields of the simulator's.
    pub async fn begin_with(&self, agent: &RegisteredAgent, fields: Value) -> String {
        let contact = uuid::Uuid::new_v4().simple().to_string();
        let mut body = json!({
            "agent": agent.name,
            "medium": "smooch-rtm",
            "channel": {"id": "channel-web", "name": "Web chat"},
            "contact": contact,
            "language": "en",
        });
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
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
        let path = format!("/conversations/{id}{rest}");
        self.call(token, agent, method, &path, body).await
    }

    /// Any route of conversation-api below an agent, with any token, or none.
    pub async fn call(
        &self,
        token: Option<&str>,
        agent: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let url = format!("{}/v1/agents/{agent}{path}", self.stack.api_url);
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

    /// A call of the simulator's control face that it carries out.
    pub async fn simulate(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, told) = self.try_simulate(method, path, body).await;
        assert!(status.is_success(), "simulator: {path}: {status} {told}");
        told
    }

    /// A call of the simulator's control face, whatever it says.
    pub async fn try_simulate(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.stack.simulator_url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(text.into()))
    }
}
