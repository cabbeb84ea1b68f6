//! What operators see where there is no stack: wrong input, missing settings, nobody who answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod dead_letters;
mod doctor;
mod errors;
mod local;
mod shell;

use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A machine with nothing set.
struct Machine {
    home: TempDir,
    environment: Vec<(String, String)>,
}

impl Machine {
    fn bare() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            environment: vec![
                // Or it is asked over the network.
                ("AWS_EC2_METADATA_DISABLED".into(), "true".into()),
                ("AWS_MAX_ATTEMPTS".into(), "1".into()),
            ],
        }
    }

    /// One whose AWS is where nobody listens.
    fn nowhere() -> Self {
        Self::bare()
            .with("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .with("AWS_REGION", "eu-west-1")
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
    }

    fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.into(), value.into()));
        self
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_sparkbridge"), arguments)
            .output()
            .unwrap()
    }

    /// What it prints, after asserting that it works.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Its one line on standard error, after asserting that it failed and printed nothing.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
        refusal(arguments, &output)
    }
}

/// The one line of a call that failed.
fn refusal(arguments: &[&str], output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    let line = said.strip_prefix("sparkbridge: ");
    line.unwrap_or_else(|| panic!("{said}"))
        .trim_end()
        .to_owned()
}

/// What is said of arguments that can't be.
fn misused(arguments: &[&str]) -> String {
    let output = Machine::nowhere().run(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}
