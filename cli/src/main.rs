//! sparkbridge, the operator's command line.
#![allow(
    clippy::print_stdout,
    reason = "a command line answers on standard output"
)]

mod agent;
mod arguments;
mod channel;
mod contact;
mod conversation;
mod dead_letters;
mod doctor;
mod exports;
mod failure;
mod local;
mod output;
mod place;
mod progress;
mod shell;
mod span;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = arguments::Cli::parse();
    let stage = cli.stage.clone();
    match arguments::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let surroundings = place::surroundings(&stage);
            eprintln!("sparkbridge: {}", failure::line(&error, &surroundings));
            ExitCode::FAILURE
        }
    }
}
