//! What a process takes: wall and CPU time, and the most memory it had.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::place;

/// What a process took.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Usage {
    pub(crate) wall_s: f64,
    /// User and system.
    pub(crate) cpu_s: f64,
    /// Resident.
    pub(crate) peak_mib: f64,
}

/// Runs a program to its end. What it took, and what it printed.
///
/// By a Python of its own, because Rust's standard library can't ask what a child took.
pub(crate) fn run(program: &Command) -> Result<(Usage, String)> {
    let figures = place::output()?.join("figures.json");
    let mut command = Command::new("python3");
    // Without site packages: it is small, and so is the least peak that can be told.
    command.args(["-I", "-S"]).arg(place::script("measured.py"));
    command.arg(&figures).arg(program.get_program());
    command.args(program.get_args()).stdin(Stdio::null());
    let name = program.get_program().display();
    let done = command.output().context("python3 does not start")?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("{name} failed: {}", said.trim());
    }
    let usage = serde_json::from_slice(&fs::read(&figures)?)?;
    Ok((usage, String::from_utf8_lossy(&done.stdout).trim().into()))
}

/// What a process that still runs took so far: CPU time in steps of 10 ms, and its peak in MiB.
pub(crate) fn so_far(process: u32) -> Result<(Duration, f64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    cpu(&stat)
        .zip(peak_mib(&status))
        .with_context(|| format!("/proc/{process} says something else than proc(5)"))
}

/// CPU time of a process so far in steps of nanoseconds, but only of threads that still run.
pub(crate) fn cpu_of_threads(process: u32) -> Result<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let stat = fs::read_to_string(thread?.path().join("schedstat"))?;
        let time: u64 = stat.split(' ').next().unwrap_or_default().parse()?;
        nanos += time;
    }
    Ok(Duration::from_nanos(nanos))
}

/// Resident memory of a process now, in MiB.
pub(crate) fn resident_mib(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    mib(&status, "VmRSS:").context("proc(5) says something else")
}

/// The same with what it shares divided among those who share it.
pub(crate) fn proportional_mib(process: u32) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    mib(&rollup, "Pss:").context("proc(5) says something else")
}

/// Processes whose parent is this one.
pub(crate) fn children(process: u32) -> Result<Vec<u32>> {
    let children = format!("/proc/{process}/task/{process}/children");
    let children = fs::read_to_string(children)?;
    let ids = children.split_ascii_whitespace().map(str::parse);
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Linux counts hundredths of a second there, whatever it counts inside.
const TICK: Duration = Duration::from_millis(10);

/// Of all threads: utime and stime of proc(5), the 12th and 13th after the name in brackets.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let ticks = times.next()?.parse::<u32>().ok()? + times.next()?.parse::<u32>().ok()?;
    Some(TICK * ticks)
}

fn peak_mib(status: &str) -> Option<f64> {
    mib(status, "VmHWM:")
}

fn mib(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_behind_a_name_with_brackets_and_spaces() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 123 45 6 7 20 0 3 0 100 1 2";
        assert_eq!(cpu(stat), Some(Duration::from_millis(1680)));
        assert_eq!(cpu("42 (a) S 1"), None);
    }

    #[test]
    fn the_peak_is_read_in_mib() {
        assert_eq!(
            peak_mib("VmPeak:\t  99 kB\nVmHWM:\t    2048 kB\n"),
            Some(2.0)
        );
        assert_eq!(peak_mib("VmPeak:\t  99 kB\n"), None);
    }

    #[test]
    fn this_process_has_taken_something() {
        let (_, peak) = so_far(std::process::id()).unwrap();
        assert!(peak > 0.1, "{peak} MiB");
    }

    #[test]
    fn a_program_that_fails_is_an_error_with_what_it_said() {
        let mut program = Command::new("sh");
        program.args(["-c", "echo not today >&2; exit 3"]);
        let error = run(&program).unwrap_err().to_string();
        assert!(error.ends_with("failed: not today"), "{error}");
    }
}
