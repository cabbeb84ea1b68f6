//! `make chaos`.
#![allow(clippy::print_stdout, reason = "a command line")]

use std::{process::ExitCode, time::Instant};

use anyhow::Result;
use chaos::{Options, Ran, Seed, fault_run, planted_run};
use clap::Parser;
use local_stack::{Stack, StackInfo};

/// Fault runs against the real functions, and a checker that knows only public faces.
#[derive(Parser)]
struct Arguments {
    /// Decides everything that chance decides.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// At least 20,000 messages and 200 export files.
    #[arg(long)]
    long: bool,
    /// Other numbers than those of the short or the long run.
    #[arg(long)]
    messages: Option<usize>,
    #[arg(long)]
    files: Option<usize>,
    /// Conversations at once.
    #[arg(long)]
    at_once: Option<usize>,
    /// No faults, and the planted bugs instead.
    #[arg(long)]
    planted: bool,
    /// Names the emulator's files, as with `local-stack run`.
    #[arg(long, default_value = "chaos")]
    name: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match act(Arguments::parse()).await {
        Ok(ran) => {
            println!("{}", ran.summary());
            println!("  logs: {}", ran.logs.display());
            if ran.violations.is_empty() {
                ExitCode::SUCCESS
            } else {
                println!("  again: make chaos SEED={}", ran.seed.0);
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn act(arguments: Arguments) -> Result<Ran> {
    let began = Instant::now();
    let say = |line: &str| println!("[{:6.1} s] {line}", began.elapsed().as_secs_f64());
    let seed = Seed(arguments.seed);
    let mut options = if arguments.long {
        Options::long(seed)
    } else {
        Options::short(seed)
    };
    options.messages = arguments.messages.unwrap_or(options.messages);
    options.files = arguments.files.unwrap_or(options.files);
    options.at_once = arguments.at_once.unwrap_or(options.at_once);
    let run = async |stack: &StackInfo| {
        if arguments.planted {
            planted_run(stack, seed, say).await
        } else {
            fault_run(stack, options, say).await
        }
    };
    // Inside `local-stack with` there is one already.
    if let Ok(stack) = StackInfo::from_env() {
        return run(&stack).await;
    }
    let stack = Stack::start(local_stack::Options::new(&arguments.name), say).await?;
    let ran = tokio::select! {
        ran = run(&stack.info) => ran,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    stack.stop().await;
    ran
}
