//! What the local stamps of a file's name are in UTC.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::{Landed, Schedule};
use crate::{Frequency, Stamps};

/// The exporting server's clock and ours may differ by this much.
const CLOCKS: TimeDelta = TimeDelta::minutes(10);

/// A window in UTC; its end does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
}

/// The windows that a file's name can mean, likeliest first: where clocks go back, a local time is two.
///
/// Only those are left whose length is nearest to the schedule's period, or without that to the usual
/// length. Of these, one that ended before the file was written comes first, then the later one.
/// Empty where the name gives no window.
pub(super) fn candidates(
    file: &Landed,
    schedule: &Schedule,
    usual: Option<TimeDelta>,
) -> Vec<Window> {
    let mut windows: Vec<Window> = match file.stamps {
        Stamps::None => Vec::new(),
        // One stamp on an export of windows: its end.
        Stamps::At(to) => schedule.frequency.map_or_else(Vec::new, |frequency| {
            ends(to, schedule.zone)
                .into_iter()
                .map(|to| Window {
                    from: step_back(to, frequency, schedule.zone),
                    to,
                })
                .collect()
        }),
        Stamps::Range { from, to } => instants(from, schedule.zone)
            .into_iter()
            .flat_map(|from| {
                ends(to, schedule.zone)
                    .into_iter()
                    .map(move |to| Window { from, to })
            })
            .filter(|window| window.from < window.to)
            .collect(),
    };
    let misfit = |window: &Window| {
        let length = window.to - window.from;
        let off = match schedule.frequency {
            Some(frequency) => (step(window.from, frequency, schedule.zone) - window.to).abs(),
            None => usual.map_or(TimeDelta::zero(), |usual| (length - usual).abs()),
        };
        (off, length)
    };
    let Some(best) = windows.iter().map(misfit).min() else {
        return windows;
    };
    windows.retain(|window| misfit(window) == best);
    windows.sort_by_key(|window| {
        let from_the_future = window.to > file.exported_at + CLOCKS;
        (from_the_future, std::cmp::Reverse(window.to))
    });
    windows
}

/// The length most windows have, of those that can mean one time only.
pub(super) fn usual_length(schedule: &Schedule, files: &[&Landed]) -> Option<TimeDelta> {
    let mut counts: BTreeMap<TimeDelta, usize> = BTreeMap::new();
    for file in files {
        let Stamps::Range { from, to } = file.stamps else {
            continue;
        };
        if let ([from], [to]) = (
            instants(from, schedule.zone).as_slice(),
            ends(to, schedule.zone).as_slice(),
        ) {
            *counts.entry(*to - *from).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(length, _)| length)
}

/// A window's end may be written as its last second or as the first after it.
fn ends(local: NaiveDateTime, zone: Tz) -> Vec<DateTime<Utc>> {
    let inclusive = local.second() == 59;
    let last = if inclusive {
        TimeDelta::seconds(1)
    } else {
        TimeDelta::zero()
    };
    instants(local, zone)
        .into_iter()
        .map(|instant| instant + last)
        .collect()
}

/// The instants that a local time is: two where clocks go back. A time that clocks jump over is read
/// with the offset before the jump.
pub(super) fn instants(local: NaiveDateTime, zone: Tz) -> Vec<DateTime<Utc>> {
    let found = zone.from_local_datetime(&local);
    let mut instants: Vec<DateTime<Utc>> = [found.earliest(), found.latest()]
        .into_iter()
        .flatten()
        .map(|at| at.to_utc())
        .collect();
    instants.dedup();
    if instants.is_empty() {
        let before = (1..=24).find_map(|hours| {
            zone.from_local_datetime(&(local - TimeDelta::hours(hours)))
                .latest()
        });
        instants.extend(before.map(|before| {
            local.and_utc() - TimeDelta::seconds(i64::from(before.offset().fix().local_minus_utc()))
        }));
    }
    instants
}

/// The last of these instants that was over at that time, else the first.
pub(super) fn last_before(instants: &[DateTime<Utc>], at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    instants
        .iter()
        .rev()
        .find(|instant| **instant <= at + CLOCKS)
        .or(instants.first())
        .copied()
}

/// Where the window that begins here ends. A day or week is one of the zone, so 23 or 25 hours now and then.
pub(super) fn step(from: DateTime<Utc>, frequency: Frequency, zone: Tz) -> DateTime<Utc> {
    moved(from, frequency, zone, 1)
}

fn step_back(to: DateTime<Utc>, frequency: Frequency, zone: Tz) -> DateTime<Utc> {
    moved(to, frequency, zone, -1)
}

fn moved(at: DateTime<Utc>, frequency: Frequency, zone: Tz, steps: i64) -> DateTime<Utc> {
    let days = match frequency {
        Frequency::Hourly => return at + TimeDelta::hours(steps),
        Frequency::Daily => steps,
        Frequency::Weekly => 7 * steps,
    };
    let local = at.with_timezone(&zone).naive_local() + TimeDelta::days(days);
    instants(local, zone)
        .first()
        .copied()
        .unwrap_or(at + TimeDelta::days(days))
}

/// The first hour or local midnight at or after a time: where the first whole window begins.
pub(super) fn boundary_after(at: DateTime<Utc>, frequency: Frequency, zone: Tz) -> DateTime<Utc> {
    let local = at.with_timezone(&zone).naive_local();
    let (start, period) = match frequency {
        Frequency::Hourly => (
            local.date().and_time(hour_of(local.time())),
            TimeDelta::hours(1),
        ),
        Frequency::Daily | Frequency::Weekly => {
            (local.date().and_time(NaiveTime::MIN), TimeDelta::days(1))
        }
    };
    let next = if start < local { start + period } else { start };
    instants(next, zone)
        .into_iter()
        .find(|instant| *instant >= at)
        .unwrap_or(at)
}

fn hour_of(time: NaiveTime) -> NaiveTime {
    NaiveTime::from_hms_opt(time.hour(), 0, 0).unwrap_or(NaiveTime::MIN)
}
