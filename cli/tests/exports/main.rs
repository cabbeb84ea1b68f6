//! `sparkbridge exports` as its operator calls it: what it refuses, and the settings it keeps. That it
//! pulls, loads and answers is shown by the system tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod refused;
mod settings;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Settings that only a connection can fail.
const SETTINGS: &str = "host = \"exports.example.com\"\nuser = \"warehouse\"\n";
const SECRET: &str = r#"{"password":"hunter2"}"#;

/// A folder of files for some calls.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sparkbridge-cli-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where calls go.
struct Caller {
    endpoint: String,
    stage: String,
}

impl Caller {
    /// Where nobody listens: input that got so far is told by another message.
    fn nowhere() -> Self {
        Self {
            endpoint: "http://127.0.0.1:9".into(),
            stage: "dev".into(),
        }
    }

    fn call(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sparkbridge"))
            .args(["--stage", &self.stage, "exports"])
            .args(arguments)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// What it prints, after asserting that it works.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let text = self.told(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).expect(&text)
    }

    /// What it says on standard error, after asserting that it fails with one line and prints nothing.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?} works");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(said.starts_with("sparkbridge: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }
}

/// The operator's page.
fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/exports.md");
    std::fs::read_to_string(page).unwrap()
}

/// What stands on the page between ``` and ```, of the kinds that begin so.
fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let begin = format!("```{kind}\n");
    let blocks = page.split(&begin).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}
