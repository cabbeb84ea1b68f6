//! To which day a file belongs, and in which months of the ledger to look.

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use lake::FileRecord;

/// The day a file belongs to: the last one of its window, so that an end at midnight is the day
/// before. Files whose name states no time belong to the day they were written on, in UTC.
pub(crate) fn day(record: &FileRecord) -> NaiveDate {
    match record.window_end_local() {
        Some(end) => (end - TimeDelta::seconds(1)).date(),
        None => record.exported_at.date_naive(),
    }
}

/// The first days of the months in which the ledger has the files of these days: it goes by the end
/// of the window, which may be the day after.
pub(crate) fn months(from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let last = to.succ_opt().unwrap_or(to);
    let last = (last.year(), last.month());
    let first = from.with_day(1);
    std::iter::successors(first, |month| month.checked_add_months(Months::new(1)))
        .take_while(|month| (month.year(), month.month()) <= last)
        .collect()
}

#[cfg(test)]
mod tests {
    use lake::{FileVersion, Origin, State};

    use super::*;

    fn day_of(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn record(path: &str) -> FileRecord {
        let at = day_of(2026, 5, 4).and_hms_opt(12, 0, 0).unwrap().and_utc();
        FileRecord {
            version: FileVersion {
                path: path.into(),
                origin: Origin::Sftp {
                    modified: 1,
                    size: 2,
                },
            },
            first_seen: at,
            exported_at: at,
            attempts: 1,
            published: Vec::new(),
            erased: None,
            state: State::Waiting,
        }
    }

    #[test]
    fn an_end_at_midnight_belongs_to_the_day_before() {
        let midnight = record("/export/tag/[o][tag][31032026000000][01042026000000][u].csv");
        assert_eq!(day(&midnight), day_of(2026, 3, 31));
        let noon = record("/export/tag/[o][tag][31032026000000][31032026120000][u].csv");
        assert_eq!(day(&noon), day_of(2026, 3, 31));
        assert_eq!(day(&record("/export/tag/tags.csv")), day_of(2026, 5, 4));
    }

    #[test]
    fn months_reach_to_the_day_after() {
        assert_eq!(
            months(day_of(2026, 12, 31), day_of(2026, 12, 31)),
            [day_of(2026, 12, 1), day_of(2027, 1, 1)]
        );
        assert_eq!(
            months(day_of(2026, 5, 3), day_of(2026, 5, 4)),
            [day_of(2026, 5, 1)]
        );
    }
}
