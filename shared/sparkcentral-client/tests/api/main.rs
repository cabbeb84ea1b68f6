//! The client against a server that plays Sparkcentral: what is sent, and what each answer means.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod answers;
mod attachments;
mod connections;
mod presence;
mod requests;
mod support;
mod tokens;
