//! `sparkbridge agent` with input that can't work: one clear line, a non-zero status, and nothing
//! sent. That it registers agents is shown by every system test, which begins with it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

const SETTINGS: &str = "region = \"us\"\n[bot]\nkind = \"script\"\n";
const SECRET: &str = r#"{"webhook_secret":"00ff","client_id":"c","client_secret":"s"}"#;

/// A folder of files for one call.
struct Files(PathBuf);

impl Files {
    fn new(name: &str, settings: &str, secret: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("sparkbridge-cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("settings.toml"), settings).unwrap();
        std::fs::write(folder.join("secret.json"), secret).unwrap();
        Self(folder)
    }

    /// Registers `agent`; what the command says on standard error, after asserting that it fails.
    fn refused(&self, agent: &str) -> String {
        self.refused_with(agent, &["--secret-file", "secret.json"])
    }

    /// The same with other arguments behind the settings.
    fn refused_with(&self, agent: &str, more: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_sparkbridge"))
            .current_dir(&self.0)
            .args(["agent", "put", agent, "--file", "settings.toml"])
            .args(more)
            // Nobody listens there: input that got this far is told by another message.
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_address_that_cannot_work_is_refused_though_the_secret_is_not_given_again() {
    for kind in ["http", "webhook", "rasa"] {
        let settings =
            format!("region = \"us\"\n[bot]\nkind = \"{kind}\"\nurl = \"https://10.0.0.1/\"\n");
        let files = Files::new(&format!("address-{kind}"), &settings, SECRET);
        let said = files.refused_with("shop", &[]);
        assert!(said.contains("allow_private_addresses"), "{kind}: {said}");
    }
    let missing = "region = \"us\"\n[bot]\nkind = \"http\"\nurl = \"https://bot.example.com\"\n";
    let files = Files::new("address-good", missing, SECRET);
    let said = files.refused_with("shop", &[]);
    assert!(
        said.contains("saving the settings"),
        "the key in place may be good: {said}"
    );
}

#[test]
fn each_wrong_input_is_named_with_what_to_do() {
    let script = "region = \"us\"\n[bot]\nkind = \"script\"\nrules = \"\"\"\n[[rules]]\nname = \"a\"\n\"\"\"\n";
    let http = "region = \"us\"\n[bot]\nkind = \"http\"\nurl = \"https://bot.example.com\"\n";
    let plain = http.replace("https", "http");
    let cases = [
        ("Shop", SETTINGS, SECRET, "a-z, 0-9"),
        (
            "shop",
            "region = \"mars\"\n[bot]\nkind = \"script\"\n",
            SECRET,
            "expected `us` or `eu`",
        ),
        (
            "shop",
            "region = \"us\"\nmood = 1\n[bot]\nkind = \"script\"\n",
            SECRET,
            "mood",
        ),
        (
            "shop",
            "inline_budget_ms = 99\nregion = \"us\"\n[bot]\nkind = \"script\"\n",
            SECRET,
            "100 to 9000",
        ),
        ("shop", script, SECRET, "rules"),
        ("shop", http, SECRET, "bot_signing_key"),
        (
            "shop",
            &plain,
            r#"{"webhook_secret":"00ff","client_id":"c","client_secret":"s",
            "bot_signing_key":"whsec_c3BhcmticmlkZ2UtdGVzdC1rZXktMDEyMzQ1Njc4OWE="}"#,
            "https",
        ),
        (
            "shop",
            SETTINGS,
            r#"{"webhook_secret":"xyz","client_id":"c","client_secret":"s"}"#,
            "hexadecimal",
        ),
        (
            "shop",
            SETTINGS,
            r#"{"webhook_secret":"00ff","client_id":"c"}"#,
            "missing field `client_secret`",
        ),
        (
            "shop",
            SETTINGS,
            r#"{"webhook_secret":"00ff","client_id":"c","client_secret":"s",
            "api_tokens":[{"name":"t","role":"viewer"}]}"#,
            "token or sha256",
        ),
    ];
    for (index, (agent, settings, secret, expected)) in cases.into_iter().enumerate() {
        let said = Files::new(&format!("wrong-{index}"), settings, secret).refused(agent);
        assert!(said.starts_with("sparkbridge: "), "{said}");
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[test]
fn no_message_quotes_a_secret() {
    let secret = r#"{"webhook_secret":"00ff","client_id":"c","client_secret":["hunter2"]}"#;
    let said = Files::new("quoted", SETTINGS, secret).refused("shop");
    assert!(said.contains("secret.json: line 1"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn what_docs_agents_shows_is_taken() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/agents.md");
    let page = std::fs::read_to_string(page).unwrap();
    let settings = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    // Everything else is in order, so that only the connection can fail.
    let said = Files::new("docs", settings, SECRET).refused("shop");
    assert!(said.contains("Connection refused"), "{said}");
}
