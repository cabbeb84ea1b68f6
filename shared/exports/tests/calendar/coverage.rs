//! Gaps, overlaps, duplicates, and files without rows.

use chrono::TimeDelta;
use chrono_tz::Tz;
use exports::{Counts, Finding, Frequency, Landed, Same, Stamps, examine};

use crate::files::{End, end_of, file, hourly, hours, quiet, run, schedule, utc};

#[test]
fn neighbours_may_share_or_miss_a_second() {
    let mut files = hours();
    for file in files.iter_mut().step_by(2) {
        if let Stamps::Range { to, .. } = &mut file.stamps {
            *to += TimeDelta::seconds(2);
        }
    }
    for file in files.iter_mut().skip(1).step_by(6) {
        if let Stamps::Range { from, .. } = &mut file.stamps {
            *from += TimeDelta::seconds(2);
        }
    }
    quiet(&examine(&hourly(), &files, end_of(&files)));
    if let Stamps::Range { to, .. } = &mut files[4].stamps {
        *to += TimeDelta::seconds(1);
    }
    assert_eq!(
        examine(&hourly(), &files, end_of(&files)).counts.overlaps,
        1
    );
}

#[test]
fn a_days_file_among_hours_overlaps_them() {
    let mut files = hours();
    let end = end_of(&files);
    let day = run(
        utc("2021-03-01T00:00:00Z"),
        Frequency::Daily,
        Tz::UTC,
        1,
        End::Exclusive,
    );
    files.push(Landed {
        sha256: None,
        ..day[0].clone()
    });
    let calendar = examine(&hourly(), &files, end);
    assert_eq!(
        calendar.counts,
        Counts {
            overlaps: 24,
            ..Counts::default()
        }
    );
    assert_eq!(
        calendar.findings[0],
        Finding::Overlap {
            first: "daily-0.csv".to_owned(),
            second: "hourly-23.csv".to_owned(),
            from: utc("2021-03-01T23:00:00Z"),
            to: utc("2021-03-02T00:00:00Z"),
        }
    );
}

#[test]
fn the_same_window_twice_is_a_duplicate_and_no_overlap() {
    let mut files = hours();
    files.push(Landed {
        path: "again.csv".to_owned(),
        sha256: Some("other".to_owned()),
        ..files[3].clone()
    });
    let calendar = examine(&hourly(), &files, end_of(&hours()));
    assert_eq!(
        calendar.counts,
        Counts {
            duplicates: 1,
            ..Counts::default()
        }
    );
    let Finding::Duplicate {
        first,
        second,
        same,
    } = &calendar.findings[0]
    else {
        panic!("{calendar:?}")
    };
    assert_eq!(*same, Same::Window);
    let mut paths = [first.as_str(), second.as_str()];
    paths.sort_unstable();
    assert_eq!(paths, ["again.csv", "hourly-3.csv"]);
}

#[test]
fn the_same_bytes_twice_are_a_duplicate_told_once() {
    let mut files = hours();
    files.push(Landed {
        path: "hourly-3 (1).csv".to_owned(),
        ..files[3].clone()
    });
    files.push(file(
        "by-hand.csv",
        Stamps::None,
        utc("2021-03-01T20:00:00Z"),
        "hash-5",
    ));
    let calendar = examine(&hourly(), &files, end_of(&hours()));
    assert_eq!(
        calendar.counts,
        Counts {
            duplicates: 2,
            ..Counts::default()
        }
    );
    assert!(calendar.findings.iter().all(|finding| matches!(
        finding,
        Finding::Duplicate {
            same: Same::Content,
            ..
        }
    )));
}

#[test]
fn files_without_rows_are_told_and_not_taken_for_duplicates() {
    let mut files = hours();
    for file in &mut files[4..8] {
        file.sha256 = Some("header-only".to_owned());
        file.rows = Some(0);
    }
    let calendar = examine(&hourly(), &files, end_of(&files));
    assert_eq!(
        calendar.counts,
        Counts {
            zero_rows: 4,
            ..Counts::default()
        }
    );
    assert_eq!(
        calendar.findings[0],
        Finding::ZeroRows {
            path: "hourly-7.csv".to_owned()
        }
    );
}

#[test]
fn counts_that_happen_to_be_alike_are_no_duplicates() {
    let mut files = hours();
    for file in &mut files {
        file.sha256 = Some("quiet hour".to_owned());
    }
    let end = end_of(&files);
    quiet(&examine(
        &schedule("topics", Some(Frequency::Hourly), Tz::UTC),
        &files,
        end,
    ));
    assert_eq!(examine(&hourly(), &files, end).counts.duplicates, 29);
}

#[test]
fn only_the_newest_version_of_a_path_counts() {
    let mut files = hours();
    files.push(Landed {
        version: 2,
        rows: Some(0),
        sha256: Some("new".to_owned()),
        ..files[3].clone()
    });
    files.push(Landed {
        version: 1,
        ..files[3].clone()
    });
    let calendar = examine(&hourly(), &files, end_of(&hours()));
    assert_eq!(
        calendar.findings,
        [Finding::ZeroRows {
            path: "hourly-3.csv".to_owned()
        }]
    );
}

#[test]
fn a_list_of_findings_is_capped_and_counted_whole() {
    let files: Vec<Landed> = run(
        utc("2021-03-01T00:00:00Z"),
        Frequency::Hourly,
        Tz::UTC,
        100,
        End::Exclusive,
    )
    .into_iter()
    .step_by(2)
    .collect();
    let calendar = examine(&hourly(), &files, end_of(&files));
    assert_eq!(
        calendar.counts,
        Counts {
            gaps: 49,
            ..Counts::default()
        }
    );
    assert_eq!(calendar.findings.len(), 20);
    // The newest first.
    assert_eq!(
        calendar.findings[0],
        Finding::Gap {
            from: utc("2021-03-05T01:00:00Z"),
            to: utc("2021-03-05T02:00:00Z")
        }
    );
}

#[test]
fn one_stamp_on_an_export_of_windows_is_the_windows_end() {
    let mut files = hours();
    for file in &mut files {
        if let Stamps::Range { to, .. } = file.stamps {
            file.stamps = Stamps::At(to);
        }
    }
    quiet(&examine(&hourly(), &files, end_of(&files)));
    files.remove(9);
    assert_eq!(examine(&hourly(), &files, end_of(&files)).counts.gaps, 1);
}

#[test]
fn files_by_hand_and_windows_that_end_before_they_begin_stay_out_of_the_calendar() {
    let files = [
        file(
            "by-hand.csv",
            Stamps::None,
            utc("2021-03-01T00:00:00Z"),
            "a",
        ),
        file(
            "reversed.csv",
            Stamps::Range {
                from: "2021-03-02T00:00:00".parse().unwrap(),
                to: "2021-03-01T00:00:00".parse().unwrap(),
            },
            utc("2021-03-01T00:00:00Z"),
            "b",
        ),
    ];
    quiet(&examine(&hourly(), &files, utc("2021-04-01T00:00:00Z")));
}

#[test]
fn the_same_bytes_under_an_overlapping_window_are_a_duplicate_and_no_overlap() {
    let mut files = hours();
    let mut again = Landed {
        path: "again.csv".to_owned(),
        ..files[3].clone()
    };
    again.exported_at += TimeDelta::minutes(1);
    if let Stamps::Range { from, .. } = &mut again.stamps {
        *from += TimeDelta::minutes(30);
    }
    files.push(again);
    let calendar = examine(&hourly(), &files, end_of(&hours()));
    assert_eq!(
        calendar.counts,
        Counts {
            duplicates: 1,
            ..Counts::default()
        }
    );
}
