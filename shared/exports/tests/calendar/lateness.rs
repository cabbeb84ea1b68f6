//! What is late, and when snapshots are expected.

use chrono::TimeDelta;
use chrono_tz::Tz;
use exports::{Counts, Finding, Frequency, Landed, examine, grace};

use crate::files::{self, End, end_of, hourly, hours, quiet, run, schedule, snapshot, utc};

const BRUSSELS: Tz = Tz::Europe__Brussels;
const FREQUENCIES: [Frequency; 3] = [Frequency::Hourly, Frequency::Daily, Frequency::Weekly];

#[test]
fn what_is_missing_between_files_is_one_gap_and_not_late() {
    let mut files = hours();
    files.drain(10..13);
    let calendar = examine(&hourly(), &files, end_of(&files));
    assert_eq!(
        calendar.findings,
        [Finding::Gap {
            from: utc("2021-03-01T10:00:00Z"),
            to: utc("2021-03-01T13:00:00Z")
        }]
    );
    assert_eq!(
        calendar.counts,
        Counts {
            gaps: 1,
            ..Counts::default()
        }
    );
}

#[test]
fn what_is_missing_at_the_end_is_late_and_no_gap() {
    let now = utc("2021-03-02T12:30:00Z");
    assert_eq!(
        examine(&hourly(), &hours(), now).findings,
        [Finding::Late {
            from: utc("2021-03-02T06:00:00Z"),
            to: utc("2021-03-02T10:00:00Z"),
            by_secs: 5 * 3600 + 1800,
        }]
    );
}

#[test]
fn a_file_is_late_only_after_its_grace() {
    for frequency in FREQUENCIES {
        let files = run(
            utc("2021-03-20T00:00:00Z"),
            frequency,
            BRUSSELS,
            5,
            End::Exclusive,
        );
        let all = run(
            utc("2021-03-20T00:00:00Z"),
            frequency,
            BRUSSELS,
            6,
            End::Exclusive,
        );
        let due = end_of(&all) - files::DELAY + grace(frequency);
        let schedule = schedule("messages", Some(frequency), BRUSSELS);
        quiet(&examine(&schedule, &files, due));
        let late = examine(&schedule, &files, due + TimeDelta::seconds(1));
        assert_eq!(
            late.counts,
            Counts {
                late: 1,
                ..Counts::default()
            },
            "{frequency:?}"
        );
    }
}

#[test]
fn snapshots_are_expected_every_period_give_or_take_some_minutes() {
    let daily = schedule("open_conversations", Some(Frequency::Daily), BRUSSELS);
    // Over the day with 25 hours, some minutes early or late.
    let mut files: Vec<Landed> = ["28T06:00", "29T06:03", "30T05:58", "31T07:01"]
        .iter()
        .map(|at| snapshot(utc(&format!("2021-10-{at}:00Z")), BRUSSELS))
        .collect();
    files.push(snapshot(utc("2021-11-01T07:00:00Z"), BRUSSELS));
    let now = utc("2021-11-02T07:00:00Z");
    quiet(&examine(&daily, &files, now));
    files.remove(2);
    assert_eq!(
        examine(&daily, &files, now).findings,
        [Finding::Gap {
            from: utc("2021-10-29T06:03:00Z"),
            to: utc("2021-10-31T07:01:00Z")
        }]
    );
    assert_eq!(
        examine(&daily, &files, utc("2021-11-02T14:00:00Z")).findings[0],
        Finding::Late {
            from: utc("2021-11-01T07:00:00Z"),
            to: utc("2021-11-02T07:00:00Z"),
            by_secs: 7 * 3600,
        }
    );
}

#[test]
fn snapshots_of_the_hour_that_comes_twice_are_two() {
    let hourly = schedule("open_conversations", Some(Frequency::Hourly), BRUSSELS);
    let files: Vec<Landed> = (0..6)
        .map(|hour| {
            snapshot(
                utc("2021-10-30T22:00:00Z") + TimeDelta::hours(hour),
                BRUSSELS,
            )
        })
        .collect();
    quiet(&examine(&hourly, &files, end_of(&files)));
}

#[test]
fn snapshots_alike_are_no_duplicates_but_the_same_moment_twice_is() {
    let hourly = schedule("open_conversations", Some(Frequency::Hourly), Tz::UTC);
    let mut files: Vec<Landed> = (0..4)
        .map(|hour| {
            snapshot(
                utc("2021-03-01T00:00:00Z") + TimeDelta::hours(hour),
                Tz::UTC,
            )
        })
        .collect();
    for file in &mut files {
        file.sha256 = Some("nothing changed".to_owned());
    }
    quiet(&examine(&hourly, &files, end_of(&files)));
    files.push(Landed {
        path: "again.csv".to_owned(),
        sha256: None,
        ..files[1].clone()
    });
    assert_eq!(
        examine(&hourly, &files, end_of(&files)).counts,
        Counts {
            duplicates: 1,
            ..Counts::default()
        }
    );
    // And told once where the bytes are the same too.
    files.push(Landed {
        path: "once more.csv".to_owned(),
        ..files[2].clone()
    });
    assert_eq!(
        examine(&hourly, &files, utc("2021-03-01T04:00:00Z"))
            .counts
            .duplicates,
        2
    );
}

#[test]
fn an_export_that_never_came_is_late_from_its_first_whole_window_on() {
    let now = utc("2021-03-02T12:00:00Z");
    let mut schedule = schedule("messages", Some(Frequency::Daily), BRUSSELS);
    quiet(&examine(&schedule, &[], now));
    schedule.since = Some(utc("2021-02-27T12:00:00Z"));
    assert_eq!(
        examine(&schedule, &[], now).findings,
        [Finding::Late {
            from: utc("2021-02-27T23:00:00Z"),
            to: utc("2021-03-01T23:00:00Z"),
            by_secs: 37 * 3600,
        }]
    );
    schedule.since = Some(utc("2021-03-01T12:00:00Z"));
    quiet(&examine(&schedule, &[], now));
}

#[test]
fn without_a_frequency_nothing_is_late_and_gaps_still_show() {
    let unknown = schedule("messages", None, Tz::UTC);
    let mut files = hours();
    quiet(&examine(&unknown, &files, utc("2022-01-01T00:00:00Z")));
    files.remove(5);
    assert_eq!(examine(&unknown, &files, end_of(&files)).counts.gaps, 1);
}

#[test]
fn a_schedule_that_begins_on_the_hour_has_its_first_window_there() {
    let mut schedule = hourly();
    for (since, from) in [
        ("2021-03-01T12:00:00Z", "2021-03-01T12:00:00Z"),
        ("2021-03-01T12:00:01Z", "2021-03-01T13:00:00Z"),
    ] {
        schedule.since = Some(utc(since));
        let found = examine(&schedule, &[], utc("2021-03-01T18:00:00Z")).findings;
        assert!(
            matches!(found[..], [Finding::Late { from: found, .. }] if found == utc(from)),
            "{found:?}"
        );
    }
}
