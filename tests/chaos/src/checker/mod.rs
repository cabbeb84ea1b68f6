//! The checker: what must hold, whatever went wrong.
//!
//! It knows nothing of the product. It reads what Sparkcentral saw (the simulator's record) and what the public
//! API tells, and judges one by the other. It never asks how long something took, with one exception:
//! [`LATE_WORD_SECS`].

mod conversations;
mod exports;
mod history;
mod judge;
mod messages;
mod reading;
#[cfg(test)]
mod tests;
mod trail;

use std::fmt;

pub use conversations::check;
pub use exports::{Expected, Fate, Found, check_exports};
pub use history::{
    Attempt, Change, Delivered, Entry, Event, History, Outcome, Owner, Rest, Said, Token, Written,
};
pub use reading::{history, tokens};

/// A word of before a takeover may still be on its way when the conversation comes back; nobody can call it
/// back. So long after the bot was told of the return, none may be.
pub const LATE_WORD_SECS: u64 = 10;

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// More than one answer to one message.
    Doubled,
    /// A message that was accepted has neither an answer nor people nor a record of why.
    Lost,
    /// Accepted, and nothing is known of it.
    NoRecord,
    /// The record says that something was said or done which Sparkcentral never saw.
    FalseRecord,
    /// Still under way when everything had come to rest.
    Unsettled,
    /// Answers in another order than the messages.
    OutOfOrder,
    /// A word of before people took the conversation, after it came back; or one while they had it.
    AfterTakeover,
    /// A word that belongs to another conversation.
    Elsewhere,
    /// Words that nobody said.
    Unsaid,
    /// People were asked for, and never got it.
    HandoverLost,
    /// Not accepted, and Sparkcentral does not know it as refused.
    NotRefused,
    /// A good signature was refused.
    SignatureRefused,
    /// A row is missing from its table.
    RowMissing,
    /// A row is there more than once.
    RowDoubled,
    /// A row is there that no file has.
    RowInvented,
    /// A broken row is not among the rejects, or more than once.
    RejectsDiffer,
    /// A file is not where its bytes belong.
    FileUnsettled,
}

/// Something that must not be.
#[derive(Clone, Debug)]
pub struct Violation {
    pub wrong: Wrong,
    /// Agent, or table.
    pub agent: String,
    /// Conversation, or file.
    pub place: String,
    pub what: String,
    /// What happened there, in order: ids and states.
    pub trail: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agent, place) = (&self.agent, &self.place);
        writeln!(f, "{:?}: {agent} {place}: {}", self.wrong, self.what)?;
        for line in &self.trail {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}
