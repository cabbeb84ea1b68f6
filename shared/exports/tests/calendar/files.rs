//! Files as a schedule writes them.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use exports::{Calendar, Export, Frequency, Landed, Schedule, Stamps};

/// From a window's end until its file is written.
pub(crate) const DELAY: TimeDelta = TimeDelta::minutes(4);

/// How a window's end is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Its last second.
    Inclusive,
    /// The first second after it.
    Exclusive,
}

pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn schedule(table: &str, frequency: Option<Frequency>, zone: Tz) -> Schedule {
    Schedule {
        export: Export::by_table(table).unwrap(),
        frequency,
        zone,
        since: None,
    }
}

pub(crate) fn file(path: &str, stamps: Stamps, exported_at: DateTime<Utc>, sha256: &str) -> Landed {
    Landed {
        path: path.to_owned(),
        version: 1,
        stamps,
        exported_at,
        sha256: Some(sha256.to_owned()),
        rows: Some(7),
    }
}

/// That many files, one after the other: hours from `start`, days and weeks from local midnight.
pub(crate) fn run(
    start: DateTime<Utc>,
    frequency: Frequency,
    zone: Tz,
    count: i64,
    end: End,
) -> Vec<Landed> {
    let first_day = start.with_timezone(&zone).date_naive();
    // The first instant of a local day, whatever clocks do at midnight.
    let midnight = |day: i64| {
        let day = first_day + TimeDelta::days(day);
        (0..48)
            .find_map(|half_hours| {
                let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(30 * half_hours);
                zone.from_local_datetime(&local).earliest()
            })
            .unwrap()
            .to_utc()
    };
    let boundary = |number: i64| match frequency {
        Frequency::Hourly => start + TimeDelta::hours(number),
        Frequency::Daily => midnight(number),
        Frequency::Weekly => midnight(7 * number),
    };
    (0..count)
        .map(|number| {
            let (from, to) = (boundary(number), boundary(number + 1));
            let last = match end {
                End::Inclusive => to - TimeDelta::seconds(1),
                End::Exclusive => to,
            };
            let local = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local();
            let name = match frequency {
                Frequency::Hourly => "hourly",
                Frequency::Daily => "daily",
                Frequency::Weekly => "weekly",
            };
            let stamps = Stamps::Range {
                from: local(from),
                to: local(last),
            };
            file(
                &format!("{name}-{number}.csv"),
                stamps,
                to + DELAY,
                &format!("hash-{number}"),
            )
        })
        .collect()
}

pub(crate) fn snapshot(at: DateTime<Utc>, zone: Tz) -> Landed {
    let stamps = Stamps::At(at.with_timezone(&zone).naive_local());
    file(&format!("{at}.csv"), stamps, at, &format!("hash {at}"))
}

pub(crate) fn quiet(calendar: &Calendar) {
    assert_eq!(*calendar, Calendar::default());
}

/// 30 hourly files from 2021-03-01 00:00 UTC.
pub(crate) fn hours() -> Vec<Landed> {
    run(
        utc("2021-03-01T00:00:00Z"),
        Frequency::Hourly,
        Tz::UTC,
        30,
        End::Inclusive,
    )
}

pub(crate) fn hourly() -> exports::Schedule {
    schedule("messages", Some(Frequency::Hourly), Tz::UTC)
}

pub(crate) fn end_of(files: &[Landed]) -> DateTime<Utc> {
    files.last().unwrap().exported_at
}
