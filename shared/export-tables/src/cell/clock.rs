//! Wall-clock times of one time zone as UTC.
//!
//! ```text
//! clocks go back:                          clocks go forward:
//! UTC    ──┬────────┬────────┬────▶        UTC    ──┬─────────────┬────▶
//! local  01:00    02:00    02:00  03:00    local  01:00    02:00 = 03:00
//!                   └─ twice ┘                               └ never ┘
//! ambiguous: the earlier instant           impossible: as if the clocks had not changed yet
//! ```

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

const HOUR: i64 = 3600;
/// Hours remembered. A file's rows are near each other in time.
const REMEMBERED: usize = 512;
/// The longest gap known is a day: Samoa left out 30 December 2011.
const LONGEST_GAP_HOURS: i64 = 48;

/// A moment that a wall clock showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Seconds since 1970 in UTC.
    Sure(i64),
    /// The clocks showed it twice.
    Ambiguous(i64),
    /// The clocks never showed it.
    Impossible(i64),
}

/// Reads wall-clock times of one time zone.
pub(crate) struct Clock {
    zone: Tz,
    /// By hour: the offset that holds for the whole hour.
    offsets: Vec<(i64, i64)>,
}

impl Clock {
    pub(crate) fn new(zone: Tz) -> Self {
        Self {
            zone,
            offsets: vec![(i64::MIN, 0); REMEMBERED],
        }
    }

    /// `local`: seconds since 1970-01-01 00:00:00 on this clock.
    pub(crate) fn moment(&mut self, local: i64) -> Moment {
        let hour = local.div_euclid(HOUR);
        let slot = hour.rem_euclid(REMEMBERED as i64) as usize;
        if let Some(&(remembered, offset)) = self.offsets.get(slot)
            && remembered == hour
        {
            return Moment::Sure(local - offset);
        }
        // Clocks never change twice within an hour: when both its ends agree, all of it does.
        let (first, last) = (hour * HOUR, hour * HOUR + HOUR - 1);
        if let (Moment::Sure(from), Moment::Sure(to)) = (self.look_up(first), self.look_up(last))
            && first - from == last - to
        {
            self.offsets[slot] = (hour, first - from);
            return Moment::Sure(local - (first - from));
        }
        self.look_up(local)
    }

    /// The wall clock at a moment, both in seconds.
    pub(crate) fn local(&self, utc: i64) -> i64 {
        let moment = naive(utc);
        utc + seconds(self.zone.offset_from_utc_datetime(&moment).fix())
    }

    fn look_up(&self, local: i64) -> Moment {
        let wall = naive(local);
        match self.zone.offset_from_local_datetime(&wall) {
            MappedLocalTime::Single(offset) => Moment::Sure(local - seconds(offset.fix())),
            MappedLocalTime::Ambiguous(one, other) => {
                let latest_offset = seconds(one.fix()).max(seconds(other.fix()));
                Moment::Ambiguous(local - latest_offset)
            }
            MappedLocalTime::None => Moment::Impossible(local - self.offset_before_gap(wall)),
        }
    }

    fn offset_before_gap(&self, wall: NaiveDateTime) -> i64 {
        (1..=LONGEST_GAP_HOURS)
            .filter_map(|hours| wall.checked_sub_signed(TimeDelta::hours(hours)))
            .find_map(|earlier| self.zone.offset_from_local_datetime(&earlier).latest())
            .map_or(0, |offset| seconds(offset.fix()))
    }
}

fn naive(seconds: i64) -> NaiveDateTime {
    // Years of four digits are within chrono's range.
    DateTime::from_timestamp(seconds, 0)
        .unwrap_or_default()
        .naive_utc()
}

fn seconds(offset: chrono::FixedOffset) -> i64 {
    offset.local_minus_utc().into()
}

#[cfg(test)]
mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    use super::*;

    fn at(zone: Tz, text: &str) -> Moment {
        let wall: NaiveDateTime = text.parse().unwrap();
        Clock::new(zone).moment(wall.and_utc().timestamp())
    }

    fn utc(text: &str) -> i64 {
        text.parse::<NaiveDateTime>().unwrap().and_utc().timestamp()
    }

    #[test]
    fn a_time_is_moved_by_the_offset_of_its_season() {
        let zone = Tz::Europe__Brussels;
        assert_eq!(
            at(zone, "2024-01-15T12:00:00"),
            Moment::Sure(utc("2024-01-15T11:00:00"))
        );
        assert_eq!(
            at(zone, "2024-07-15T12:00:00"),
            Moment::Sure(utc("2024-07-15T10:00:00"))
        );
    }

    #[test]
    fn of_an_hour_that_comes_twice_the_earlier_is_taken() {
        let zone = Tz::Europe__Brussels;
        assert_eq!(
            at(zone, "2024-10-27T01:59:59"),
            Moment::Sure(utc("2024-10-26T23:59:59"))
        );
        assert_eq!(
            at(zone, "2024-10-27T02:00:00"),
            Moment::Ambiguous(utc("2024-10-27T00:00:00"))
        );
        assert_eq!(
            at(zone, "2024-10-27T02:59:59"),
            Moment::Ambiguous(utc("2024-10-27T00:59:59"))
        );
        assert_eq!(
            at(zone, "2024-10-27T03:00:00"),
            Moment::Sure(utc("2024-10-27T02:00:00"))
        );
    }

    #[test]
    fn an_hour_that_never_comes_is_read_as_if_the_clocks_had_not_changed_yet() {
        let zone = Tz::America__New_York;
        assert_eq!(
            at(zone, "2024-03-10T01:59:59"),
            Moment::Sure(utc("2024-03-10T06:59:59"))
        );
        assert_eq!(
            at(zone, "2024-03-10T02:30:00"),
            Moment::Impossible(utc("2024-03-10T07:30:00"))
        );
        assert_eq!(
            at(zone, "2024-03-10T03:00:00"),
            Moment::Sure(utc("2024-03-10T07:00:00"))
        );
    }

    #[test]
    fn half_an_hour_and_a_whole_day_are_gaps_too() {
        assert_eq!(
            at(Tz::Australia__Lord_Howe, "2024-10-06T02:15:00"),
            Moment::Impossible(utc("2024-10-05T15:45:00"))
        );
        assert_eq!(
            at(Tz::Australia__Lord_Howe, "2024-10-06T02:30:00"),
            Moment::Sure(utc("2024-10-05T15:30:00"))
        );
        assert_eq!(
            at(Tz::Pacific__Apia, "2011-12-30T12:00:00"),
            Moment::Impossible(utc("2011-12-30T22:00:00"))
        );
    }

    proptest! {
        #[test]
        fn what_is_remembered_is_what_would_be_looked_up(
            zone in 0..TZ_VARIANTS.len(),
            around in -2_000_000_000_i64..4_000_000_000,
            steps in proptest::collection::vec(-100_000_i64..100_000, 1..50),
        ) {
            let mut clock = Clock::new(TZ_VARIANTS[zone]);
            for step in steps {
                let local = around + step;
                prop_assert_eq!(clock.moment(local), clock.look_up(local));
            }
        }

        #[test]
        fn every_moment_comes_back_from_what_the_clock_showed(
            zone in 0..TZ_VARIANTS.len(),
            utc in -2_000_000_000_i64..4_000_000_000,
        ) {
            let mut clock = Clock::new(TZ_VARIANTS[zone]);
            let local = clock.local(utc);
            match clock.moment(local) {
                Moment::Sure(moment) => prop_assert_eq!(moment, utc),
                Moment::Ambiguous(earlier) => prop_assert!(earlier <= utc && clock.local(earlier) == local),
                Moment::Impossible(_) => prop_assert!(false, "the clock showed it"),
            }
        }
    }
}
