//! The days a report is about, in the reader's time zone; the tables' times are UTC.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// The longest report, in days: a column for each day must still be seen.
const MOST_DAYS: i64 = 366;

/// Whole days of a time zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Period {
    pub(super) from: NaiveDate,
    /// The last day.
    pub(super) to: NaiveDate,
    pub(super) zone: Tz,
    begin: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Period {
    pub(super) fn new(from: NaiveDate, to: NaiveDate, zone: Tz) -> Result<Self> {
        ensure!(
            from <= to,
            "--from {from} is after --to {to}: give the earlier day first"
        );
        let days = (to - from).num_days() + 1;
        ensure!(
            days <= MOST_DAYS,
            "{days} days are too many for one page: give at most {MOST_DAYS}"
        );
        let after = to.checked_add_days(Days::new(1));
        let after = after.context("--to is beyond the calendar")?;
        Ok(Self {
            from,
            to,
            zone,
            begin: begin_of(from, zone)?,
            end: begin_of(after, zone)?,
        })
    }

    /// The first moment, as SQL.
    pub(super) fn begin(&self) -> String {
        literal(self.begin)
    }

    /// The first moment after it, as SQL.
    pub(super) fn end(&self) -> String {
        literal(self.end)
    }

    /// The day and hour in the reader's zone of a moment as Athena writes it.
    pub(super) fn local(&self, utc: &str) -> Result<(NaiveDate, u32)> {
        let utc = utc.get(..19).unwrap_or(utc);
        let at = NaiveDateTime::parse_from_str(utc, "%Y-%m-%d %H:%M:%S")
            .with_context(|| format!("the answer has {utc:?} where a time should be"))?;
        let local = self.zone.from_utc_datetime(&at);
        Ok((local.date_naive(), local.hour()))
    }

    pub(super) fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let to = self.to;
        self.from.iter_days().take_while(move |day| *day <= to)
    }
}

/// The first moment of a day. Where clocks skip midnight it is the first one there is.
fn begin_of(day: NaiveDate, zone: Tz) -> Result<DateTime<Utc>> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    (0..=12)
        .filter_map(|quarter| {
            let at = midnight + TimeDelta::minutes(15 * quarter);
            zone.from_local_datetime(&at).earliest()
        })
        .map(|at| at.to_utc())
        .next()
        .with_context(|| format!("{day} has no beginning in {zone}"))
}

fn literal(at: DateTime<Utc>) -> String {
    format!("TIMESTAMP '{}'", at.format("%Y-%m-%d %H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_is_whole_days_of_the_readers_zone() {
        let summer = Period::new(day("2026-07-01"), day("2026-07-02"), Tz::Europe__Brussels);
        let summer = summer.unwrap();
        assert_eq!(summer.begin(), "TIMESTAMP '2026-06-30 22:00:00'");
        assert_eq!(summer.end(), "TIMESTAMP '2026-07-02 22:00:00'");
        assert_eq!(summer.days().count(), 2);
        let local = summer.local("2026-06-30 22:15:00.000").unwrap();
        assert_eq!(local, (day("2026-07-01"), 0));
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_begins_after_it() {
        // Beirut's clocks went from 00:00 to 01:00.
        let jump = Period::new(day("2024-03-31"), day("2024-03-31"), Tz::Asia__Beirut).unwrap();
        assert_eq!(jump.begin(), "TIMESTAMP '2024-03-30 22:00:00'");
        assert_eq!(jump.end(), "TIMESTAMP '2024-03-31 21:00:00'");
    }

    #[test]
    fn days_in_the_wrong_order_and_too_many_are_refused() {
        let refused = |from, to| {
            let period = Period::new(day(from), day(to), Tz::UTC);
            period.unwrap_err().to_string()
        };
        assert!(refused("2026-07-02", "2026-07-01").contains("earlier day first"));
        assert!(refused("2024-01-01", "2026-01-01").contains("at most 366"));
    }
}
