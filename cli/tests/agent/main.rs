//! `sparkbridge agent` with input that can't work: one clear line, a non-zero status, and nothing
//! sent. What the commands do is shown by the system tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod put;
mod refused;

use std::path::PathBuf;
use std::process::{Command, Stdio};

const SETTINGS: &str = "region = \"us\"\n[bot]\nkind = \"script\"\n";
const SECRET: &str = r#"{"webhook_secret":"00ff","client_id":"c","client_secret":"s"}"#;

/// A folder of files for one call.
struct Files(PathBuf);

impl Files {
    fn new(settings: &str, secret: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sparkbridge-cli-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("settings.toml"), settings).unwrap();
        std::fs::write(folder.join("secret.json"), secret).unwrap();
        std::fs::write(folder.join("hex"), "00ff\n").unwrap();
        Self(folder)
    }

    /// What `sparkbridge agent` says on standard error, after asserting that it fails with `status` and
    /// prints nothing.
    fn refused(&self, arguments: &[&str], variables: &[(&str, &str)], status: i32) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_sparkbridge"))
            .current_dir(&self.0)
            .arg("agent")
            .args(arguments)
            // Nobody listens there: input that got this far is told by another message.
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("SPARKBRIDGE_API_URL", "http://127.0.0.1:9")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        if status == 1 {
            assert!(said.starts_with("sparkbridge: "), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        said
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
