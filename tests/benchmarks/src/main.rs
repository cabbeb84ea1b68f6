//! What `make bench` measures: speed, memory and calls of the functions, beside what else could do the same.
//!
//! Each contender runs as a process of its own; BENCHMARKS.md has the figures. Nothing here fails because
//! something is slow: it fails if something did not work, or gave another result.
#![allow(clippy::print_stdout, reason = "a command line")]

mod contender;
mod delay;
mod download;
mod figures;
mod functions;
mod measured;
mod messages;
mod one_core;
mod options;
mod place;
mod proof;
mod pull;
mod report;
mod runtime;
mod tables;

use anyhow::Result;
use clap::Parser;
use options::Action;

fn main() -> Result<()> {
    match Action::parse() {
        Action::Run(run) => report::run(&run),
        Action::Messages { rows, file } => messages::write_file(rows, &file),
        Action::Convert { file, table } => contender::convert(&file, &table),
        Action::Fetch(fetch) => contender::fetch(&fetch),
        Action::Aws { command } => proof::run(&command),
    }
}
