//! What a reader has when following the pages: an agent, conversations, exports, files.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use regex::Regex;
use serde_json::json;
use system_tests::{Exports, RegisteredAgent, World, csv_of_tags};
use tokio::process::Command;

/// How long one command may take.
const WITHIN: Duration = Duration::from_secs(120);

pub(crate) struct Scene<'a> {
    exports: Exports<'a>,
    agent: RegisteredAgent,
}

impl<'a> Scene<'a> {
    pub(crate) async fn set(world: &'a World) -> Self {
        let exports = Exports::take(world).await;
        let agent = world.agent("[bot]\nkind = \"script\"\n").await;
        let id = world.begin(&agent, Some("Hello")).await;
        world
            .write_and_wait(&id, "What are your opening hours?")
            .await;
        exports.order_all().await;
        exports.pull().await;
        let scene = Self { exports, agent };
        scene.write_files();
        scene
    }

    fn world(&self) -> &World {
        self.exports.world
    }

    /// The files that pages tell a reader to write.
    fn write_files(&self) {
        let stack = &self.world().stack;
        let settings = format!(
            "region = \"us\"\napi_base = \"{}\"\n[bot]\nkind = \"script\"\n",
            stack.simulator_url
        );
        self.exports.file("shop.toml", settings.as_bytes());
        let secret = json!({
            "webhook_secret": self.agent.webhook_secret,
            "client_id": self.agent.simulator_credentials.client_id,
            "client_secret": self.agent.simulator_credentials.client_secret,
        });
        let secret = secret.to_string();
        self.exports.file("shop-secret.json", secret.as_bytes());
        self.exports
            .file("question.sql", b"SELECT count(*) FROM messages_latest");
        self.exports
            .file("Tags.csv", csv_of_tags(&["t-documented"]).as_bytes());
    }

    /// Runs a command as a reader would; `Err` tells what was run and what it said.
    pub(crate) async fn run(&self, command: &str) -> Result<String, String> {
        let filled = self.filled_in(command).await;
        self.bash(&filled).await
    }

    async fn bash(&self, filled: &str) -> Result<String, String> {
        let stack = &self.world().stack;
        let output = Command::new("bash")
            .args(["-euc", filled])
            .current_dir(&self.exports.scratch)
            .envs(stack.aws.environment())
            .env("SPARKBRIDGE_STAGE", &stack.stage)
            .env("SPARKBRIDGE_API_URL", &stack.api_url)
            .env(
                "SPARKBRIDGE_WEBHOOK_SECRET",
                "0123456789abcdef0123456789abcdef",
            )
            .env(
                "SPARKBRIDGE_CLIENT_ID",
                &self.agent.simulator_credentials.client_id,
            )
            .env(
                "SPARKBRIDGE_CLIENT_SECRET",
                &self.agent.simulator_credentials.client_secret,
            )
            .env("EDITOR", "true")
            .env("API", &stack.api_url)
            .env("TOKEN", &self.agent.api_tokens.supervisor)
            .env("CHANNEL", "channel-web")
            .env("PATH", self.path())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(WITHIN, output).await;
        let output = output.map_err(|_| format!("{filled}\nis not done in time"))?;
        let output = output.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let error = String::from_utf8_lossy(&output.stderr);
        Err(format!("{filled}\n{}: {text}{error}", output.status))
    }

    /// The binaries of this build, and the AWS command line of the local stack.
    fn path(&self) -> String {
        let test = std::env::current_exe().unwrap();
        let built = test.parent().unwrap().parent().unwrap().to_owned();
        let aws = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.local/venv-aws/bin");
        let before = std::env::var("PATH").unwrap();
        format!("{}:{}:{before}", built.display(), aws.display())
    }

    /// The agent a command is about: one of its own for what can be done only once.
    async fn agent_for(&self, command: &str) -> String {
        let once = [
            "agent edit",
            "agent pause",
            "agent put",
            "agent remove",
            "agent rotate",
            "agent token",
        ];
        if !once.iter().any(|once| command.contains(once)) {
            return self.agent.name.clone();
        }
        let tokens = json!([{"name": "dashboard", "role": "viewer", "token": "0".repeat(64)}]);
        let secret = json!({"api_tokens": tokens});
        let agent = self
            .world()
            .register("[bot]\nkind = \"script\"\n", json!({}), secret);
        let name = agent.await.name;
        if command.contains("--finish") {
            let begin = format!("sparkbridge agent rotate webhook-secret {name}");
            self.bash(&begin).await.unwrap();
        }
        name
    }

    /// The command with a reader's own names in it.
    async fn filled_in(&self, command: &str) -> String {
        let agent = &self.agent_for(command).await;
        let mut text = command.replace("cargo run -p sparkbridge --", "sparkbridge");
        // In a synopsis, what is optional is left out.
        while let Some(optional) = text.find(" [").filter(|_| text.starts_with("sparkbridge")) {
            let Some(end) = text[optional..].find(']') else {
                break;
            };
            text.replace_range(optional..=optional + end, "");
            text = text.replace("…", "");
        }
        for (placeholder, value) in [
            ("--stage prod ", ""),
            (
                "SPARKBRIDGE_CLIENT_SECRET=… SPARKBRIDGE_WEBHOOK_SECRET=… \\\n",
                "",
            ),
            ("CLIENT-ID", &self.agent.simulator_credentials.client_id),
            ("SHA256:…", "$FINGERPRINT"),
            ("sparkbridge-STAGE-", "sparkbridge-local-"),
            ("arn:aws:sns:…:", "arn:aws:sns:eu-west-1:000000000000:"),
            ("CHANNEL-ID", "channel-web"),
            ("--from DAY", "--from 2026-11-01"),
            ("--to DAY", "--to 2026-11-30"),
            ("--table TABLE", "--table tags"),
            ("FILE…", "Tags.csv"),
        ] {
            text = text.replace(placeholder, value);
        }
        let word = |text: &str, name: &str, value: &str| {
            let pattern = format!(r"(^|[\s/]){}($|[\s/])", regex::escape(name));
            let pattern = Regex::new(&pattern).unwrap();
            pattern
                .replace_all(text, format!("${{1}}{value}${{2}}"))
                .into_owned()
        };
        for name in ["shop", "demo", "AGENT", "NAME"] {
            text = word(&text, name, agent);
        }
        text = word(&text, "upload FILE", "upload Tags.csv");
        if text.contains("ID") {
            // Of its own, because a conversation is handed over or resolved only once.
            let id = self.world().begin(&self.agent, Some("Hello")).await;
            self.world()
                .write_and_wait(&id, "What are your opening hours?")
                .await;
            text = word(&text.replace("$ID", &id), "ID", &id);
        }
        if text.contains("$FINGERPRINT") {
            let shown = self.exports.must(&["show"]).await;
            text = text.replace("$FINGERPRINT", shown["host_key"].as_str().unwrap());
        }
        if text.contains("agent add ") {
            let fresh = format!("agent add d-{}", uuid::Uuid::new_v4().simple());
            text = text.replace(&format!("agent add {agent}"), &fresh);
            text.push_str(&format!(" --api-base {}", self.world().stack.simulator_url));
        }
        // The stack is full of other tests' agents, not all in good health.
        if text == "sparkbridge doctor" {
            text.push_str(&format!(" {agent}"));
        }
        if text.contains("channel edit") && text.contains("--add") {
            text = text.replace("channel-web", "channel-new");
        }
        // New credentials are tried: those of another agent are good.
        if text.contains("rotate client-secret") && !text.contains("--finish") {
            let id = &self.agent.simulator_credentials.client_id;
            text.push_str(&format!(" --client-id {id}"));
        }
        // A reader at a terminal is asked.
        let asks = ["contact erase ", "exports trust-host", "agent remove "];
        let is_asked = asks.iter().any(|asks| text.contains(asks));
        let is_told = ["--yes", "--dry-run", "--fingerprint"];
        if is_asked && !is_told.iter().any(|told| text.contains(told)) {
            text.push_str(" --yes");
        }
        // Differences are an answer, and other tests leave some.
        if text.starts_with("sparkbridge exports reconcile") {
            text.push_str(" || test $? = 1");
        }
        // It ends with Ctrl-C.
        if text.contains("conversation tail") {
            text.push_str(" --for 1s");
        }
        text
    }
}
