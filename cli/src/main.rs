//! sparkbridge, the operator's command line.
#![allow(
    clippy::print_stdout,
    reason = "a command line answers on standard output"
)]

mod agent;
mod channel;
mod contact;
mod exports;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Operates Sparkbridge in an AWS account, or in the local stack: the usual AWS environment
/// variables and profiles say where.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// Stage of the deployment, as in the stack's name sparkbridge-STAGE.
    #[arg(long, env = "SPARKBRIDGE_STAGE", default_value = "dev", global = true)]
    stage: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Register agents and look at them.
    #[command(subcommand)]
    Agent(agent::Command),
    /// Channels of an agent: their settings, and who has access.
    Channel(channel::Channels),
    /// Erase contacts, and list what was erased.
    Contact(contact::Contact),
    /// Sparkcentral's exports: fetch them, look at them, ask them.
    Exports(exports::Exports),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Agent(command) => agent::run(&cli.stage, command).await,
        Command::Channel(channels) => channel::run(&cli.stage, channels).await,
        Command::Contact(contact) => contact::run(&cli.stage, contact).await,
        Command::Exports(exports) => exports::run(&cli.stage, exports).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, causes included: what was wrong and what to do.
            eprintln!("sparkbridge: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
