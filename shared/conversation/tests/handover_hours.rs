//! Business hours: time zones, holidays, nights, changes of the clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use conversation::{HandoverSettings, Hours, Opening};
use proptest::prelude::*;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

fn at(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

fn hours(toml: &str) -> Hours {
    toml::from_str(toml).unwrap()
}

#[test]
fn opening_hours_follow_the_clock_of_their_time_zone() {
    let hours = hours(
        r#"
        time_zone = "Europe/Brussels"
        monday = ["09:00-12:00", "13:00-17:30"]
        friday = ["22:00-02:00"]
        sunday = ["00:00-24:00"]
        [holidays]
        "2026-12-25" = []
        "2026-12-24" = ["09:00-12:00", "23:00-03:00"]
        "2026-10-10" = []
        "#,
    );
    for (moment, expected) in [
        ("2026-10-05T06:59:59Z", Opening::OutsideHours),
        ("2026-10-05T07:00:00Z", Opening::Open),
        ("2026-10-05T09:59:59Z", Opening::Open),
        ("2026-10-05T10:00:00Z", Opening::OutsideHours),
        ("2026-10-05T15:29:59Z", Opening::Open),
        ("2026-10-05T15:30:00Z", Opening::OutsideHours),
        // Tuesday is left out.
        ("2026-10-06T10:00:00Z", Opening::OutsideHours),
        // Friday's night goes on on Saturday.
        ("2026-10-02T19:59:59Z", Opening::OutsideHours),
        ("2026-10-02T20:00:00Z", Opening::Open),
        ("2026-10-02T23:59:59Z", Opening::Open),
        ("2026-10-03T00:00:00Z", Opening::OutsideHours),
        // But not into a holiday.
        ("2026-10-09T21:59:59Z", Opening::Open),
        ("2026-10-09T22:00:00Z", Opening::Holiday),
        // A whole Sunday.
        ("2026-10-03T22:00:00Z", Opening::Open),
        ("2026-10-04T21:59:59Z", Opening::Open),
        ("2026-10-04T22:00:00Z", Opening::OutsideHours),
        // A holiday with hours of its own, whose night ends where the next holiday begins.
        ("2026-12-24T08:00:00Z", Opening::Open),
        ("2026-12-24T11:00:00Z", Opening::Holiday),
        ("2026-12-24T22:30:00Z", Opening::Open),
        ("2026-12-24T23:00:00Z", Opening::Holiday),
    ] {
        assert_eq!(hours.at(at(moment)), expected, "{moment}");
    }
}

#[test]
fn a_holiday_closes_the_whole_day_on_its_own_clock_and_no_other() {
    let hours = hours("time_zone = \"America/New_York\"\nholidays = { \"2026-07-03\" = [] }");
    let first = at("2026-07-03T04:00:00Z");
    for minute in 0..24 * 60 {
        assert_eq!(
            hours.at(first + Duration::minutes(minute)),
            Opening::Holiday
        );
    }
    // Without any weekday every other day is open.
    assert_eq!(hours.at(first - Duration::SECOND), Opening::Open);
    assert_eq!(hours.at(first + Duration::DAY), Opening::Open);
}

#[test]
fn an_hour_that_summer_time_skips_is_never_reached_and_one_repeated_is_open_twice() {
    let hours = hours("time_zone = \"Europe/Brussels\"\nsunday = [\"02:00-03:00\"]");
    let open_minutes = |from: &str| {
        let from = at(from);
        (0..6 * 60)
            .filter(|minute| hours.at(from + Duration::minutes(*minute)) == Opening::Open)
            .count()
    };
    assert_eq!(
        open_minutes("2026-03-28T23:00:00Z"),
        0,
        "from 2:00 to 3:00 at once"
    );
    assert_eq!(
        open_minutes("2026-10-24T22:00:00Z"),
        120,
        "from 3:00 back to 2:00"
    );
    assert_eq!(open_minutes("2026-10-31T23:00:00Z"), 60, "any other Sunday");
    // Hours around the gap: 1:30 to 3:30 is one hour long in March.
    let around = crate::hours("time_zone = \"Europe/Brussels\"\nsunday = [\"01:30-03:30\"]");
    let from = at("2026-03-28T23:00:00Z");
    let open = (0..6 * 60).filter(|m| around.at(from + Duration::minutes(*m)) == Opening::Open);
    assert_eq!(open.count(), 60);
}

proptest! {
    #[test]
    fn what_a_span_and_the_rest_of_the_day_cover_is_the_whole_day(
        from in 0..1440_u32, to in 0..1440_u32, minute in 0..7 * 1440_i64,
    ) {
        prop_assume!(from != to);
        let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let week = |span: String| {
            let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
            let days = days.map(|day| format!("{day} = [\"{span}\"]"));
            hours(&format!("time_zone = \"UTC\"\n{}", days.join("\n")))
        };
        let (day, night) = (
            week(format!("{}-{}", clock(from), clock(to))),
            week(format!("{}-{}", clock(to), clock(from))),
        );
        let now = at("2026-10-05T00:00:00Z") + Duration::minutes(minute);
        prop_assert_ne!(day.at(now), night.at(now));
    }
}

#[test]
fn a_channels_hours_replace_the_agents() {
    let settings: HandoverSettings = toml::from_str(
        r#"
        [hours]
        time_zone = "UTC"
        monday = ["09:00-17:00"]
        [channels."0-chat".hours]
        time_zone = "UTC"
        monday = ["09:00-21:00"]
        [channels."0-plain"]
        "#,
    )
    .unwrap();
    let evening = at("2026-10-05T19:00:00Z");
    assert_eq!(settings.opening(Some("0-chat"), evening), Opening::Open);
    for channel in [None, Some("0-plain"), Some("0-other")] {
        assert_eq!(settings.opening(channel, evening), Opening::OutsideHours);
    }
    assert_eq!(
        HandoverSettings::default().opening(None, evening),
        Opening::Open
    );
}
