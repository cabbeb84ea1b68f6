//! Windows over the days on which clocks change.

use chrono::TimeDelta;
use chrono_tz::Tz;
use exports::{Calendar, Counts, Finding, Frequency, Landed, Stamps, examine};
use proptest::prelude::*;

use crate::files::{End, end_of, file, hourly, quiet, run, schedule, utc};

const BRUSSELS: Tz = Tz::Europe__Brussels;
const FREQUENCIES: [Frequency; 3] = [Frequency::Hourly, Frequency::Daily, Frequency::Weekly];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_schedule_that_ran_is_quiet_over_every_change_of_clocks(
        frequency in prop::sample::select(FREQUENCIES.to_vec()),
        zone in prop::sample::select(vec![
            Tz::UTC, BRUSSELS, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kolkata, Tz::Pacific__Apia,
        ]),
        start_day in 0..1400_i64,
        end in prop::sample::select(vec![End::Inclusive, End::Exclusive]),
        stated in any::<bool>(),
    ) {
        let start = utc("2018-01-01T00:00:00Z") + TimeDelta::days(start_day);
        let files = run(start, frequency, zone, 60, end);
        let schedule = schedule("messages", stated.then_some(frequency), zone);
        let calendar = examine(&schedule, &files, end_of(&files));
        prop_assert_eq!(calendar, Calendar::default());
    }

    #[test]
    fn files_left_out_are_gaps_and_the_last_ones_are_late_once(
        left_out in prop::collection::btree_set(1..30_usize, 0..12),
        end in prop::sample::select(vec![End::Inclusive, End::Exclusive]),
    ) {
        let all = run(utc("2021-03-01T00:00:00Z"), Frequency::Hourly, Tz::UTC, 30, end);
        let kept: Vec<Landed> = all.iter().enumerate()
            .filter(|(hour, _)| !left_out.contains(hour)).map(|(_, file)| file.clone()).collect();
        let now = utc("2021-03-02T10:00:00Z");
        let calendar = examine(&hourly(), &kept, now);
        // Now is four hours after the last of the 30 windows ended.
        let missing_at_the_end = (1..30).rev().take_while(|hour| left_out.contains(hour)).count();
        let between: Vec<usize> =
            left_out.iter().copied().filter(|hour| *hour < 30 - missing_at_the_end).collect();
        let runs = between.iter().filter(|hour| !between.contains(&(*hour - 1))).count();
        prop_assert_eq!(calendar.counts, Counts { gaps: runs, late: 1, ..Counts::default() });
        let covered: i64 = calendar.findings.iter().map(|finding| match finding {
            Finding::Gap { from, to } => (*to - *from).num_hours(),
            _ => 0,
        }).sum();
        prop_assert_eq!(covered, i64::try_from(between.len()).unwrap());
    }
}

#[test]
fn a_day_on_which_clocks_change_is_one_window_of_23_or_25_hours() {
    for (start, missing) in [
        (
            "2021-03-26T23:00:00Z",
            (utc("2021-03-27T23:00:00Z"), utc("2021-03-28T22:00:00Z")),
        ),
        (
            "2021-10-29T22:00:00Z",
            (utc("2021-10-30T22:00:00Z"), utc("2021-10-31T23:00:00Z")),
        ),
    ] {
        let mut files = run(utc(start), Frequency::Daily, BRUSSELS, 4, End::Inclusive);
        let schedule = schedule("messages", Some(Frequency::Daily), BRUSSELS);
        quiet(&examine(&schedule, &files, end_of(&files)));
        files.remove(1);
        assert_eq!(
            examine(&schedule, &files, end_of(&files)).findings,
            [Finding::Gap {
                from: missing.0,
                to: missing.1
            }]
        );
    }
}

#[test]
fn the_hour_that_comes_twice_is_two_windows_and_either_can_be_missing() {
    // 02:00 to 03:00 in Brussels, before and after clocks go back at 01:00 UTC.
    for end in [End::Inclusive, End::Exclusive] {
        let files = run(
            utc("2021-10-30T22:00:00Z"),
            Frequency::Hourly,
            BRUSSELS,
            6,
            end,
        );
        let schedule = schedule("messages", Some(Frequency::Hourly), BRUSSELS);
        quiet(&examine(&schedule, &files, end_of(&files)));
        for missing in [2, 3] {
            let mut files = files.clone();
            files.remove(missing);
            let from =
                utc("2021-10-30T22:00:00Z") + TimeDelta::hours(i64::try_from(missing).unwrap());
            assert_eq!(
                examine(&schedule, &files, end_of(&files)).findings,
                [Finding::Gap {
                    from,
                    to: from + TimeDelta::hours(1)
                }],
                "{end:?}"
            );
        }
    }
}

#[test]
fn the_hour_that_comes_twice_is_two_windows_even_when_both_files_came_late() {
    let mut files = run(
        utc("2021-10-30T22:00:00Z"),
        Frequency::Hourly,
        BRUSSELS,
        6,
        End::Inclusive,
    );
    for file in &mut files {
        file.exported_at += TimeDelta::hours(5);
    }
    let schedule = schedule("messages", Some(Frequency::Hourly), BRUSSELS);
    quiet(&examine(&schedule, &files, utc("2021-10-31T04:00:00Z")));
}

#[test]
fn without_a_frequency_the_usual_length_says_which_of_two_times_is_meant() {
    // Clocks go back by half an hour at 15:00 UTC: the window to 15:00 ends at the same local time as
    // one of half an hour would.
    let zone = Tz::Australia__Lord_Howe;
    for end in [End::Inclusive, End::Exclusive] {
        let files = run(
            utc("2018-03-31T10:00:00Z"),
            Frequency::Hourly,
            zone,
            10,
            end,
        );
        let schedule = schedule("messages", None, zone);
        quiet(&examine(&schedule, &files, end_of(&files)));
    }
}

#[test]
fn with_nothing_to_compare_to_a_window_is_the_shortest_it_can_be() {
    // Both stamps are in the hour that comes twice; read longer, the first would overlap the second.
    let mut files = run(
        utc("2021-10-31T00:00:00Z"),
        Frequency::Hourly,
        BRUSSELS,
        2,
        End::Inclusive,
    );
    for file in &mut files {
        file.exported_at += TimeDelta::days(1);
    }
    let schedule = schedule("messages", None, BRUSSELS);
    quiet(&examine(&schedule, &files, end_of(&files)));
}

#[test]
fn a_midnight_that_clocks_jump_over_is_the_days_first_instant() {
    // In Beirut, clocks went from 00:00 to 01:00 on this day, at 22:00 UTC.
    let zone = Tz::Asia__Beirut;
    let windows = [("26", "27"), ("27", "28"), ("28", "29")];
    let files: Vec<Landed> = windows
        .iter()
        .map(|(from, to)| {
            let midnight = |day| format!("2021-03-{day}T00:00:00").parse().unwrap();
            let stamps = Stamps::Range {
                from: midnight(from),
                to: midnight(to),
            };
            file(
                &format!("{from}.csv"),
                stamps,
                utc("2021-03-30T00:00:00Z"),
                from,
            )
        })
        .collect();
    for frequency in [Some(Frequency::Daily), None] {
        let schedule = schedule("messages", frequency, zone);
        quiet(&examine(&schedule, &files, utc("2021-03-29T12:00:00Z")));
        assert_eq!(
            examine(&schedule, &files[..1], utc("2021-03-28T10:00:00Z")).findings,
            frequency
                .map(|_| Finding::Late {
                    from: utc("2021-03-26T22:00:00Z"),
                    to: utc("2021-03-27T22:00:00Z"),
                    by_secs: 12 * 3600,
                })
                .into_iter()
                .collect::<Vec<_>>()
        );
        let without_the_day_before = [files[0].clone(), files[2].clone()];
        assert_eq!(
            examine(
                &schedule,
                &without_the_day_before,
                utc("2021-03-29T12:00:00Z")
            )
            .findings,
            [Finding::Gap {
                from: utc("2021-03-26T22:00:00Z"),
                to: utc("2021-03-27T22:00:00Z")
            }]
        );
    }
}
