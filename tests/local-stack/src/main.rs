//! Runs the whole system on this machine: behind `make run` and `make test`.
#![allow(clippy::print_stdout, reason = "a command line")]

use std::{
    ffi::OsString,
    net::Ipv4Addr,
    os::unix::process::parent_id,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Parser;
use local_stack::{Options, STACK_VARIABLE, Stack, TEST_AWS_ENDPOINT_VARIABLE, play};
use tokio::signal::unix::{SignalKind, signal};

/// What shells report for Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Where the workspace is, if nobody else is there: an address that stays the same.
const WORKSPACE_PORT: u16 = 8800;

/// The AWS emulator, the simulator and Sparkbridge, together on 127.0.0.1.
#[derive(Parser)]
enum Action {
    /// Plays a conversation and its exports, then serves until Ctrl-C.
    Run {
        /// End after the play, with status 0 if every step held.
        #[arg(long)]
        once: bool,
        /// Check the functions' calls against the template's policies. AWS clients then need the access
        /// key `test` and the secret `test`.
        #[arg(long)]
        enforce_iam: bool,
        /// Names its files: `.local/NAME.json`, `.local/logs/NAME/`. One of a name runs at a time.
        #[arg(long, default_value = "stack")]
        name: String,
        /// Serve on when whoever started it ends, as `sparkbridge local up` does at once.
        #[arg(long)]
        detached: bool,
    },
    /// Runs a command beside a stack, and ends with the command's status.
    With {
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<OsString>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let action = Action::parse();
    let serving = AtomicBool::new(false);
    let detached = matches!(action, Action::Run { detached: true, .. });
    let worked = tokio::select! {
        result = act(action, &serving) => result,
        result = interrupted(detached) => result.map(|()| {
            if serving.load(Ordering::Relaxed) {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(INTERRUPTED)
            }
        }),
    };
    // The other branch is dropped by now, and with it whatever it had started.
    worked.unwrap_or_else(|error| {
        eprintln!("local-stack: {error:#}");
        ExitCode::FAILURE
    })
}

/// `serving` becomes true when nothing is left to do but to wait for an interruption.
async fn act(action: Action, serving: &AtomicBool) -> Result<ExitCode> {
    let started = Instant::now();
    let progress = |done: &str| println!("[{:5.1} s] {done}", started.elapsed().as_secs_f64());
    match action {
        Action::Run {
            once,
            enforce_iam,
            name,
            detached: _,
        } => {
            let mut options = Options {
                enforce_iam,
                ..Options::new(&name)
            };
            options.simulator.port = free_port(WORKSPACE_PORT).await;
            let mut stack = Stack::start(options, progress).await?;
            let say = |line: &str| println!("{line}");
            let played = play::play(&stack.info, say).await;
            let conversation = match played {
                Ok(conversation) if !once => conversation,
                ended => {
                    stack.stop().await;
                    ended.with_context(|| {
                        format!("the play failed; logs are in .local/logs/{name}/")
                    })?;
                    progress("every step held");
                    return Ok(ExitCode::SUCCESS);
                }
            };
            play::invite(&stack.info, &conversation, say);
            println!();
            progress("serving; Ctrl-C stops");
            serving.store(true, Ordering::Relaxed);
            stack.broken().await;
            Err(anyhow::anyhow!(
                "the emulator ended: see .local/logs/{name}/"
            ))
        }
        Action::With { command } => {
            let options = Options {
                enforce_iam: true,
                ..Options::new("test-stack")
            };
            let stack = Stack::start(options, progress).await?;
            let status = beside(&stack, &command).await;
            stack.stop().await;
            status
        }
    }
}

/// The port, or 0 for any other if it is taken.
async fn free_port(wanted: u16) -> u16 {
    let tried = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await;
    tried.map_or(0, |_free| wanted)
}

async fn beside(stack: &Stack, command: &[OsString]) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("no command")?;
    let status = tokio::process::Command::new(program)
        .args(arguments)
        // No test may reach the real AWS by a forgotten setting.
        .envs(stack.info.aws.environment())
        .env(STACK_VARIABLE, stack.info_file())
        .env(TEST_AWS_ENDPOINT_VARIABLE, &stack.info.aws.endpoint_url)
        .kill_on_drop(true)
        .status()
        .await
        .with_context(|| format!("{} does not start", program.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Ctrl-C, SIGTERM, or, unless detached, the end of whoever started us, such as a `make` that was killed.
async fn interrupted(detached: bool) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let parent = parent_id();
    let orphaned = async {
        while detached || parent_id() == parent {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = orphaned => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_left_to_whoever_has_it() {
        let taken = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_eq!(free_port(port).await, 0);
    }
}
