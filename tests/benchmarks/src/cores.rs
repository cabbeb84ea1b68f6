//! Who runs on which core: what is measured has one to itself, as a function has its sandbox.

use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};

/// Gives a process the first core.
pub(crate) fn alone(process: u32) -> Result<()> {
    pin("0", process)
}

/// As long as it lives, this process and what it starts from now on leave the first core to others.
pub(crate) struct Elsewhere {
    cores: usize,
}

impl Elsewhere {
    /// Where there is another one.
    pub(crate) fn go() -> Result<Self> {
        let cores = available_parallelism()?.get();
        if cores > 1 {
            pin(&format!("1-{}", cores - 1), std::process::id())?;
        }
        Ok(Self { cores })
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // What comes next runs slower without it, and says nothing wrong.
        let _ = pin(&format!("0-{}", self.cores - 1), std::process::id());
    }
}

/// All threads of a process.
fn pin(cores: &str, process: u32) -> Result<()> {
    let mut taskset = Command::new("taskset");
    taskset.args([
        "--all-tasks",
        "--cpu-list",
        "--pid",
        cores,
        &process.to_string(),
    ]);
    let output = taskset.output().context("taskset (util-linux)")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "taskset: {}", said.trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_pinned_and_let_go() {
        let mut sleeping = Command::new("sleep").arg("5").spawn().unwrap();
        alone(sleeping.id()).unwrap();
        let status = std::fs::read_to_string(format!("/proc/{}/status", sleeping.id())).unwrap();
        let allowed = status
            .lines()
            .find(|line| line.starts_with("Cpus_allowed_list"));
        assert!(allowed.unwrap().ends_with("\t0"), "{allowed:?}");
        sleeping.kill().unwrap();
        sleeping.wait().unwrap();
        assert!(pin("0", 0x7fff_ffff).is_err());
    }
}
