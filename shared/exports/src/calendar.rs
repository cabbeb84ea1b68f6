//! Compares the files that landed with the files a schedule should have written.
//!
//! Pure: the clock is an argument. A missing window that a later one follows is a gap; what is missing
//! after the last window is late, once, however long it lasts. So nothing alarms twice.

mod coverage;
mod window;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::{Export, Frequency, Stamps};
use coverage::{duplicates_by_content, gaps_and_overlaps, moments, snapshot_gaps, windows};

/// Windows are written to the second, and whether the last second belongs to a window is not
/// documented: neighbours may miss or share this much.
const SEAM: TimeDelta = TimeDelta::seconds(1);
/// Findings listed per kind, the newest; all are counted.
const LISTED: usize = 20;

/// One export's schedule, as Sparkcentral's screen has it.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// What it writes.
    pub export: &'static Export,
    /// How often. Without it no file is late and no snapshot missing.
    pub frequency: Option<Frequency>,
    /// The zone of the stamps in the files' names.
    pub zone: Tz,
    /// Since when files are expected, where no file has landed yet. Without it, only the first file
    /// starts the calendar.
    pub since: Option<DateTime<Utc>>,
}

/// One file that landed.
#[derive(Clone, Debug)]
pub struct Landed {
    /// Its path.
    pub path: String,
    /// Of files with the same path only the one with the highest version counts.
    pub version: u64,
    /// What its name says.
    pub stamps: Stamps,
    /// When it was written.
    pub exported_at: DateTime<Utc>,
    /// Its content's hash, where known.
    pub sha256: Option<String>,
    /// Its rows, loaded and rejected; `None` until it is loaded.
    pub rows: Option<u64>,
}

/// What the calendar shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// Newest first within each kind, at most 20 of each.
    pub findings: Vec<Finding>,
    /// All findings, also those not listed.
    pub counts: Counts,
}

/// How many findings there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Gaps; neighbouring windows are one.
    pub gaps: usize,
    /// Late files: 0 or 1.
    pub late: usize,
    /// Files that overlap one before them.
    pub overlaps: usize,
    /// Files that say again what another says.
    pub duplicates: usize,
    /// Files without rows.
    pub zero_rows: usize,
}

/// One thing that is not as it should be. Times are UTC, ends are exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// No file covers this time, and later files follow. Of a snapshot: nothing between two moments.
    Gap {
        /// The first second not covered.
        from: DateTime<Utc>,
        /// The first second covered again.
        to: DateTime<Utc>,
    },
    /// The files expected after the last one are missing.
    Late {
        /// Where the first missing window begins.
        from: DateTime<Utc>,
        /// Where the newest missing window ends.
        to: DateTime<Utc>,
        /// Seconds since the first missing window ended.
        by_secs: i64,
    },
    /// Two files cover some of the same time: two schedules write to the same directory, or the
    /// frequency or time zone was changed.
    Overlap {
        /// The path of the file that begins first.
        first: String,
        /// The path of the other.
        second: String,
        /// The first second in both.
        from: DateTime<Utc>,
        /// The first second no longer in both.
        to: DateTime<Utc>,
    },
    /// Two files say the same: exported twice, or two schedules of the same frequency.
    Duplicate {
        /// The path of the file exported first.
        first: String,
        /// The path of the other.
        second: String,
        /// What is the same.
        same: Same,
    },
    /// A file with a header and nothing else.
    ZeroRows {
        /// Its path.
        path: String,
    },
}

/// What two duplicates share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Same {
    /// Every byte.
    Content,
    /// The window or moment, with other content.
    Window,
}

/// How long after a window's end its file is not yet late.
///
/// Exports are generated in the background, and the next pull may be an hour away. An hourly file that
/// missed two pulls is worth a look; a day's file is larger and read in the morning; a week's can wait
/// for the next working day.
#[must_use]
pub const fn grace(frequency: Frequency) -> TimeDelta {
    match frequency {
        Frequency::Hourly => TimeDelta::hours(2),
        Frequency::Daily => TimeDelta::hours(6),
        Frequency::Weekly => TimeDelta::hours(24),
    }
}

/// Compares the files that landed with the schedule.
#[must_use]
pub fn examine(schedule: &Schedule, landed: &[Landed], now: DateTime<Utc>) -> Calendar {
    let files = newest_versions(landed);
    let mut found = duplicates_by_content(schedule.export, &files);
    if schedule.export.snapshot {
        let moments = moments(schedule, &files, &mut found);
        found.extend(snapshot_gaps(schedule, &moments));
        found.extend(late(schedule, moments.last().copied(), now));
    } else {
        let windows = windows(schedule, &files, &mut found);
        let end = gaps_and_overlaps(&windows, &mut found);
        found.extend(late(schedule, end, now));
    }
    let empty = files.iter().filter(|file| file.rows == Some(0));
    found.extend(empty.map(|file| Finding::ZeroRows {
        path: file.path.clone(),
    }));
    listed(found)
}

/// In the order they were exported.
fn newest_versions(landed: &[Landed]) -> Vec<&Landed> {
    let mut newest: BTreeMap<&str, &Landed> = BTreeMap::new();
    for file in landed {
        let kept = newest.entry(&file.path).or_insert(file);
        if file.version > kept.version {
            *kept = file;
        }
    }
    let mut files: Vec<&Landed> = newest.into_values().collect();
    files.sort_by(|a, b| (a.exported_at, &a.path).cmp(&(b.exported_at, &b.path)));
    files
}

fn late(schedule: &Schedule, end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Finding> {
    let frequency = schedule.frequency?;
    let from = match end {
        Some(end) => end,
        None => window::boundary_after(schedule.since?, frequency, schedule.zone),
    };
    let first = window::step(from, frequency, schedule.zone);
    let is_due = |end: DateTime<Utc>| now - end > grace(frequency);
    if !is_due(first) {
        return None;
    }
    let mut to = first;
    loop {
        let next = window::step(to, frequency, schedule.zone);
        if !is_due(next) || next <= to {
            break;
        }
        to = next;
    }
    Some(Finding::Late {
        from,
        to,
        by_secs: (now - first).num_seconds(),
    })
}

fn listed(found: Vec<Finding>) -> Calendar {
    let mut kinds: [Vec<Finding>; 5] = Default::default();
    for finding in found {
        kinds[match finding {
            Finding::Late { .. } => 0,
            Finding::Gap { .. } => 1,
            Finding::Overlap { .. } => 2,
            Finding::Duplicate { .. } => 3,
            Finding::ZeroRows { .. } => 4,
        }]
        .push(finding);
    }
    let [late, gaps, overlaps, duplicates, zero_rows] = kinds.each_ref().map(Vec::len);
    let counts = Counts {
        gaps,
        late,
        overlaps,
        duplicates,
        zero_rows,
    };
    // Each kind was found from old to new.
    let findings = kinds
        .into_iter()
        .flat_map(|kind| kind.into_iter().rev().take(LISTED))
        .collect();
    Calendar { findings, counts }
}
