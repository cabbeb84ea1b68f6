//! `sparkbridge local down`: stops the stack.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use tokio::process::Command;

use super::checkout::Checkout;
use super::stack::State;
use crate::output;
use crate::progress;

/// It keeps its functions' logs before it ends.
const WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

pub(super) async fn run(checkout: &Checkout, name: &str, json: bool) -> Result<()> {
    let process = State::of(checkout, name)?.process();
    if let Some(process) = process {
        stop(checkout, name, process).await?;
    }
    if json {
        return output::json(&json!({ "stopped": process.is_some(), "process": process }));
    }
    output::line(match process {
        Some(_) => "the local stack is stopped",
        None => "the local stack does not run",
    })
}

async fn stop(checkout: &Checkout, name: &str, process: u32) -> Result<()> {
    // 0 would be our own group.
    ensure!(
        process > 1,
        "the stack is only just starting: try again in a moment"
    );
    let spinner = progress::spinner(format!("stopping process {process}"));
    let killed = Command::new("kill")
        .args(["-TERM", &process.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .context("starting kill")?;
    let started = Instant::now();
    // Gone when nobody holds its lock, which is more than that the signal was taken.
    while State::of(checkout, name)?.process() == Some(process) {
        if !killed.success() {
            bail!("process {process} can't be stopped: it may be another user's");
        }
        if started.elapsed() > WITHIN {
            bail!(
                "process {process} does not end: look at {}",
                checkout.logs(name).display()
            );
        }
        tokio::time::sleep(LOOK).await;
    }
    drop(spinner);
    Ok(())
}
