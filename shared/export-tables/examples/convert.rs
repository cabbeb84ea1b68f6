//! Converts an export file to Parquet: `convert FILE OUT REJECTS [--time-zone Z]`.
//!
//! Says what became of it as JSON. REJECTS is only written if a row was rejected.
#![allow(clippy::print_stdout, reason = "a command line's answer")]

use std::error::Error;
use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use export_tables::{Source, open};
use exports::{FileName, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (file, out, rejects, zone) = match arguments.as_slice() {
        [file, out, rejects] => (file, out, rejects, None),
        [file, out, rejects, option, zone] if option == "--time-zone" => {
            (file, out, rejects, Some(zone.parse::<Tz>()?))
        }
        _ => return Err("usage: convert FILE OUT REJECTS [--time-zone Z]".into()),
    };
    let name = Path::new(file)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let says = FileName::parse(&name);
    let reader = File::open(file)?;
    let exported_at: DateTime<Utc> = reader.metadata()?.modified()?.into();
    let settings = Settings::new("", "");
    let source = Source {
        file: &name,
        hint: says.export,
        stamps: says.stamps,
        exported_at,
        settings: &settings,
        time_zone: zone,
        hash_key: None,
    };
    let opened = open(reader, source)?;
    let converted = opened.run(File::create(out)?, || File::create(rejects))?;
    println!("{}", serde_json::to_string_pretty(&converted.report)?);
    Ok(())
}
