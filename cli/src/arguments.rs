//! What can be written behind `sparkbridge`.

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::{agent, channel, contact, conversation, dead_letters, doctor, exports, local, shell};

const FIRST_STEPS: &str = "\
First steps, on this machine:
  sparkbridge local up      starts the whole system, and prints where its workspace is
First steps, in AWS, behind `make deploy`:
  sparkbridge agent add     registers an agent, step by step
  sparkbridge doctor        checks everything it needs";

/// Operates Sparkbridge in an AWS account, or in the local stack: the usual AWS environment
/// variables and profiles say where.
#[derive(Parser)]
#[command(name = "sparkbridge", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub(crate) struct Cli {
    /// Stage of the deployment, as in the stack's name sparkbridge-STAGE.
    #[arg(long, env = "SPARKBRIDGE_STAGE", default_value = "dev", global = true)]
    pub(crate) stage: String,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Register agents, look at them, change them, rotate their secrets.
    #[command(subcommand)]
    Agent(agent::Command),
    /// Check everything an agent needs, and say what to do about what fails.
    Doctor(doctor::Args),
    /// Look at conversations, and act on them.
    #[command(subcommand)]
    Conversation(conversation::Command),
    /// Messages that were given up on: look at them, and send them on.
    #[command(subcommand)]
    DeadLetters(dead_letters::Command),
    /// Channels of an agent: their settings, and who has access.
    #[command(subcommand)]
    Channel(channel::Command),
    /// Erase contacts, and list what was erased.
    #[command(subcommand)]
    Contact(contact::Command),
    /// Sparkcentral's exports: fetch them, look at them, ask them.
    #[command(subcommand)]
    Exports(exports::Command),
    /// The whole system on this machine, from a checkout.
    #[command(subcommand)]
    Local(local::Command),
    /// Print what a shell needs to complete commands.
    Completions(shell::Completions),
    /// Print the manual page, or write one for each command.
    Man(shell::Man),
}

/// Does what was asked for.
pub(crate) async fn run(cli: Cli) -> Result<()> {
    let (stage, json) = (cli.stage.as_str(), cli.json);
    match cli.command {
        Command::Agent(command) => agent::run(stage, command, json).await,
        Command::Doctor(args) => doctor::run(stage, args, json).await,
        Command::Conversation(command) => conversation::run(stage, command, json).await,
        Command::DeadLetters(command) => dead_letters::run(stage, command, json).await,
        Command::Channel(command) => channel::run(stage, command, json).await,
        Command::Contact(command) => contact::run(stage, command, json).await,
        Command::Exports(command) => exports::run(stage, command, json).await,
        Command::Local(command) => local::run(command, json).await,
        Command::Completions(args) => shell::completions(args, Cli::command()),
        Command::Man(args) => shell::man(args, Cli::command(), json),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        <super::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
