//! An SFTP server for tests and for the local stack: one folder, one user.
//!
//! [`start`] runs one inside the process, on 127.0.0.1. [`openssh`] starts the real one, where it is
//! installed, for what only a foreign implementation can prove. [`Scratch`] is a folder for either.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let folder = sftp_server::Scratch::new("exports")?;
//! let config = sftp_server::Config::new(folder.path(), "exports", "a password");
//! let running = sftp_server::start(config).await?;
//! // … sftp -P {running.port()} exports@127.0.0.1 …
//! running.stop().await;
//! # Ok(())
//! # }
//! ```

mod config;
mod confined;
mod connection;
mod files;
mod keys;
mod listing;
pub mod openssh;
mod running;
mod scratch;

pub use config::{Config, HostKey};
pub use keys::KeyPair;
pub use running::{Running, start};
pub use scratch::Scratch;
