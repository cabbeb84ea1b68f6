//! Whole files to Parquet and back.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

mod boundaries;
mod dialects;
mod erasure;
mod generator;
mod parquet_file;
mod privacy;
mod rejects;
mod tables;
mod times_and_lists;
mod typing;
