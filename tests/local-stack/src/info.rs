//! What a running stack tells whoever wants to use it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::agent::ApiTokens;

/// Names the file of [`StackInfo`] that tests use.
pub const STACK_VARIABLE: &str = "SPARKBRIDGE_STACK";
/// The emulator's endpoint, for tests that need AWS but no stack.
pub const TEST_AWS_ENDPOINT_VARIABLE: &str = "SPARKBRIDGE_TEST_AWS_ENDPOINT";

/// A running stack. Every URL answers any HTTP client on this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StackInfo {
    pub aws: Aws,
    /// The stage all names carry, as `SPARKBRIDGE_STAGE` tells the command line.
    pub stage: String,
    /// The agent that is there from the start.
    pub agent: String,
    pub webhook_url: String,
    pub webhook_secret: String,
    /// Base of the conversation API.
    pub api_url: String,
    pub api_tokens: ApiTokens,
    pub simulator_url: String,
    pub simulator_credentials: SimulatorCredentials,
    /// Where the simulator's exports are fetched from.
    pub sftp: Sftp,
    /// The S3 bucket of the exports' files and tables.
    pub lake_bucket: String,
    /// The Athena database of the exports' tables.
    pub athena_database: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Aws {
    pub endpoint_url: String,
    pub region: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SimulatorCredentials {
    pub client_id: String,
    pub client_secret: String,
}

/// The SFTP server of the exports.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sftp {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    /// On the server: what the exports' directories are in.
    pub root: String,
    /// On this machine: what the server has as `/`.
    pub folder: PathBuf,
}

impl Aws {
    /// The environment for programs that talk to the emulator: everything else they might have inherited
    /// that would lead them elsewhere is overridden.
    pub fn environment(&self) -> [(&'static str, &str); 7] {
        [
            ("AWS_ENDPOINT_URL", &self.endpoint_url),
            ("AWS_REGION", &self.region),
            ("AWS_DEFAULT_REGION", &self.region),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_PAGER", ""),
            ("NO_PROXY", "127.0.0.1"),
        ]
    }
}

/// The workspace of a simulator.
pub(crate) fn workspace_url(simulator_url: &str) -> String {
    format!("{simulator_url}/workspace")
}

impl StackInfo {
    /// The stack that `make test` started.
    ///
    /// # Errors
    /// Says what to run when there is none.
    pub fn from_env() -> Result<Self> {
        let path = env::var(STACK_VARIABLE)
            .ok()
            .with_context(|| format!("{STACK_VARIABLE} is not set: run `make test`"))?;
        Self::read(Path::new(&path))
    }

    /// # Errors
    /// No such file, or not one of ours.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("no stack at {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is unreadable", path.display()))
    }

    /// Readers see the whole file or none.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let unfinished = path.with_extension("json.new");
        fs::write(&unfinished, serde_json::to_vec_pretty(self)?)?;
        Ok(fs::rename(&unfinished, path)?)
    }

    /// Sparkcentral's workspace, as the simulator plays it, for a browser.
    pub fn workspace_url(&self) -> String {
        workspace_url(&self.simulator_url)
    }

    /// Where Sparkcentral reaches an agent.
    pub fn webhook_url_of(&self, agent: &str) -> String {
        format!("{}/webhooks/{agent}", self.api_url)
    }
}
