//! Which time the files cover, and what is between them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::window::{self, Window};
use super::{Finding, Landed, SEAM, Same, Schedule};
use crate::{ColumnType, Export, Stamps};

/// Files with the same bytes. Not those that may honestly be alike: without rows, of different
/// moments, or counts without a time in them.
pub(super) fn duplicates_by_content(export: &Export, files: &[&Landed]) -> Vec<Finding> {
    let has_times = export
        .columns
        .iter()
        .any(|column| matches!(column.kind, ColumnType::Timestamp | ColumnType::TimeOfDay));
    let tells_apart = has_times && !export.snapshot;
    let mut first: BTreeMap<(&str, Option<String>), &Landed> = BTreeMap::new();
    let mut found = Vec::new();
    for file in files {
        let Some(hash) = file
            .sha256
            .as_deref()
            .filter(|_| file.rows.is_some_and(|rows| rows > 0))
        else {
            continue;
        };
        let stamps = (!tells_apart).then(|| format!("{:?}", file.stamps));
        match first.get(&(hash, stamps.clone())) {
            Some(before) => found.push(duplicate(before, file, Same::Content)),
            None => {
                first.insert((hash, stamps), file);
            }
        }
    }
    found
}

fn duplicate(first: &Landed, second: &Landed, same: Same) -> Finding {
    Finding::Duplicate {
        first: first.path.clone(),
        second: second.path.clone(),
        same,
    }
}

fn is_known_duplicate(found: &[Finding], file: &Landed) -> bool {
    found
        .iter()
        .any(|f| matches!(f, Finding::Duplicate { second, .. } if *second == file.path))
}

/// The snapshots' moments in order, each once.
pub(super) fn moments(
    schedule: &Schedule,
    files: &[&Landed],
    found: &mut Vec<Finding>,
) -> Vec<DateTime<Utc>> {
    let mut taken: BTreeMap<DateTime<Utc>, &Landed> = BTreeMap::new();
    for file in files {
        let (Stamps::At(local) | Stamps::Range { to: local, .. }) = file.stamps else {
            continue;
        };
        let candidates = window::instants(local, schedule.zone);
        let free = |moment: &&DateTime<Utc>| !taken.contains_key(moment);
        let preferred = window::last_before(&candidates, file.exported_at);
        match candidates
            .iter()
            .find(|m| Some(**m) == preferred && free(m))
            .or(candidates.iter().find(free))
        {
            Some(moment) => {
                taken.insert(*moment, file);
            }
            None => {
                let before = preferred.and_then(|moment| taken.get(&moment));
                if let Some(before) = before.filter(|_| !is_known_duplicate(found, file)) {
                    found.push(duplicate(before, file, Same::Window));
                }
            }
        }
    }
    taken.into_keys().collect()
}

pub(super) fn snapshot_gaps(schedule: &Schedule, moments: &[DateTime<Utc>]) -> Vec<Finding> {
    let Some(frequency) = schedule.frequency else {
        return Vec::new();
    };
    let missed = |from: DateTime<Utc>, to: DateTime<Utc>| {
        let expected = window::step(from, frequency, schedule.zone);
        // Snapshots start a little early or late; the second expected one is nearer than the first.
        to - expected > (expected - from) / 2
    };
    moments
        .windows(2)
        .filter_map(|pair| match pair {
            &[from, to] if missed(from, to) => Some(Finding::Gap { from, to }),
            _ => None,
        })
        .collect()
}

/// Each file's window, in the order they begin; of the same window only the first file.
pub(super) fn windows<'a>(
    schedule: &Schedule,
    files: &[&'a Landed],
    found: &mut Vec<Finding>,
) -> Vec<(Window, &'a Landed)> {
    let usual = window::usual_length(schedule, files);
    let mut taken: BTreeMap<Window, &'a Landed> = BTreeMap::new();
    for file in files {
        let candidates = window::candidates(file, schedule, usual);
        match candidates.iter().find(|window| !taken.contains_key(window)) {
            Some(window) => {
                taken.insert(*window, file);
            }
            None => {
                let before = candidates.first().and_then(|window| taken.get(window));
                if let Some(before) = before.filter(|_| !is_known_duplicate(found, file)) {
                    found.push(duplicate(before, file, Same::Window));
                }
            }
        }
    }
    taken.into_iter().collect()
}

/// Pushes what is between the windows, and returns where the last one ends.
pub(super) fn gaps_and_overlaps(
    windows: &[(Window, &Landed)],
    found: &mut Vec<Finding>,
) -> Option<DateTime<Utc>> {
    let mut covered: Option<(DateTime<Utc>, &Landed)> = None;
    for (window, file) in windows {
        if let Some((end, before)) = covered {
            if window.from - end > SEAM {
                found.push(Finding::Gap {
                    from: end,
                    to: window.from,
                });
            }
            let shared = end.min(window.to);
            if shared - window.from > SEAM && !is_known_duplicate(found, file) {
                found.push(Finding::Overlap {
                    first: before.path.clone(),
                    second: file.path.clone(),
                    from: window.from,
                    to: shared,
                });
            }
        }
        if covered.is_none_or(|(end, _)| window.to > end) {
            covered = Some((window.to, file));
        }
    }
    covered.map(|(end, _)| end)
}
