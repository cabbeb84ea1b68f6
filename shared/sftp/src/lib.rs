//! An SFTP client that pins its server, and reads with many requests in flight.
//!
//! [`Session::connect`] checks the server's key before it sends any credential. [`Download::next`] gives a
//! file's bytes in order while the requests for the next ones are already on their way, so that neither the
//! network's delay nor a slow reader costs more than it must; see [`Download`] for what that holds in memory.
//!
//! Nothing here logs or shows a credential, and nothing is hashed or written.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a failed step is a failed test")
)]

mod algorithms;
mod connection;
mod download;
mod entry;
mod error;
mod host_key;
mod login;
mod patience;
mod server;
mod session;

pub use connection::host_key;
pub use download::Download;
pub use entry::{Entry, Kind, entries};
pub use error::{Cause, SftpError};
pub use server::{Credential, Server};
pub use session::Session;
