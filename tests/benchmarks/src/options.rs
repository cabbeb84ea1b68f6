//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

/// Measures the functions of conversations, and the exports' way from SFTP to Parquet.
#[derive(Parser)]
pub(crate) enum Action {
    /// Measures, prints the figures and writes target/bench/results.json.
    Run(Run),
    /// Writes a Messages export as CSV: the same rows every time.
    Messages {
        /// How many.
        rows: u64,
        /// Where to.
        file: PathBuf,
    },
    /// The contender of ours: one CSV to Parquet, as export-load converts it.
    Convert {
        /// The CSV.
        file: PathBuf,
        /// The Parquet.
        table: PathBuf,
    },
    /// The contender of ours: one file over SFTP, thrown away, on one thread as in export-sync.
    Fetch(Fetch),
    /// Runs a command with the AWS of the functions' benchmark in SPARKBRIDGE_TEST_AWS_ENDPOINT.
    Aws {
        /// Such as cargo test -p platform.
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<String>,
    },
}

#[derive(Args)]
pub(crate) struct Run {
    /// One part instead of all.
    #[arg(long)]
    pub(crate) only: Option<Part>,
    /// How often each contender runs, in turns.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
    /// A Messages export to use instead of those made here.
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    /// A clone of the vendor's sample, sparkcentral/virtual-agent-api-example, to measure beside what stands in for it.
    #[arg(long)]
    pub(crate) sample: Option<PathBuf>,
    /// Keep the functions' figures as what later ones are compared with.
    #[arg(long)]
    pub(crate) write_baseline: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// CSV to Parquet, beside DuckDB.
    Tables,
    /// SFTP, beside OpenSSH's client.
    Sftp,
    /// Both functions, from SFTP to a table, and the calls they make.
    Pull,
    /// The functions of conversations: start, CPU, memory, calls, and whether they grow.
    Functions,
    /// Only the calls, bytes and log lines of these functions, which are the same in debug.
    Counts,
}

#[derive(Args)]
pub(crate) struct Fetch {
    /// On 127.0.0.1.
    pub(crate) port: u16,
    pub(crate) user: String,
    /// The private key's file.
    pub(crate) key: PathBuf,
    /// Of the server, as OpenSSH prints it.
    pub(crate) host_key: String,
    /// On the server.
    pub(crate) path: String,
}
