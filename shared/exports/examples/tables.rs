//! Prints the tables' CloudFormation template: `cargo run -p exports --example tables > infra/tables.yaml`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(exports::glue::template().as_bytes())
}
