//! Building the stack, where something of it is newer than what is built.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::checkout::Checkout;
use super::up::last_line;
use crate::progress;

/// What a stack is built of.
const SOURCES: [&str; 6] = [
    "Cargo.lock",
    "Cargo.toml",
    "cli",
    "functions",
    "shared",
    "tests",
];

/// Builds the stack, and installs what it runs on.
pub(super) async fn if_needed(checkout: &Checkout, logs: &Path) -> Result<()> {
    if is_stale(checkout.root()) {
        let log = logs.join("build.log");
        let what = "building; the first time takes minutes";
        carried_out(checkout, "make", &["build"], &log, what).await?;
    }
    let log = logs.join("setup.log");
    let what = "installing the AWS emulator and the AWS command line";
    carried_out(checkout, "infra/setup.sh", &["emulator", "aws"], &log, what).await
}

async fn carried_out(
    checkout: &Checkout,
    program: &str,
    arguments: &[&str],
    log: &Path,
    what: &str,
) -> Result<()> {
    let spinner = progress::spinner(what);
    let file = File::create(log).with_context(|| format!("making {}", log.display()))?;
    let path = checkout.root().join(program);
    let command = if path.is_file() { path } else { program.into() };
    let ran = Command::new(command)
        .args(arguments)
        .current_dir(checkout.root())
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .kill_on_drop(true)
        .status();
    let status = ran.await.with_context(|| format!("starting {program}"))?;
    drop(spinner);
    if !status.success() {
        bail!(
            "`{program} {}` failed: {}; all of it is in {}",
            arguments.join(" "),
            last_line(log).unwrap_or_else(|| status.to_string()),
            log.display()
        );
    }
    Ok(())
}

/// Whether something must be built.
fn is_stale(root: &Path) -> bool {
    let built = [
        "target/debug/local-stack",
        "target/debug/sparkbridge",
        "target/local-lambda/webhook-intake/bootstrap.zip",
    ];
    let built = built.iter().map(|file| changed(&root.join(file)));
    let Some(oldest) = built
        .collect::<Option<Vec<_>>>()
        .and_then(|times| times.into_iter().min())
    else {
        return true;
    };
    SOURCES
        .iter()
        .any(|source| has_newer(&root.join(source), oldest))
}

fn has_newer(path: &Path, than: SystemTime) -> bool {
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        return entries.map(|entry| entry.path()).any(|path| {
            let name = path.file_name().unwrap_or_default();
            name != "node_modules" && name != "target" && has_newer(&path, than)
        });
    }
    let is_source = path
        .extension()
        .is_some_and(|kind| kind == "rs" || kind == "toml" || kind == "lock");
    is_source && changed(path).is_some_and(|at| at > than)
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn write(path: &Path, at: SystemTime) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().set_modified(at).unwrap();
    }

    #[test]
    fn a_stack_is_built_when_a_part_is_missing_or_a_source_is_newer() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let early = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let late = early + Duration::from_secs(10);
        write(&root.join("cli/src/main.rs"), early);
        assert!(is_stale(root));
        for built in ["target/debug/local-stack", "target/debug/sparkbridge"] {
            write(&root.join(built), late);
        }
        assert!(is_stale(root));
        write(
            &root.join("target/local-lambda/webhook-intake/bootstrap.zip"),
            late,
        );
        assert!(!is_stale(root));
        write(
            &root.join("tests/browser/node_modules/a.rs"),
            late + Duration::from_secs(1),
        );
        write(
            &root.join("shared/README.md"),
            late + Duration::from_secs(1),
        );
        assert!(!is_stale(root));
        write(
            &root.join("shared/a/src/lib.rs"),
            late + Duration::from_secs(1),
        );
        assert!(is_stale(root));
    }
}
