//! What must hold whatever strangers send. Each module's `check` feeds bytes to the code that reads
//! them first and panics where a promise is broken.
//!
//! | module | reads |
//! |---|---|
//! | webhook | a signature and a body |
//! | bot_answer | what each kind of bot answers |
//! | csv | an export file, and what it is packed in |
//! | file_name | the key of an object, or a file's name |
//! | sftp_listing | what an SFTP server lists |
//!
//! The fuzz targets in `tests/fuzz` call them with what the fuzzer makes up, and the tests of this crate
//! with the corpora kept there, so that what was found once stays found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is the finding"
)]

pub mod bot_answer;
pub mod csv;
pub mod file_name;
mod input;
pub mod sftp_listing;
pub mod webhook;
