//! CSV to Parquet, ours and DuckDB's.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use exports::{ColumnType, Export};
use serde_json::{Value, json};

use crate::figures::{Bound, CPU, Contender, Limit, PEAK, Section, WALL};
use crate::measured;
use crate::place;
use crate::report::{Progress, megabytes};

const OUTPUT: &str = "output MB";
const PEAK_MIB: f64 = 64.0;

/// Converts a file in turns.
pub(crate) fn measure(file: &Path, runs: u32, progress: &Progress) -> Result<Section> {
    let input = fs::metadata(file)?.len();
    let folder = place::output()?;
    let tables = ["ours", "duckdb"].map(|name| folder.join(name).with_extension("parquet"));
    let mut ours = Contender::new("ours");
    let mut duckdb = Contender::new("DuckDB, 2 threads");
    // Both then find it in memory.
    std::io::copy(&mut fs::File::open(file)?, &mut std::io::sink())?;
    let mut rows = String::new();
    for run in 1..=runs {
        progress.say(&format!(
            "tables: {} MB, run {run} of {runs}",
            input / 1_000_000
        ));
        let [our_table, their_table] = &tables;
        let mut convert = Command::new(std::env::current_exe()?);
        convert.arg("convert").args([file, our_table]);
        let (usage, our_rows) = measured::run(&convert)?;
        ours.add_usage(usage);
        ours.add(OUTPUT, megabytes(fs::metadata(our_table)?.len()));

        let (usage, their_rows) =
            measured::run(&duckdb_does("convert", column_types, [file, their_table])?)?;
        duckdb.add_usage(usage);
        duckdb.add(OUTPUT, megabytes(fs::metadata(their_table)?.len()));
        ensure!(
            our_rows == their_rows,
            "{our_rows} rows and DuckDB's {their_rows}"
        );
        rows = our_rows;
    }
    progress.say("tables: comparing what was written");
    let [our_table, their_table] = &tables;
    measured::run(&duckdb_does(
        "compare",
        compared_types,
        [our_table, their_table],
    )?)?;

    let ratio = |what: &str, measure, limit| Limit {
        what: format!("{what} ÷ DuckDB's"),
        figure: ours.median(measure) / duckdb.median(measure),
        bound: Bound::AtMost(limit),
    };
    let limits = vec![
        ratio("CPU", CPU, 0.8),
        ratio("wall", WALL, 1.25),
        ratio("output", OUTPUT, 1.2),
        Limit {
            what: "peak MiB, at most".into(),
            figure: ours.max(PEAK),
            bound: Bound::AtMost(PEAK_MIB),
        },
    ];
    Ok(Section {
        title: format!(
            "Messages, {} MB of CSV, {rows} rows, to Parquet (zstd)",
            input / 1_000_000
        ),
        contenders: vec![ours, duckdb],
        limits,
    })
}

/// DuckDB in the Python that infra/setup.sh made for it.
fn duckdb_does(
    act: &str,
    types: fn(ColumnType) -> &'static str,
    paths: [&Path; 2],
) -> Result<Command> {
    let export = Export::by_table("messages").context("there is no such export any more")?;
    let columns = export.columns.iter();
    let types: Value = columns
        .map(|column| json!([column.name, types(column.kind)]))
        .collect();
    let mut command = Command::new(place::python_of("bench")?);
    command.arg(place::script("duckdb_convert.py")).arg(act);
    command.arg(types.to_string()).args(paths);
    Ok(command)
}

/// Times are typed, and everything else in this export is text: lists too, which CSV has no notion of.
fn column_types(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Timestamp => "TIMESTAMP",
        _ => "VARCHAR",
    }
}

fn compared_types(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Timestamp => "TIMESTAMP",
        ColumnType::List => "LIST",
        _ => "VARCHAR",
    }
}
