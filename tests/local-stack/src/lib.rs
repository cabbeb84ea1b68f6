//! The whole system on this machine: the AWS emulator with the real templates and the real bootstraps in
//! it, Sparkcentral played by the simulator and an SFTP server, and agents and exports set up with the real
//! command line.
//!
//! `make run` and `make test` use it through the binary of this crate. System tests don't start a stack:
//! they join the one that `make test` started, with [`StackInfo::from_env`].

mod agent;
mod command_line;
mod deployment;
mod emulator;
mod exports;
mod info;
pub mod play;
mod stack;
mod workspace;

pub use agent::{ApiTokens, NewAgent, RegisteredAgent, register_agent};
pub use command_line::sparkbridge;
pub use deployment::{ATTACHMENTS_BUCKET, Deployed, deploy};
pub use info::{
    Aws, STACK_VARIABLE, Sftp, SimulatorCredentials, StackInfo, TEST_AWS_ENDPOINT_VARIABLE,
};
pub use simulator;
pub use stack::{Options, Stack};
