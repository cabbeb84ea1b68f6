//! `sparkbridge contact` against the stores' real APIs: `make test` names them in
//! SPARKBRIDGE_TEST_AWS_ENDPOINT. Each test has a stage of its own, without functions: what is in its
//! stores is put there by hand. The whole journey is a system test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod lake_files;
mod queues;
mod stage;
mod table;
