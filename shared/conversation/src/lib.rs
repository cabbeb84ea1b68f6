//! The rules of a conversation: states, turns, deliveries, queue messages. Pure: no I/O.
//!
//! Everything that decides something about a conversation is here, as functions over values with the
//! clock as an argument; what reads, writes and waits is in `platform` and the functions.

mod action;
mod agent;
mod begin;
mod channel;
mod delivery;
mod event;
mod first_word;
mod handover;
mod history;
mod later;
mod line;
mod own_text;
mod plan;
mod queue;
mod reception;
mod state;
mod text;
mod turn;

pub use action::*;
pub use agent::*;
pub use begin::Heard;
pub use channel::*;
pub use delivery::*;
pub use event::*;
pub use first_word::first_word;
pub use handover::*;
pub use history::history;
pub use later::{Answers, Early};
pub use line::*;
pub use own_text::own_text;
pub use plan::*;
pub use queue::*;
pub use reception::*;
pub use state::*;
pub use text::LocalText;
pub use turn::*;
