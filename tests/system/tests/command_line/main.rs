//! The command line against the running stack: what operators and newcomers see.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod agent;
mod channel;
mod conversation;
mod dead_letters;
mod doctor;
mod errors;
mod forms;
mod local;
mod policies;
mod report;
