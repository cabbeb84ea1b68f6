//! What a cold start is made of on our side: the executable's size, and the time until it asks for an event.

use std::fs;
use std::io::{Cursor, Write};

use anyhow::Result;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::world::World;
use crate::figures::{Bound, Contender, Limit, Section};
use crate::place;
use crate::report::{Progress, megabytes};

const FUNCTIONS: [&str; 7] = [
    "webhook-intake",
    "bot-turn",
    "reply-sender",
    "handover",
    "conversation-api",
    "export-sync",
    "export-load",
];
pub(super) const STARTS: usize = 15;
const READY: &str = "exec to first /next, ms";
const ZIP: &str = "zip MB";

/// Starts every function in turns, and packs it.
pub(super) async fn measure(world: &World, progress: &Progress) -> Result<Section> {
    let mut functions = FUNCTIONS.map(Contender::new);
    progress.say("functions: packing the executables");
    for function in &mut functions {
        let executable = fs::read(place::executable(&function.name)?)?;
        function.add("executable MB", megabytes(executable.len() as u64));
        function.add(ZIP, megabytes(zipped(&executable)?));
    }
    progress.say(&format!("functions: {STARTS} starts of each"));
    for _ in 0..STARTS {
        for function in &mut functions {
            let started = world.start(&function.name).await?;
            function.add(READY, started.ready_after.as_secs_f64() * 1e3);
            started.end().await?;
        }
    }
    let limit = |what: &str, figure, most| Limit {
        what: format!("webhook-intake's {what}"),
        figure,
        bound: Bound::AtMost(most),
    };
    let limits = vec![
        limit(READY, functions[0].median(READY), 25.0),
        limit(ZIP, functions[0].median(ZIP), 6.0),
    ];
    Ok(Section {
        title: "Functions: size and start".into(),
        contenders: functions.into(),
        limits,
    })
}

/// Bytes of a zip with the executable as `bootstrap`, packed as tightly as deflate can.
fn zipped(executable: &[u8]) -> Result<u64> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(9))
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options)?;
    zip.write_all(executable)?;
    Ok(zip.finish()?.into_inner().len() as u64)
}
