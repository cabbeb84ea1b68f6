//! The calendar, hour by hour and over the days on which clocks change.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

mod clocks;
mod coverage;
mod files;
mod lateness;
