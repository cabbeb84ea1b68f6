//! Both functions, in release and as Lambda starts them, from an OpenSSH server to a table in the emulator.

mod calls;
mod emulator;
mod scene;

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::Result;
use reqwest::Client;
use sftp_server::openssh::Sshd;

use crate::download;
use crate::figures::{Bound, Contender, Limit, PEAK, Section, WALL};
use crate::measured::{self, Usage};
use crate::report::Progress;
use calls::{Calls, Counting};
use emulator::Emulator;
use scene::Scene;

/// What airbyte-source-sftp-bulk needed for 96,000 messages, on a machine of this kind.
const AIRBYTE_S: f64 = 39.0;
/// Files that are compared with that: it had 47.7 MB.
const AIRBYTE_BYTES: RangeInclusive<u64> = 46_000_000..=49_000_000;
const TIMES_FASTER: f64 = 10.0;
const PEAK_MIB: f64 = 96.0;
/// The settings' default: how long export-sync watches whether a file still grows, once per invocation.
const SETTLE_S: u64 = 2;
const EMULATOR: &str = "emulator's CPU s";
/// SQS delivers at most this many messages to an invocation.
const FILES: u32 = 10;

struct Bench {
    http: Client,
    emulator: Emulator,
    sshd: Sshd,
}

/// Pulls and loads a file in turns, and counts the calls for small ones.
pub(crate) async fn measure(
    file: &Path,
    small: &Path,
    runs: u32,
    progress: &Progress,
) -> Result<Vec<Section>> {
    let http = Client::builder().no_proxy().build()?;
    progress.say("pull: starting the emulator");
    let bench = Bench {
        emulator: Emulator::start(&http).await?,
        sshd: download::server()?,
        http,
    };
    Ok(vec![
        bench.end_to_end(file, runs, progress).await?,
        bench.calls(file, small, progress).await?,
    ])
}

impl Bench {
    async fn scene(&self, name: &str, settle_secs: u64) -> Result<Scene> {
        Scene::set(
            &self.http,
            &self.emulator.url,
            &self.sshd,
            name,
            settle_secs,
        )
        .await
    }

    fn emulator_cpu_s(&self) -> Result<f64> {
        Ok(measured::so_far(self.emulator.process())?.0.as_secs_f64())
    }

    async fn end_to_end(&self, file: &Path, runs: u32, progress: &Progress) -> Result<Section> {
        let mut sync = Contender::new("export-sync");
        let mut load = Contender::new("export-load");
        let mut both = Contender::new("both, one after the other");
        let aws = &self.emulator.url;
        for run in 1..=runs {
            progress.say(&format!("pull: run {run} of {runs}"));
            let scene = self.scene(&format!("bench-run-{run}"), SETTLE_S).await?;
            scene.export(file, 0)?;
            let begun = self.emulator_cpu_s()?;
            let pulled = scene.pull(aws, 1).await?;
            let between = self.emulator_cpu_s()?;
            let loaded = scene.load(aws, 1).await?;
            let ended = self.emulator_cpu_s()?;
            scene.end()?;
            sync.add_usage(pulled);
            sync.add(EMULATOR, between - begun);
            load.add_usage(loaded);
            load.add(EMULATOR, ended - between);
            both.add_usage(Usage {
                wall_s: pulled.wall_s + loaded.wall_s,
                cpu_s: pulled.cpu_s + loaded.cpu_s,
                peak_mib: pulled.peak_mib.max(loaded.peak_mib),
            });
            both.add(EMULATOR, ended - begun);
        }
        let peak = |of: &Contender| Limit {
            what: format!("{}'s peak MiB, at most", of.name),
            figure: of.max(PEAK),
            bound: Bound::AtMost(PEAK_MIB),
        };
        let wall = both.median(WALL);
        let mut limits = vec![peak(&sync), peak(&load)];
        let bytes = fs::metadata(file)?.len();
        if AIRBYTE_BYTES.contains(&bytes) {
            limits.push(Limit {
                what: format!(
                    "both s, {SETTLE_S} of them export-sync's wait for a file that grows"
                ),
                figure: wall,
                bound: Bound::AtMost(AIRBYTE_S / TIMES_FASTER),
            });
            limits.push(Limit {
                what: format!("times faster than airbyte-source-sftp-bulk's {AIRBYTE_S} s"),
                figure: AIRBYTE_S / wall,
                bound: Bound::AtLeast(TIMES_FASTER),
            });
        }
        Ok(Section {
            title: format!("{} MB from SFTP to a table", bytes / 1_000_000),
            contenders: vec![sync, load, both],
            limits,
        })
    }

    /// Of no file and of many, so that what an invocation costs and what a file costs can be told apart.
    async fn calls(&self, file: &Path, small: &Path, progress: &Progress) -> Result<Section> {
        progress.say("pull: counting calls");
        let counting = Counting::start(&self.emulator.url, &self.http).await?;
        let scene = self.scene("bench-calls", 0).await?;
        let aws = &counting.url;
        scene.pull(aws, 0).await?;
        let idle = counting.take();
        for number in 0..FILES {
            scene.export(small, number)?;
        }
        scene.pull(aws, FILES as usize).await?;
        let pulled = counting.take();
        scene.load(aws, FILES as usize).await?;
        let loaded = counting.take();
        scene.pull(aws, 0).await?;
        let known = counting.take();
        scene.end()?;
        let scene = self.scene("bench-calls-of-one", 0).await?;
        scene.export(file, 0)?;
        scene.pull(aws, 1).await?;
        let pulled_one = counting.take();
        scene.load(aws, 1).await?;
        let loaded_one = counting.take();
        scene.end()?;

        let size = |file: &Path| -> Result<u64> { Ok(fs::metadata(file)?.len() / 1000) };
        let (small, large) = (size(small)?, size(file)? / 1000);
        let rows = [
            ("export-sync, nothing on the server".to_owned(), idle),
            (format!("export-sync, {FILES} files it knows"), known),
            (
                format!("export-sync, {FILES} new files of {small} kB"),
                pulled,
            ),
            (format!("export-load, these {FILES} in one batch"), loaded),
            (
                format!("export-sync, one new file of {large} MB"),
                pulled_one,
            ),
            ("export-load, this one".to_owned(), loaded_one),
        ];
        let names = rows.iter().flat_map(|(_, calls)| calls.counts.keys());
        let names: BTreeSet<&str> = names.map(String::as_str).collect();
        let contenders = rows.iter().map(|(name, calls)| row(name, calls, &names));
        Ok(Section {
            title: "Calls to AWS, and the time the emulator took for them".into(),
            contenders: contenders.collect(),
            limits: Vec::new(),
        })
    }
}

fn row(name: &str, calls: &Calls, names: &BTreeSet<&str>) -> Contender {
    let mut row = Contender::new(name);
    for name in names {
        let count = calls.counts.get(*name).copied().unwrap_or_default();
        row.add(name, f64::from(count));
    }
    row.add("emulator s", calls.waited.as_secs_f64());
    row
}
