//! What the system tests share: a stack that is running already, and hands to touch its public faces
//! with. `make test` starts the stack; nothing here knows anything of the inside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test support: a panic is the report"
)]

mod bot;
pub mod bots;
mod emulator;
mod exports;
mod function;
mod passing;
mod ran;
mod seen;
mod serve;
mod webhook;
mod world;

pub use bot::{Answer, TestBot};
pub use emulator::{aws, environment, make_table};
pub use exports::{Exports, Told, csv_of_tags};
pub use function::{End, Function, Process};
pub use local_stack::{ATTACHMENTS_BUCKET, NewAgent, RegisteredAgent, StackInfo, simulator};
pub use passing::{Upstream, operation, taken_apart};
pub use ran::Ran;
pub use seen::{
    deliveries, handed_over, last_reason, said_by_bot, spoken, topics, transcript, ways,
};
pub use serve::serve;
pub use webhook::{
    RETRIES, Webhook, message_event, now_rfc3339, passed_on, request_context, sign, started_event,
};
pub use world::World;
