//! Sparkcentral, played faithfully, for tests and for people trying Sparkbridge.
//!
//! One server on 127.0.0.1 with four faces: the vendor's REST API in both dialects, the sender of signed
//! webhooks, a control face under `/sim` on which contacts write, humans act and faults are ordered, and
//! the workspace, which is all of that in a browser.
//! It also writes the exports of its conversations, as CSV, into a directory for an SFTP server to serve.
//! It is a reading of the vendor's documents of its own and shares no code with the product, so that a
//! misreading there doesn't cancel out here. Everything else is in memory.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let running = simulator::start(simulator::Config::default()).await?;
//! // … POST {running.url()}/sim/agents, /sim/conversations …
//! running.stop().await;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a failed step is a failed test")
)]

mod acts;
mod agent;
mod api;
mod app;
mod apply;
mod attachment;
#[cfg(test)]
mod channel_tests;
mod channels;
mod clock;
mod config;
mod connection;
mod contact;
mod control;
mod conversation;
mod deadlines;
mod dialect;
#[cfg(test)]
mod domain_tests;
mod event;
mod exports;
mod fault_spec;
mod faults;
mod history;
mod humans;
mod message;
mod moment;
mod moves;
mod presence;
mod records;
mod refusal;
mod reply;
mod shortcodes;
mod survey;
mod tokens;
mod upload;
mod webhook;
mod workspace;
mod world;

pub use agent::{AgentSpec, HandoffRule, InboundDetail, Kind, Sparkbridge};
pub use app::{Running, start};
pub use config::Config;
pub use dialect::Dialect;
pub use shortcodes::Shortcode;
