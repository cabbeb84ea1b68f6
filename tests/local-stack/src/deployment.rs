//! The templates and the bootstraps, deployed by the same script as to AWS.

use std::{collections::HashMap, process::Stdio};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::{info::Aws, workspace};

/// The architecture of this machine as the template names it.
const ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    "x86_64"
};

/// The bucket whose objects bots may send, where somebody makes one.
pub const ATTACHMENTS_BUCKET: &str = "bot-attachments";

/// What the deployed stacks tell.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// Base of the HTTP API.
    pub api_url: String,
    pub lake_bucket: String,
    pub athena_database: String,
}

/// Deploys to the emulator, under the names of a stage.
///
/// # Errors
/// With the output of the script.
pub async fn deploy(aws: &Aws, stage: &str) -> Result<Deployed> {
    let output = Command::new(workspace::root().join("infra/deploy.sh"))
        .arg(format!("Architecture={ARCHITECTURE}"))
        .arg(format!(
            "AttachmentObjectArns=arn:aws:s3:::{ATTACHMENTS_BUCKET}/*"
        ))
        .envs(aws.environment())
        .env("STAGE", stage)
        .env("BUCKET", "sparkbridge-artifacts")
        .env("ZIPS", workspace::root().join("target/local-lambda"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("infra/deploy.sh does not start")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!(
            "infra/deploy.sh failed:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let outputs: HashMap<_, _> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let told = |name| {
        let value = outputs.get(name).copied();
        value.with_context(|| format!("the deployed stacks have no output {name}"))
    };
    Ok(Deployed {
        // The stack's own output names a host that most HTTP clients can't resolve.
        api_url: format!("{}/_aws/execute-api/{}", aws.endpoint_url, told("ApiId")?),
        lake_bucket: told("LakeBucketName")?.into(),
        athena_database: told("DatabaseName")?.into(),
    })
}
