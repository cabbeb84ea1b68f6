//! The operator's command line, used as an operator uses it.

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
    process::Stdio,
};

use anyhow::{Result, bail};
use tokio::process::Command;
use uuid::Uuid;

use crate::{StackInfo, workspace};

/// `sparkbridge` for a stack, arguments still to come.
///
/// # Errors
/// It is not built.
pub fn sparkbridge(stack: &StackInfo) -> Result<Command> {
    let mut command = Command::new(workspace::executable("sparkbridge")?);
    command
        .envs(stack.aws.environment())
        .env("SPARKBRIDGE_STAGE", &stack.stage)
        .env("SPARKBRIDGE_API_URL", &stack.api_url)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

/// Runs it to its end and returns what it printed on standard output.
pub(crate) async fn answer(command: &mut Command) -> Result<String> {
    let output = command.output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!(
            "{}\n{text}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(text.into_owned())
}

/// A folder for files that only we can read, gone when dropped.
pub(crate) struct PrivateFiles(PathBuf);

impl PrivateFiles {
    pub(crate) fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("sparkbridge-{}", Uuid::new_v4()));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        use std::io::Write;
        let path = self.0.join(name);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(text.as_bytes())?;
        Ok(path)
    }
}

impl Drop for PrivateFiles {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = fs::remove_dir_all(&self.0);
    }
}
