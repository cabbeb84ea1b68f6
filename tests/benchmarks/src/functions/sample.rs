//! What a function took for some invocations.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::aws::{Calls, SECRET, SETTINGS};
use super::world::World;
use crate::figures::Contender;
use crate::measured;
use crate::runtime::{Answer, Function};

pub(super) const CPU: &str = "CPU µs";
pub(super) const PEAK: &str = crate::figures::PEAK;
pub(super) const WRITES: &str = "write requests";
pub(super) const QUEUED: &str = "SQS messages";
pub(super) const LINES: &str = "log lines";
pub(super) const LONGEST: &str = "longest line, bytes";
/// Events that are made at once. They carry times, so that none may wait for seconds.
const AT_ONCE: usize = 100;
/// Calls that write to DynamoDB.
const WRITING: [&str; 5] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
    "BatchWriteItem",
];

pub(super) struct Sample {
    invocations: usize,
    cpu: Duration,
    peak_mib: f64,
    /// In order of length.
    took: Vec<Duration>,
    calls: Calls,
    /// Of Sparkcentral, and the bytes of their bodies.
    replies: (u64, u64),
    log: Vec<usize>,
}

impl Sample {
    /// Invokes a function once for each conversation or message. `event` makes the event, some before they are needed,
    /// so that the function's caches stay its own meanwhile; `judge` says whether the answer is one.
    pub(super) async fn of<T>(
        world: &mut World,
        function: &mut Function,
        of: &[T],
        mut event: impl FnMut(&mut World, &T) -> axum::body::Bytes,
        judge: impl Fn(&Answer) -> Result<()>,
    ) -> Result<Self> {
        ensure!(!of.is_empty(), "nothing to measure");
        let process = function.process()?;
        let logged = function.logged()?.len();
        world.aws.take_calls();
        world.sparkcentral.take();
        let mut took = Vec::with_capacity(of.len());
        let mut cpu = Duration::ZERO;
        for some in of.chunks(AT_ONCE) {
            let events: Vec<_> = some.iter().map(|one| event(world, one)).collect();
            let before = measured::cpu_of_threads(process)?;
            for event in events {
                let answer = function.invoke(event).await?;
                judge(&answer)?;
                took.push(answer.took);
            }
            cpu += measured::cpu_of_threads(process)?.saturating_sub(before);
        }
        took.sort();
        let log = function.logged()?;
        // With the line's end.
        let log = log[logged..].lines().map(|line| line.len() + 1).collect();
        Ok(Self {
            invocations: of.len(),
            cpu,
            peak_mib: measured::so_far(process)?.1,
            took,
            calls: world.aws.take_calls(),
            replies: world.sparkcentral.take(),
            log,
        })
    }

    fn each(&self, number: u64) -> f64 {
        number as f64 / self.invocations as f64
    }

    pub(super) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.invocations as f64
    }

    fn percentile_us(&self, percent: usize) -> f64 {
        let index = (self.took.len() * percent / 100).min(self.took.len() - 1);
        self.took[index].as_secs_f64() * 1e6
    }

    /// Adds what it took in time and memory.
    pub(super) fn add_speed(&self, to: &mut Contender) {
        to.add(CPU, self.cpu_us());
        to.add("p50 µs", self.percentile_us(50));
        to.add("p99 µs", self.percentile_us(99));
        to.add(PEAK, self.peak_mib);
    }

    /// Adds what it asked for, for each invocation.
    pub(super) fn add_counts(&self, to: &mut Contender) {
        let of = |names: &[&str]| {
            let counts = names
                .iter()
                .filter_map(|name| self.calls.by_name.get(*name));
            self.each(counts.sum())
        };
        to.add(WRITES, of(&WRITING));
        to.add("write units", self.each(self.calls.write_units));
        to.add("reads", of(&["GetItem", "BatchGetItem", "Query", "Scan"]));
        to.add(
            "read units",
            self.calls.read_units / self.invocations as f64,
        );
        to.add(QUEUED, of(&["SendMessage"]));
        to.add("replies to Sparkcentral", self.each(self.replies.0));
        to.add(
            "bytes out",
            self.each(self.calls.bytes_out + self.replies.1).round(),
        );
        to.add("bytes in", self.each(self.calls.bytes_in).round());
        to.add(LINES, self.each(self.log.len() as u64));
        to.add(
            "log bytes",
            self.each(self.log.iter().sum::<usize>() as u64).round(),
        );
        let longest = self.log.iter().max().copied().unwrap_or_default();
        to.add(LONGEST, longest as f64);
    }

    /// How often each operation of AWS was called, for each invocation; without what is asked for once in a while.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&str, f64)> {
        let named = self.calls.by_name.iter();
        let named = named.filter(|(name, _)| *name != SETTINGS && *name != SECRET);
        named.map(|(name, count)| (name.as_str(), self.each(*count)))
    }
}
