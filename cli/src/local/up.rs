//! `sparkbridge local up`: starts the stack in the background, and waits until it serves.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use tokio::process::{Child, Command};

use super::checkout::Checkout;
use super::stack::State;
use super::{UpArgs, build, render};
use crate::output::{self, visible};
use crate::progress;

/// How often the stack is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// The end of a log that a last line is looked for in, in bytes.
const TAIL: u64 = 4096;
/// What `local-stack run` prints when everything is there and played.
const SERVES: &str = "serving; Ctrl-C stops";

pub(super) async fn run(checkout: &Checkout, args: UpArgs, json: bool) -> Result<()> {
    let name = &args.named.name;
    let logs = checkout.logs(name);
    fs::create_dir_all(&logs).with_context(|| format!("making {}", logs.display()))?;
    let log = logs.join("stack.log");
    if State::of(checkout, name)?.process().is_none() {
        if !args.no_build {
            build::if_needed(checkout, &logs).await?;
        }
        let spinner = progress::spinner("starting");
        let child = start(checkout, name, &log)?;
        until_it_serves(checkout, name, &log, child, &spinner).await?;
    } else if let State::Starting { process } = State::of(checkout, name)? {
        bail!("process {process} is starting it: wait a moment, then `sparkbridge local status`");
    }
    let state = State::of(checkout, name)?;
    if json {
        return output::json(&render::as_json(checkout, name, &state));
    }
    output::print(&render::up(checkout, name, &state))
}

fn start(checkout: &Checkout, name: &str, log: &Path) -> Result<Child> {
    let program = checkout.program();
    let file = File::create(log).with_context(|| format!("making {}", log.display()))?;
    let started = Command::new(&program)
        .args(["run", "--detached", "--name", name])
        .current_dir(checkout.root())
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        // Ctrl-C here is not meant for it.
        .process_group(0)
        .spawn();
    started.with_context(|| {
        format!(
            "starting {}: build it, `make build`, or leave --no-build out",
            program.display()
        )
    })
}

async fn until_it_serves(
    checkout: &Checkout,
    name: &str,
    log: &Path,
    mut child: Child,
    spinner: &ProgressBar,
) -> Result<()> {
    loop {
        if let Some(status) = child.try_wait().context("looking after the stack")? {
            bail!(
                "the stack ended ({status}): {}; all of it is in {}",
                last_line(log).unwrap_or_default(),
                log.display()
            );
        }
        let serves = fs::read_to_string(log).is_ok_and(|text| text.contains(SERVES));
        if serves && matches!(State::of(checkout, name)?, State::Serving { .. }) {
            return Ok(());
        }
        if let Some(line) = last_line(log) {
            spinner.set_message(format!("starting: {line}"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The last line that says something.
pub(super) fn last_line(log: &Path) -> Option<String> {
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    Some(visible(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_the_last_one_that_says_something() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        assert_eq!(last_line(&log), None);
        for (text, expected) in [
            ("", None),
            ("one\ntwo\n\n  \n", Some("two")),
            ("unended", Some("unended")),
            ("a\u{1b}[2J\n", Some("a\\u{1b}[2J")),
        ] {
            fs::write(&log, text).unwrap();
            assert_eq!(last_line(&log).as_deref(), expected);
        }
        fs::write(&log, format!("{}\nlast\n", "é".repeat(10_000))).unwrap();
        assert_eq!(last_line(&log).as_deref(), Some("last"));
    }

    #[test]
    fn what_is_waited_for_is_what_the_stack_prints() {
        let stack = include_str!("../../../tests/local-stack/src/main.rs");
        assert!(stack.contains(&format!("progress(\"{SERVES}\")")));
    }
}
