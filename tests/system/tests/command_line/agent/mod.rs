//! `sparkbridge agent`: registered, looked at, changed, rotated, removed.

mod changing;
mod removing;
mod rotating;
mod terminal;

use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{RegisteredAgent, World, said_by_bot};
use uuid::Uuid;

const SCRIPT: &str = "[bot]\nkind = \"script\"\n";

/// Files of one test, gone when dropped.
struct Files(std::path::PathBuf);

impl Files {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sparkbridge-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A virtual agent that only Sparkcentral knows of: what stands on its screens.
struct InSparkcentral {
    name: String,
    shared_secret: String,
    client_secret: String,
}

impl InSparkcentral {
    async fn new(world: &World) -> Self {
        let made = Self {
            name: format!("t-{}", Uuid::new_v4().simple()),
            shared_secret: Uuid::new_v4().simple().to_string(),
            client_secret: Uuid::new_v4().simple().to_string(),
        };
        made.save(world).await;
        made
    }

    /// Tells Sparkcentral, which knows an agent by its id.
    async fn save(&self, world: &World) {
        let fields = json!({
            "id": self.name,
            "name": self.name,
            "webhook_url": world.stack.webhook_url_of(&self.name),
            "secret": self.shared_secret,
            "client_id": self.name,
            "client_secret": self.client_secret,
        });
        world
            .simulate(Method::POST, "/sim/agents", Some(fields))
            .await;
    }

    /// `agent add` with what its screens show.
    fn add(&self, world: &World, files: &Files, more: &[&str]) -> Vec<String> {
        let line = [
            "agent",
            "add",
            &self.name,
            "--region",
            "us",
            "--api-base",
            &world.stack.simulator_url,
            "--client-id",
            &self.name,
            "--client-secret-file",
            &files.write("client-secret", &format!("{}\n", self.client_secret)),
            "--webhook-secret-file",
            &files.write("shared-secret", &format!("{}\n", self.shared_secret)),
        ]
        .map(str::to_owned);
        line.into_iter()
            .chain(more.iter().map(|one| (*one).to_owned()))
            .collect()
    }

    /// As other parts of the tests know agents. It has no tokens unless `token` is one.
    fn registered(&self, world: &World, token: &str) -> RegisteredAgent {
        let tokens = json!({"viewer": token, "contributor": token, "supervisor": token});
        RegisteredAgent {
            name: self.name.clone(),
            webhook_url: world.stack.webhook_url_of(&self.name),
            webhook_secret: self.shared_secret.clone(),
            api_tokens: serde_json::from_value(tokens).unwrap(),
            simulator_credentials: world.stack.simulator_credentials.clone(),
        }
    }
}

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn an_agent_that_was_added_by_options_answers_contacts_and_its_token_reads_conversations() {
    let world = World::join();
    let made = InSparkcentral::new(&world).await;
    let files = Files::new();
    let add = made.add(&world, &files, &["--api-token", "desk:viewer", "--json"]);
    let added = world.run(&words(&add)).await.json();
    assert_eq!(added["agent"], made.name.as_str());
    assert_eq!(added["webhook_url"], world.stack.webhook_url_of(&made.name));
    assert_eq!(added["bot"], "script");
    assert_eq!(added["api_tokens"][0]["role"], "viewer");
    let token = added["api_tokens"][0]["token"].as_str().unwrap();
    let agent = made.registered(&world, token);
    let id = world.begin(&agent, None).await;
    let answered = |seen: &Value| !said_by_bot(seen).is_empty();
    world.until(&id, "the bot's greeting", answered).await;
    world
        .until_api(&agent, &id, "the transcript", |told| {
            told["state"] == "with_bot"
        })
        .await;

    let again = world.run(&words(&add)).await;
    let told = again.refusal();
    assert!(
        told.contains("already") && told.contains("agent edit"),
        "{told}"
    );
}

#[tokio::test]
async fn what_is_left_to_do_is_told_and_credentials_that_are_refused_register_nobody() {
    let world = World::join();
    let made = InSparkcentral::new(&world).await;
    let files = Files::new();
    let http = [
        "--bot",
        "http",
        "--bot-url",
        "https://bot.example.com/turns",
        "--signing-key",
        "--set",
        "turns.typing=false",
    ];
    let add = made.add(&world, &files, &http);
    files.write("client-secret", "wrong");
    let refused = world.run(&words(&add)).await;
    let told = refused.refusal();
    assert!(
        told.contains("refuses the client id and client secret (401, invalid_client)"),
        "{told}"
    );
    let unknown = world.run(&["agent", "show", &made.name]).await;
    assert!(
        unknown.refusal().contains("no agent is called"),
        "{unknown:?}"
    );

    files.write("client-secret", &made.client_secret);
    let added = world.run(&words(&add)).await;
    let told = added.told();
    for expected in [
        "is registered",
        &world.stack.webhook_url_of(&made.name),
        "  signing key, for the bot\n    whsec_",
        "enable the channels",
        &format!("sparkbridge doctor {}", made.name),
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(!told.contains(&made.client_secret) && !told.contains(&made.shared_secret));
    let shown = world
        .run(&["agent", "show", &made.name, "--json"])
        .await
        .json();
    assert_eq!(shown["settings"]["turns"]["typing"], false);
    let fields = [
        "api_tokens",
        "bot_signing_key",
        "client_id",
        "client_secret",
        "webhook_secret",
    ];
    assert_eq!(shown["secret"]["fields"], json!(fields));
}

#[tokio::test]
async fn agents_are_listed_and_shown_and_no_secret_with_them() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let listed = world.run(&["agent", "list"]).await;
    let row = listed
        .told()
        .lines()
        .find(|line| line.starts_with(&agent.name))
        .unwrap();
    for cell in [
        "sparkcentral",
        "us",
        "script",
        "inline",
        "live",
        "viewer, contributor, supervisor",
    ] {
        assert!(row.contains(cell), "{cell}: {row}");
    }
    let listed = world.run(&["agent", "list", "--json"]).await;
    let all = listed.json();
    let row = all
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == *agent.name)
        .unwrap();
    assert_eq!(
        *row,
        json!({
            "name": agent.name, "dialect": "sparkcentral", "region": "us", "bot": "script",
            "mode": "inline", "paused": false, "api_tokens": ["viewer", "contributor", "supervisor"],
        })
    );
    let shown = world.run(&["agent", "show", &agent.name]).await;
    for expected in [
        &format!("agent {}, live\n", agent.name),
        &format!("webhook URL {}\n", agent.webhook_url),
        "has      api_tokens, client_id, client_secret, webhook_secret",
        "current  of 20",
        "supervisor   supervisor",
        "\nregion = \"us\"\n",
    ] {
        assert!(shown.told().contains(expected), "{expected}: {shown:?}");
    }
    let json = world.run(&["agent", "show", &agent.name, "--json"]).await;
    assert_eq!(json.json()["secret"]["rotation"], Value::Null);
    for secret in [
        &agent.webhook_secret,
        &agent.simulator_credentials.client_secret,
        &agent.api_tokens.viewer,
    ] {
        for said in [&listed, &shown, &json] {
            assert!(!said.stdout.contains(secret.as_str()), "{said:?}");
        }
    }
}
