//! One core for what is measured and for what it talks to.
//!
//! Whoever wakes a process on another core of a virtual machine pays for an interrupt that the hypervisor
//! delivers: half as much again as the whole of a webhook, and none of it is the webhook's.

use std::fs;
use std::process::{self, Command};

use anyhow::{Context, Result, ensure};

/// Keeps this process, and those it starts meanwhile, on one core until it is dropped.
pub(crate) struct OneCore {
    before: String,
}

impl OneCore {
    pub(crate) fn hold() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let allowed = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
            .context("/proc/self/status names no processors")?;
        let before = allowed.trim().to_owned();
        let last = before.rsplit([',', '-']).next().unwrap_or(&before);
        allow(last)?;
        Ok(Self { before })
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // What was allowed before is allowed again.
        let _ = allow(&self.before);
    }
}

fn allow(processors: &str) -> Result<()> {
    let set = Command::new("taskset")
        .args(["--all-tasks", "--pid", "--cpu-list", processors])
        .arg(process::id().to_string())
        .output()
        .context("taskset does not start")?;
    ensure!(
        set.status.success(),
        "taskset --cpu-list {processors}: {}",
        String::from_utf8_lossy(&set.stderr)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> String {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let mut lines = status.lines();
        let line = lines.find(|line| line.starts_with("Cpus_allowed_list:"));
        line.unwrap().to_owned()
    }

    #[test]
    fn one_core_is_held_and_given_back() {
        let before = allowed();
        let held = OneCore::hold().unwrap();
        assert!(!allowed().contains([',', '-']), "{}", allowed());
        drop(held);
        assert_eq!(allowed(), before);
    }
}
