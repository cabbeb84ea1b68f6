//! docs/openapi.json tried on the deployed API by schemathesis: requests as the description wants them, and
//! as it does not, and what each answer must be. `make api` runs it for longer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World};

/// Requests per route and phase in `make test`.
const EXAMPLES: &str = "25";
/// Any number, as long as it stays the same.
const SEED: &str = "20260302";
/// Conversations: most of them are handed over or resolved once.
const CONVERSATIONS: usize = 14;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A run's folder, gone when dropped.
struct Scene {
    folder: PathBuf,
    token: String,
    api_url: String,
}

impl Drop for Scene {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Scene {
    async fn set(world: &World, conversations: usize) -> (Self, TestBot) {
        let bot = TestBot::start(|_| Answer::status(202)).await;
        let settings = format!(
            "[features]\napply_tags = true\nconversation_notes = true\n\
             [[handover.routing]]\nname = \"french\"\ntopics = [\"French\"]\n{}",
            bot.settings()
        );
        let simulated = json!({"inbox_fields": true});
        let agent = world.register(&settings, simulated, bot.secrets()).await;
        let begin = async || {
            let id = world.begin(&agent, Some("hello")).await;
            let told = world
                .until_api(&agent, &id, "the bot takes its time", |told| {
                    told["awaiting"]
                        .as_array()
                        .is_some_and(|turns| !turns.is_empty())
                })
                .await;
            let reply = json!({"id": "first", "text": "one moment"});
            let (status, _) = world
                .api(&agent, Method::POST, &id, "/replies", Some(reply))
                .await;
            assert_eq!(status, StatusCode::ACCEPTED);
            json!({"id": id, "turn": told["awaiting"][0], "replyId": "first"})
        };
        let known = futures::future::join_all((0..conversations).map(|_| begin())).await;
        let (status, unauthorized) = world
            .call(None, &agent.name, Method::GET, "/channels", None)
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let folder = std::env::temp_dir().join(format!("schemathesis-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let told = json!({
            "agent": agent.name,
            "channel": "channel-web",
            "conversations": known,
            "unauthorized": unauthorized,
        });
        std::fs::write(folder.join("scene.json"), told.to_string()).unwrap();
        let scene = Self {
            folder,
            token: agent.api_tokens.supervisor.clone(),
            api_url: world.stack.api_url.clone(),
        };
        (scene, bot)
    }

    /// Runs it against a description.
    fn run(&self, description: &Path, arguments: &[&str]) -> Output {
        let root = root();
        Command::new(root.join(".local/venv-schemathesis/bin/st"))
            // It leaves records of the run where it is started.
            .current_dir(&self.folder)
            .env(
                "SCHEMATHESIS_HOOKS",
                root.join("tests/schemathesis/hooks.py"),
            )
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("SPARKBRIDGE_SCHEMATHESIS", self.folder.join("scene.json"))
            .env("NO_PROXY", "127.0.0.1")
            .env("NO_COLOR", "1")
            .arg("--config-file")
            .arg(root.join("tests/schemathesis/schemathesis.toml"))
            .arg("run")
            .arg(description)
            .args(["--url", &self.api_url])
            .arg("--header")
            .arg(format!("Authorization: Bearer {}", self.token))
            .args(["--report", "ndjson", "--report-ndjson-path"])
            .arg(self.folder.join("report.ndjson"))
            .args(arguments)
            .output()
            .expect("schemathesis is not installed: run `make setup`")
    }

    /// How often each status was answered, by operation.
    fn answers(&self) -> BTreeMap<String, BTreeMap<u64, usize>> {
        let report = std::fs::read_to_string(self.folder.join("report.ndjson")).unwrap();
        let mut answers: BTreeMap<String, BTreeMap<u64, usize>> = BTreeMap::new();
        for line in report.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let recorder = &event["ScenarioFinished"]["recorder"];
            let interactions = recorder["interactions"].as_object();
            for (id, interaction) in interactions.into_iter().flatten() {
                let case = &recorder["cases"][id]["value"];
                let text = |field: &str| case[field].as_str().unwrap_or_default();
                let operation = format!("{} {}", text("method"), text("path"));
                let Some(status) = interaction["response"]["status_code"].as_u64() else {
                    continue;
                };
                *answers
                    .entry(operation)
                    .or_default()
                    .entry(status)
                    .or_default() += 1;
            }
        }
        answers
    }
}

/// Every operation of the description, as `GET /path`.
fn operations() -> Vec<String> {
    let description = lying(|_| {});
    let paths = description["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods
                .filter(|method| *method != "parameters")
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

fn said(output: &Output) -> String {
    let (told, complaint) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(told),
        String::from_utf8_lossy(complaint)
    )
}

#[tokio::test]
async fn the_deployed_api_is_as_its_description_says() {
    let world = World::join();
    let (scene, _bot) = Scene::set(&world, CONVERSATIONS).await;
    // `make api` sets them.
    let set = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let examples = set("SCHEMATHESIS_EXAMPLES", EXAMPLES);
    let seed = set("SCHEMATHESIS_SEED", SEED);
    let arguments = ["--max-examples", &examples, "--seed", &seed];
    let output = scene.run(&root().join("docs/openapi.json"), &arguments);
    let told = said(&output);
    assert!(output.status.success(), "{told}");

    let answers = scene.answers();
    let of = |status: u64| {
        let statuses = answers.values().flat_map(BTreeMap::iter);
        let found = statuses.filter(|(answered, _)| **answered == status);
        found.map(|(_, count)| count).sum::<usize>()
    };
    eprintln!("{told}\n{answers:#?}");
    // A run that never got past a refusal has shown nothing.
    for operation in operations() {
        let statuses = answers.get(&operation);
        let mut statuses = statuses.into_iter().flat_map(BTreeMap::keys);
        let accepted = statuses.any(|status| (200..300).contains(status));
        assert!(accepted, "{operation} is never carried out: {answers:#?}");
    }
    for status in [401, 404, 409, 422] {
        assert!(of(status) > 0, "{status} is never answered: {answers:#?}");
    }
}

/// The same description with one thing that is not so.
fn lying(change: impl FnOnce(&mut Value)) -> Value {
    let text = std::fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let mut description = serde_json::from_str(&text).unwrap();
    change(&mut description);
    description
}

#[tokio::test]
async fn a_description_that_is_not_true_is_found_out() {
    let world = World::join();
    let (scene, _bot) = Scene::set(&world, 2).await;
    let path = "/paths/~1v1~1agents~1{agent}~1channels/get";
    let shape = lying(|description| {
        let channels = &mut description["components"]["schemas"]["Channels"];
        channels["required"] = json!(["channels", "next"]);
    });
    let status = lying(|description| {
        let operation = description.pointer_mut(path).unwrap();
        let responses = operation["responses"].as_object_mut().unwrap();
        let success = responses.remove("200").unwrap();
        responses.insert("204".into(), success);
    });
    let open = lying(|description| {
        // An answer that says otherwise than every other 401.
        description["components"]["responses"]["Unauthorized"]["content"] = json!({
            "text/plain": {"schema": {"type": "string"}},
        });
    });
    for (what, description) in [
        ("a schema", shape),
        ("a status", status),
        ("a media type", open),
    ] {
        let file = scene.folder.join("openapi.json");
        std::fs::write(&file, description.to_string()).unwrap();
        let only = [
            "--include-operation-id",
            "listChannels",
            "--max-examples",
            "10",
            "--seed",
            SEED,
        ];
        let output = scene.run(&file, &only);
        let told = said(&output);
        assert_eq!(output.status.code(), Some(1), "{what}: {told}");
        assert!(told.contains("FAILURES"), "{what}: {told}");
    }
}
