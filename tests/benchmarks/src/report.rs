//! All parts in order, and what is told of them.

use std::fs;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use anyhow::Result;
use chrono::Utc;
use serde_json::json;

use crate::figures::Section;
use crate::options::{Part, Run};
use crate::place;
use crate::{download, functions, messages, pull, tables};

/// 475 MB and 48 MB of CSV, and a small file.
const LARGE: u64 = 960_000;
const MEDIUM: u64 = 96_000;
const SMALL: u64 = 100;

/// Says what is being done.
pub(crate) struct Progress {
    begun: Instant,
    since: SystemTime,
}

impl Progress {
    pub(crate) fn say(&self, what: &str) {
        println!("[{:6.1} s] {what}", self.begun.elapsed().as_secs_f64());
    }
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Measures what is asked for.
pub(crate) fn run(options: &Run) -> Result<()> {
    let progress = Progress {
        begun: Instant::now(),
        since: SystemTime::now(),
    };
    let load = load_average();
    println!(
        "{} processors, load average {load}: it should be near 0",
        cores()
    );
    // The counts alone are for debug: among all parts they come with the functions.
    let wanted = |part| {
        options
            .only
            .map_or(part != Part::Counts, |only| only == part)
    };
    let file = |rows| -> Result<PathBuf> {
        match &options.file {
            Some(file) => Ok(fs::canonicalize(file)?),
            None => made(rows, &progress),
        }
    };
    let runtime = tokio::runtime::Runtime::new()?;
    // What stands in for AWS shares a core with the function, whose caches last longer beside one thread than beside some.
    let one_thread = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut sections = Vec::new();
    let mut add = |section: Section| {
        println!("\n{}", section.text());
        sections.push(section);
    };
    if wanted(Part::Counts) {
        let counted = functions::count(options.write_baseline);
        one_thread.block_on(counted)?.into_iter().for_each(&mut add);
    }
    if wanted(Part::Functions) {
        let sample = options
            .sample
            .as_deref()
            .map(fs::canonicalize)
            .transpose()?;
        let write = options.write_baseline;
        let measured = functions::measure(options.runs, sample, write, &progress, &mut add);
        one_thread.block_on(measured)?;
    }
    if wanted(Part::Tables) {
        if options.file.is_none() {
            add(tables::measure(&file(MEDIUM)?, options.runs, &progress)?);
        }
        add(tables::measure(&file(LARGE)?, options.runs, &progress)?);
    }
    if wanted(Part::Sftp) {
        let file = file(LARGE)?;
        let measured = download::measure(&file, options.runs, &progress, runtime.handle())?;
        measured.into_iter().for_each(&mut add);
    }
    if wanted(Part::Pull) {
        let (file, small) = (file(MEDIUM)?, made(SMALL, &progress)?);
        let measured = pull::measure(&file, &small, options.runs, &progress);
        runtime.block_on(measured)?.into_iter().for_each(&mut add);
    }
    let results = json!({
        "at": Utc::now().to_rfc3339(),
        "processors": cores(),
        "load_average_before": load,
        "file": options.file,
        "sections": sections.iter().map(Section::json).collect::<Vec<_>>(),
    });
    let name = match options.only {
        Some(Part::Counts) => "counts.json",
        _ => "results.json",
    };
    let path = place::output()?.join(name);
    fs::write(&path, serde_json::to_vec_pretty(&results)?)?;
    let missed: usize = sections.iter().map(missed).sum();
    match missed {
        0 => progress.say("every limit holds"),
        _ => progress.say(&format!("{missed} limits do not hold, see above")),
    }
    println!("every run's figures: {}", path.display());
    Ok(())
}

/// A file with this many messages: the same every time, so once in a run is enough.
fn made(rows: u64, progress: &Progress) -> Result<PathBuf> {
    let file = place::output()?.join(format!("messages-{rows}.csv"));
    let there = fs::metadata(&file).and_then(|file| file.modified());
    if !there.is_ok_and(|made| made >= progress.since) {
        progress.say(&format!("making {rows} messages"));
        messages::write_file(rows, &file)?;
    }
    Ok(file)
}

fn missed(section: &Section) -> usize {
    section.limits.iter().filter(|limit| !limit.holds()).count()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

/// Of the last minute.
fn load_average() -> String {
    let all = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    all.split(' ').next().unwrap_or_default().to_owned()
}
