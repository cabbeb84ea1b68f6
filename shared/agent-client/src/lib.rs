//! An agent's REST client, by its settings, and with the credentials that Sparkcentral takes.
//!
//! While client credentials are rotated, nobody knows which of two pairs Sparkcentral takes at a given
//! moment: the new one may not be active there yet, and the old one may be withdrawn before every
//! process here knows of the new one. Only the token endpoint can tell, so it is asked before anything
//! is sent.

mod access;
mod translate;

pub use access::{AccessError, AgentClients};
pub use translate::{client_config, credentials};
