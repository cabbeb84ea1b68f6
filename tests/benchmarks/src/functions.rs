//! The functions of conversations, in release and as Lambda runs them: what an invocation takes and asks for, and
//! whether that grows. AWS and Sparkcentral are stand-ins in this process that count.

mod aws;
mod baseline;
mod beside;
mod flask;
mod growth;
mod pass;
mod sample;
mod sparkcentral;
mod start;
mod webhook;
mod world;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;

use crate::figures::{Bound, Contender, Limit, Section};
use crate::one_core::OneCore;
use crate::report::Progress;
use baseline::Baseline;
use flask::Application;
use pass::{QUEUES, REMEMBERS, RULES, SECONDS_AFTER, Templates, Way};
use sample::{LINES, LONGEST, PEAK, QUEUED, WRITES};
use world::{INLINE, World};

pub(crate) use aws::Aws;

/// Messages of each way and run.
const MESSAGES: usize = 2_000;
/// The same where only counts matter.
const FEW: usize = 20;
/// Everything, in release. Each section is told as soon as it is measured. `sample`: a clone of the vendor's sample.
pub(crate) async fn measure(
    runs: u32,
    sample: Option<PathBuf>,
    write_baseline: bool,
    progress: &Progress,
    add: &mut impl FnMut(Section),
) -> Result<()> {
    progress.say("functions: conversations of 1 to 1,000 messages");
    let mut world = World::begin().await?;
    let wanted = [
        (INLINE, 2),
        (world::QUEUED, 2),
        (INLINE, 1),
        (INLINE, 10),
        (INLINE, 100),
        (INLINE, 1_000),
    ];
    let [inline, queued, one, ten, hundred, thousand] = world.templates(wanted).await?;
    let from = Templates { inline, queued };

    add(start::measure(&world, progress).await?);
    let mut passes = Vec::new();
    let one_core = OneCore::hold()?;
    for run in 1..=runs {
        progress.say(&format!("functions: run {run} of {runs}"));
        passes.push(pass::pass(&mut world, &from, MESSAGES).await?);
    }
    drop(one_core);
    let (speed, calls, counts) = (speed(&passes), calls(&passes), counts(&passes));
    compare(&counts, Some(&speed), write_baseline)?;
    let long = [(1, &one), (10, &ten), (100, &hundred), (1_000, &thousand)];
    for section in [speed, calls, counts] {
        add(section);
    }
    let others = [Some(Application::StandIn), sample.map(Application::Sample)];
    let others: Vec<_> = others.into_iter().flatten().collect();
    add(beside::measure(&mut world, &from.inline, &others, runs, progress).await?);
    add(growth::with_messages(&mut world, &long, runs, progress).await?);
    for section in growth::with_conversations(&mut world, &from.inline, runs, progress).await? {
        add(section);
    }
    Ok(())
}

/// Only what is asked of others, which is the same in debug.
pub(crate) async fn count(write_baseline: bool) -> Result<Vec<Section>> {
    let mut world = World::begin().await?;
    let [inline, queued] = world.templates([(INLINE, 2), (world::QUEUED, 2)]).await?;
    let from = Templates { inline, queued };
    let passes = [pass::pass(&mut world, &from, FEW).await?];
    let (calls, counts) = (calls(&passes), counts(&passes));
    compare(&counts, None, write_baseline)?;
    Ok(vec![calls, counts])
}

/// Says what became worse, and keeps the figures where that is asked for.
fn compare(counts: &Section, speed: Option<&Section>, write: bool) -> Result<()> {
    let now = Baseline::of(counts, speed);
    if write {
        return now.write();
    }
    let worse = Baseline::read()?.worse(&now);
    if worse.is_empty() {
        println!("nothing is more than 10 % worse than baseline.json");
    }
    for line in worse {
        println!("{line}");
    }
    Ok(())
}

/// The rows of all passes, each way once.
fn rows(passes: &[Vec<Way>], mut add: impl FnMut(&mut Contender, &Way)) -> Vec<Contender> {
    let mut rows: Vec<Contender> = Vec::new();
    for way in passes.iter().flatten() {
        let row = match rows.iter_mut().find(|row| row.name == way.0) {
            Some(row) => row,
            None => {
                rows.push(Contender::new(way.0));
                rows.last_mut()
                    .unwrap_or_else(|| unreachable!("just pushed"))
            }
        };
        add(row, way);
    }
    rows
}

fn median(rows: &[Contender], name: &str, measure: &str) -> f64 {
    let row = rows.iter().find(|row| row.name == name);
    row.map_or(f64::NAN, |row| row.median(measure))
}

fn at_most(what: &str, figure: f64, most: f64) -> Limit {
    Limit {
        what: what.to_owned(),
        figure,
        bound: Bound::AtMost(most),
    }
}

fn speed(passes: &[Vec<Way>]) -> Section {
    let rows = rows(passes, |row, (_, sample)| sample.add_speed(row));
    let peak = |row: &Contender| {
        row.name
            .starts_with("webhook-intake")
            .then(|| row.max(PEAK))
    };
    let peak = rows.iter().filter_map(peak).fold(0.0, f64::max);
    Section {
        title: "Functions, warm: one message after the other".into(),
        contenders: rows,
        limits: vec![at_most("webhook-intake's peak MiB, at most", peak, 24.0)],
    }
}

/// Which calls to AWS an invocation makes.
fn calls(passes: &[Vec<Way>]) -> Section {
    let ways = || passes.iter().flatten();
    let names = ways().flat_map(|(_, sample)| sample.operations().map(|(name, _)| name));
    let names: BTreeSet<&str> = names.collect();
    let contenders = rows(passes, |row, (_, sample)| {
        for name in &names {
            let found = sample.operations().find(|(found, _)| found == name);
            row.add(name, found.map_or(0.0, |(_, count)| count));
        }
    });
    Section::of_rows("Calls to AWS by one invocation", contenders)
}

/// What an invocation asks of others and what it logs.
fn counts(passes: &[Vec<Way>]) -> Section {
    let rows = rows(passes, |row, (_, sample)| sample.add_counts(row));
    let limit = |way: &str, measure: &str, most| {
        let what = format!("{way}, {measure}");
        at_most(&what, median(&rows, way, measure), most)
    };
    let mut limits = vec![limit(RULES, WRITES, 2.0), limit(RULES, QUEUED, 0.0)];
    for way in [RULES, SECONDS_AFTER, REMEMBERS, QUEUES] {
        limits.push(limit(way, LINES, 1.0));
        limits.push(limit(way, LONGEST, 600.0));
    }
    Section {
        title: "What one invocation asks of AWS and Sparkcentral, and logs".into(),
        contenders: rows,
        limits,
    }
}
