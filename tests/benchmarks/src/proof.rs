//! A command with the AWS of these benchmarks in place of the emulator: so the store's own tests show that it
//! does the same.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::functions::Aws;

/// Runs a command, to its end.
#[tokio::main]
pub(crate) async fn run(command: &[String]) -> Result<()> {
    let aws = Aws::start().await?;
    let (program, arguments) = command.split_first().context("no command")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("SPARKBRIDGE_TEST_AWS_ENDPOINT", &aws.url)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    // Waited for elsewhere: this thread may be needed to answer.
    let status = tokio::task::spawn_blocking(move || command.status()).await??;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}
