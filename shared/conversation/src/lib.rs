//! The rules of a conversation: states, turns, deliveries, queue messages. Pure: no I/O.
//!
//! Everything that decides something about a conversation is here, as functions over values with the
//! clock as an argument; what reads, writes and waits is in `platform` and the functions.

mod agent;
mod delivery;
mod event;
mod handover;
mod plan;
mod queue;
mod state;
mod turn;

pub use agent::*;
pub use delivery::*;
pub use event::*;
pub use handover::*;
pub use plan::*;
pub use queue::*;
pub use state::*;
pub use turn::*;
