//! What every adapter keeps to, whatever is behind it.
//!
//! An adapter joins with a file of its own, which says how to make its bot and ends with one of the
//! macros of [`suite`]: see there for the conversation its bot must play.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

#[path = "../access/mod.rs"]
mod access;
#[macro_use]
mod suite;
#[path = "../turns/mod.rs"]
mod turns;

mod bedrock;
mod dialogflow;
mod http;
mod lex;
mod rasa;
mod script;
mod webhook;
