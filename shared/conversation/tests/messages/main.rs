//! Files, buttons, numbered answers, long texts: what a contact gets of them on each medium.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod choices;
mod files;
mod properties;
mod support;
mod texts;
