//! When a file's window ended, and in which months of the ledger to look.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use exports::{FileName, Settings, Stamps};
use lake::{FileRecord, State};

/// The end of a file's window, or its moment: as its name has it, in the schedule's local time.
fn end(record: &FileRecord) -> Option<NaiveDateTime> {
    match FileName::parse(record.version.name()).stamps {
        Stamps::At(at) | Stamps::Range { to: at, .. } => Some(at),
        Stamps::None => None,
    }
}

/// The same in UTC.
pub(crate) fn end_utc(record: &FileRecord, settings: &Settings) -> Option<DateTime<Utc>> {
    let zone = zone(record, settings);
    let local = end(record)?;
    // Clocks jump over some local times: those are read as if they had not jumped yet.
    let at = zone.from_local_datetime(&local).earliest().or_else(|| {
        let before = zone.from_local_datetime(&(local - TimeDelta::hours(1)));
        Some(before.earliest()? + TimeDelta::hours(1))
    });
    Some(at?.to_utc())
}

fn zone(record: &FileRecord, settings: &Settings) -> Tz {
    let loaded = match &record.state {
        State::Loaded(table) | State::Superseded(table) => exports::Export::by_table(&table.table),
        _ => None,
    };
    let directory = record.version.path.rsplit('/').nth(1).unwrap_or_default();
    loaded
        .or_else(|| settings.export_of_directory(directory))
        .or_else(|| FileName::parse(record.version.name()).export)
        .map_or(settings.time_zone, |export| settings.time_zone(export))
}

/// The day a file belongs to: the last one of its window, so that an end at midnight is the day
/// before. Files whose name states no time belong to the day they were written on, in UTC.
pub(crate) fn day(record: &FileRecord) -> NaiveDate {
    match end(record) {
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
    use lake::{FileVersion, Origin};

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
    fn the_end_is_in_the_exports_own_zone() {
        let mut settings = Settings::new("h", "u");
        settings.time_zone = Tz::Europe__Brussels;
        let summer = record("/export/tag/[o][tag][01072026000000][02072026000000][u].csv");
        let end = end_utc(&summer, &settings).unwrap();
        assert_eq!(end.to_rfc3339(), "2026-07-01T22:00:00+00:00");
        // Brussels goes from 02:00 to 03:00 on this day.
        let jumped = record("/export/tag/[o][tag][29032026023000][29032026023000][u].csv");
        let end = end_utc(&jumped, &settings).unwrap();
        assert_eq!(end.to_rfc3339(), "2026-03-29T01:30:00+00:00");
        assert_eq!(end_utc(&record("/export/tag/tags.csv"), &settings), None);
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
