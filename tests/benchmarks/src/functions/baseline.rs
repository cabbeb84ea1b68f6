//! What was measured before, in `baseline.json` beside the manifest, and what is worse now.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::sample::CPU;
use crate::figures::Section;
use crate::place;

/// More than this much of before is worse.
const TOLERATED: f64 = 1.1;
/// A median that differs by less than this is the same count.
const SAME: f64 = 0.005;

/// Figures by measure, by row, by section.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Baseline {
    /// What is asked of others for one invocation: the same on every machine.
    counts: Rows,
    /// µs; of the machine it was measured on.
    cpu: BTreeMap<String, f64>,
}

type Rows = BTreeMap<String, BTreeMap<String, f64>>;

impl Baseline {
    fn file() -> std::path::PathBuf {
        place::script("baseline.json")
    }

    pub(super) fn read() -> Result<Self> {
        let text = fs::read(Self::file())
            .context("there is no baseline.json: make one with --write-baseline")?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Of sections just measured.
    pub(super) fn of(counts: &Section, speed: Option<&Section>) -> Self {
        let rows = counts.contenders.iter().map(|row| {
            let measures = row.measures();
            let medians = measures.map(|measure| (measure.to_owned(), row.median(measure)));
            (row.name.clone(), medians.collect())
        });
        let cpu = speed.map(|speed| {
            let rows = speed.contenders.iter();
            rows.map(|row| (row.name.clone(), row.median(CPU).round()))
        });
        Self {
            counts: rows.collect(),
            cpu: cpu.into_iter().flatten().collect(),
        }
    }

    pub(super) fn write(&self) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(fs::write(Self::file(), text)?)
    }

    /// What is worse in `now`, a line each.
    pub(super) fn worse(&self, now: &Self) -> Vec<String> {
        let mut worse = Vec::new();
        let mut compare = |what: String, before: f64, now: f64| {
            if now > before * TOLERATED + SAME {
                worse.push(format!("WORSE {what}: {now:.0} instead of {before:.0}"));
            }
        };
        for (row, measures) in &now.counts {
            for (measure, figure) in measures {
                let before = self.counts.get(row).and_then(|row| row.get(measure));
                // A call that was not made before is worse than none.
                let before = before.copied().unwrap_or(0.0);
                compare(format!("{row}, {measure}"), before, *figure);
            }
        }
        for (row, figure) in &now.cpu {
            if let Some(before) = self.cpu.get(row) {
                compare(format!("{row}, {CPU}"), *before, *figure);
            }
        }
        worse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Contender;

    fn baseline(writes: f64, cpu: f64) -> Baseline {
        let mut row = Contender::new("inline");
        row.add("write requests", writes);
        let counts = Section::of_rows("Counts", vec![row]);
        let mut row = Contender::new("inline");
        row.add(CPU, cpu);
        Baseline::of(&counts, Some(&Section::of_rows("Speed", vec![row])))
    }

    #[test]
    fn more_than_a_tenth_is_worse_and_less_is_not() {
        let before = baseline(2.0, 100.0);
        assert!(before.worse(&baseline(2.0, 109.0)).is_empty());
        assert!(before.worse(&baseline(1.0, 10.0)).is_empty());
        assert_eq!(
            before.worse(&baseline(3.0, 112.0)),
            [
                "WORSE inline, write requests: 3 instead of 2",
                "WORSE inline, CPU µs: 112 instead of 100"
            ]
        );
    }

    #[test]
    fn a_call_that_was_not_made_before_is_worse() {
        let before = Baseline::default();
        assert_eq!(before.worse(&baseline(1.0, 1.0)).len(), 1);
        assert!(before.worse(&baseline(0.0, 1.0)).is_empty());
    }

    #[test]
    fn the_committed_baseline_can_be_read() {
        let baseline = Baseline::read().unwrap();
        assert!(!baseline.counts.is_empty());
    }
}
