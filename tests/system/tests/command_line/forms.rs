//! Both forms of every command: words for people, and one JSON value for programs.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use system_tests::{Exports, Ran, RegisteredAgent, World, csv_of_tags};

const SCRIPT: &str = "[bot]\nkind = \"script\"\n";

/// A command with its arguments, in which capitals stand for what [`Scene`] makes, and what both of its
/// forms must tell.
const FORMS: [(&str, &str, &str); 37] = [
    (
        "agent add",
        "NEW --region us --api-base SIM --client-id CLIENT --bot script",
        "NEW",
    ),
    (
        "agent edit",
        "OWN --set retention_days=31",
        "retention_days",
    ),
    ("agent list", "", "demo"),
    ("agent pause", "OWN", "paused"),
    (
        "agent put",
        "NEW --file agent.toml --secret-file secret.json",
        "NEW",
    ),
    ("agent remove", "OWN --yes", "OWN"),
    ("agent resume", "OWN", "OWN"),
    (
        "agent rotate client-secret",
        "OWN --client-id CLIENT",
        "OWN",
    ),
    ("agent rotate token", "OWN dashboard", "dashboard"),
    ("agent rotate webhook-secret", "OWN", "OWN"),
    ("agent show", "OWN", "dashboard"),
    ("agent token add", "OWN NEW:viewer", "NEW"),
    ("agent token remove", "OWN dashboard", "dashboard"),
    (
        "channel edit",
        "AGENT CHANNEL --add --medium fb --all-users viewer",
        "viewer",
    ),
    ("channel list", "AGENT", "channel-web"),
    ("channel show", "AGENT channel-web", "channel-web"),
    ("contact erase", "NEW --yes", "conversations"),
    ("contact receipts", "", "done"),
    ("conversation handover", "AGENT ID", ""),
    ("conversation list", "--agent AGENT", "ID"),
    ("conversation reply", "AGENT ID --text later", ""),
    ("conversation resolve", "AGENT ID", ""),
    (
        "conversation show",
        "AGENT ID",
        "What are your opening hours?",
    ),
    (
        "conversation tail",
        "AGENT ID --last 5 --for 1s",
        "What are your opening hours?",
    ),
    ("dead-letters list", "", ""),
    ("dead-letters redrive", "export-sync --all", ""),
    ("dead-letters show", "export-sync", ""),
    (
        "exports backfill",
        "--from 2026-01-01 --to 2026-01-02 --table tags",
        "",
    ),
    ("exports create-views", "", "messages_latest"),
    ("exports pull", "", "pulled"),
    ("exports query", "SQL", "42"),
    ("exports reconcile", "", "agree"),
    ("exports rejects", "", ""),
    (
        "exports report",
        "--from 2026-11-01 --to 2026-11-02 --output report.html",
        "report.html",
    ),
    ("exports status", "", "tags"),
    ("exports trust-host", "--yes", "SHA256:"),
    ("exports upload", "Tags.csv --again", "Tags.csv"),
];

/// Says with its status that it found differences, as it may while other tests talk.
const ANSWERS_WITH_1: &str = "exports reconcile";

/// Commands whose forms are tried elsewhere, or that have one.
const ELSEWHERE: [(&str, &str); 8] = [
    ("completions", "one form, a script"),
    ("doctor", "doctor.rs: a stage without faults of other tests"),
    (
        "exports configure",
        "cli/tests/exports: its settings are everybody's here",
    ),
    ("exports show", "one form, JSON"),
    ("local down", "local.rs: a stack of its own"),
    ("local status", "local.rs"),
    ("local up", "local.rs"),
    ("man", "one form, roff"),
];

#[tokio::test]
async fn every_command_has_words_for_people_and_one_json_value_for_programs() {
    let world = World::join();
    let known: BTreeSet<String> = FORMS
        .iter()
        .map(|(command, ..)| *command)
        .chain(ELSEWHERE.iter().map(|(command, _)| *command))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        known,
        commands(&world).await,
        "every command is in one list"
    );

    let scene = Scene::set(&world).await;
    let mut failures = Vec::new();
    for (command, arguments, told) in FORMS {
        let people = scene.run(command, arguments, told, false).await;
        if let Err(problem) = people.and_then(is_for_people) {
            failures.push(format!("{command}: {problem}"));
        }
        let programs = scene.run(command, arguments, told, true).await;
        if let Err(problem) = programs.and_then(is_for_programs) {
            failures.push(format!("{command} --json: {problem}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn is_for_people(ran: Ran) -> Result<(), String> {
    let is_json = serde_json::from_str::<Value>(&ran.stdout).is_ok();
    match ran.stdout.trim().is_empty() || is_json {
        true => Err(format!("nothing that people read: {ran:#?}")),
        false => Ok(()),
    }
}

/// One value, or one on each line of what goes on.
fn is_for_programs(ran: Ran) -> Result<(), String> {
    let whole = serde_json::from_str::<Value>(&ran.stdout).is_ok();
    let by_line = ran
        .stdout
        .lines()
        .all(|line| serde_json::from_str::<Value>(line).is_ok());
    match (whole || by_line) && !ran.stdout.is_empty() {
        true => Ok(()),
        false => Err(format!("no JSON: {ran:#?}")),
    }
}

/// Every command that does something, as the help of each group lists them.
async fn commands(world: &World) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut groups = vec![Vec::<String>::new()];
    while let Some(group) = groups.pop() {
        let words: Vec<&str> = group.iter().map(String::as_str).collect();
        let help = world.run(&[&words[..], &["--help"]].concat()).await;
        let listed = help.told().split("\nCommands:\n").nth(1);
        let Some(listed) = listed else {
            found.insert(group.join(" "));
            continue;
        };
        for line in listed.lines().take_while(|line| !line.is_empty()) {
            // What goes on from the line before is indented further.
            let name = line
                .strip_prefix("  ")
                .filter(|line| !line.starts_with(' '));
            let name = name.and_then(|line| line.split_whitespace().next());
            if let Some(name) = name.filter(|name| *name != "help") {
                groups.push([&group[..], &[name.to_owned()]].concat());
            }
        }
    }
    found
}

struct Scene<'a> {
    exports: Exports<'a>,
    agent: RegisteredAgent,
}

impl<'a> Scene<'a> {
    async fn set(world: &'a World) -> Self {
        let exports = Exports::take(world).await;
        let agent = world.agent(SCRIPT).await;
        // Its channel is learned from this.
        let id = world.begin(&agent, Some("Hello")).await;
        world.write_and_wait(&id, "thanks").await;
        let stack = &world.stack;
        let settings = format!(
            "region = \"us\"\napi_base = \"{}\"\n{SCRIPT}",
            stack.simulator_url
        );
        exports.file("agent.toml", settings.as_bytes());
        let secret = json!({
            "webhook_secret": agent.webhook_secret,
            "client_id": agent.simulator_credentials.client_id,
            "client_secret": agent.simulator_credentials.client_secret,
        });
        exports.file("secret.json", secret.to_string().as_bytes());
        exports.file("Tags.csv", csv_of_tags(&["t-forms"]).as_bytes());
        exports.order_all().await;
        Self { exports, agent }
    }

    fn world(&self) -> &World {
        self.exports.world
    }

    /// Runs one form; `Err` where it fails, or doesn't tell what it must.
    async fn run(
        &self,
        command: &str,
        arguments: &str,
        told: &str,
        json: bool,
    ) -> Result<Ran, String> {
        let id = match format!("{arguments}{told}").contains("ID") {
            true => {
                let id = self.world().begin(&self.agent, Some("Hello")).await;
                let question = "What are your opening hours?";
                self.world().write_and_wait(&id, question).await;
                id
            }
            false => String::new(),
        };
        let own = match arguments.contains("OWN") {
            true => {
                let tokens =
                    json!([{"name": "dashboard", "role": "viewer", "token": "0".repeat(64)}]);
                let secret = json!({"api_tokens": tokens});
                self.world().register(SCRIPT, json!({}), secret).await.name
            }
            false => String::new(),
        };
        let new = format!("n-{}", uuid::Uuid::new_v4().simple());
        let filled = |text: &str| match text {
            "AGENT" => self.agent.name.clone(),
            "CHANNEL" => new.clone(),
            "CLIENT" => self.agent.simulator_credentials.client_id.clone(),
            "ID" => id.clone(),
            "NEW" => new.clone(),
            "NEW:viewer" => format!("{new}:viewer"),
            "OWN" => own.clone(),
            "SIM" => self.world().stack.simulator_url.clone(),
            "SQL" => "SELECT 42 AS answer".to_owned(),
            "Tags.csv" | "agent.toml" | "report.html" | "secret.json" => {
                self.exports.scratch.join(text).display().to_string()
            }
            other => other.to_owned(),
        };
        let mut line: Vec<String> = command.split(' ').map(str::to_owned).collect();
        line.extend(arguments.split_whitespace().map(filled));
        if json {
            line.push("--json".to_owned());
        }
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let secrets = [
            (
                "SPARKBRIDGE_CLIENT_SECRET",
                self.agent.simulator_credentials.client_secret.as_str(),
            ),
            (
                "SPARKBRIDGE_WEBHOOK_SECRET",
                "00112233445566778899aabbccddeeff",
            ),
        ];
        let ran = self.world().run_with(&line, &secrets).await;
        let is_answer = ran.status == Some(1) && command == ANSWERS_WITH_1;
        if ran.status != Some(0) && !is_answer {
            return Err(format!("{line:?} {ran:#?}"));
        }
        let told = match told {
            "Tags.csv" | "report.html" => told.to_owned(),
            told => filled(told),
        };
        match ran.stdout.contains(&told) {
            true => Ok(ran),
            false => Err(format!("{told:?} is not told: {line:?} {ran:#?}")),
        }
    }
}
