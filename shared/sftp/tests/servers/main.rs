//! The client against two servers: the embedded one, and OpenSSH's where it is installed.

#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

mod algorithms;
mod bytes;
mod download;
mod folders;
mod host_keys;
mod login;
mod lost;
mod targets;
mod wire;
