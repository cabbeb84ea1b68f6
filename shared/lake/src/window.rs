//! When a file's window ended, and how far that makes its table be behind.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use exports::{Export, FileName, Settings, Stamps};

use crate::file::{FileRecord, State};
use crate::ledger::{Ledger, LedgerError};

/// Months that are looked through for the newest window, this one included: a table that is further
/// behind is given up on.
const MONTHS: u32 = 13;

impl FileRecord {
    /// The end of its window, or its moment, as its name has it: in the schedule's local time.
    pub fn window_end_local(&self) -> Option<NaiveDateTime> {
        match FileName::parse(self.version.name()).stamps {
            Stamps::At(at) | Stamps::Range { to: at, .. } => Some(at),
            Stamps::None => None,
        }
    }

    /// The same in UTC.
    pub fn window_end(&self, settings: &Settings) -> Option<DateTime<Utc>> {
        let zone = self.time_zone(settings);
        let local = self.window_end_local()?;
        // Clocks jump over some local times: those are read as if they had not jumped yet.
        let at = zone.from_local_datetime(&local).earliest().or_else(|| {
            let before = zone.from_local_datetime(&(local - TimeDelta::hours(1)));
            Some(before.earliest()? + TimeDelta::hours(1))
        });
        Some(at?.to_utc())
    }

    fn time_zone(&self, settings: &Settings) -> Tz {
        let loaded = match &self.state {
            State::Loaded(table) | State::Superseded(table) => Export::by_table(&table.table),
            _ => None,
        };
        let directory = self.version.path.rsplit('/').nth(1).unwrap_or_default();
        loaded
            .or_else(|| settings.export_of_directory(directory))
            .or_else(|| FileName::parse(self.version.name()).export)
            .map_or(settings.time_zone, |export| settings.time_zone(export))
    }
}

impl Ledger {
    /// Where the newest window ends whose rows are in the export's table. `None` where no such file
    /// was written in the last year.
    pub async fn newest_window_end(
        &self,
        settings: &Settings,
        export: &'static Export,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, LedgerError> {
        for month in months_back(now.date_naive()) {
            let records = self.month(export.table, Some(month)).await?;
            let end = newest(&records, settings);
            if end.is_some() {
                return Ok(end);
            }
        }
        Ok(None)
    }
}

fn newest(records: &[FileRecord], settings: &Settings) -> Option<DateTime<Utc>> {
    let loaded = records
        .iter()
        .filter(|record| matches!(record.state, State::Loaded(_)));
    loaded
        .filter_map(|record| record.window_end(settings))
        .max()
}

/// The first days of months, the newest first. A window that ends tomorrow in the schedule's zone may
/// be in tomorrow's month.
fn months_back(today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let tomorrow = today.succ_opt().unwrap_or(today);
    let mut next = tomorrow.with_day(1);
    (0..MONTHS).map_while(move |_| {
        let month = next?;
        next = month.checked_sub_months(Months::new(1));
        Some(month)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Landing, Table};
    use crate::{FileVersion, Origin};

    fn record(path: &str, state: State) -> FileRecord {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
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
            state,
        }
    }

    fn loaded() -> State {
        State::Loaded(Table {
            landing: Landing {
                sha256: "ab".into(),
                bytes: 2,
                unterminated: false,
            },
            table: "tags".into(),
            rows: 1,
            rejected: 0,
            rejected_by_reason: std::collections::BTreeMap::new(),
            drift: Vec::new(),
            doubtful_times: 0,
            keys: Vec::new(),
            loaded_at: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        })
    }

    fn end(path: &str, settings: &Settings) -> Option<String> {
        let end = record(path, State::Waiting).window_end(settings);
        end.map(|end| end.to_rfc3339())
    }

    #[test]
    fn the_end_is_in_the_exports_own_zone() {
        let mut settings = Settings::new("h", "u");
        settings.time_zone = Tz::Europe__Brussels;
        for (path, expected) in [
            (
                "/export/tag/[o][tag][01072026000000][02072026000000][u].csv",
                Some("2026-07-01T22:00:00+00:00"),
            ),
            // Brussels goes from 02:00 to 03:00 on this day.
            (
                "/export/tag/[o][tag][29032026023000][29032026023000][u].csv",
                Some("2026-03-29T01:30:00+00:00"),
            ),
            ("/export/tag/tags.csv", None),
        ] {
            assert_eq!(end(path, &settings).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn only_windows_whose_rows_are_in_the_table_count() {
        let settings = Settings::new("h", "u");
        let day = |from: u32, state| {
            let path = format!(
                "/export/tag/[o][tag][{from:02}072026000000][{:02}072026000000][u].csv",
                from + 1
            );
            record(&path, state)
        };
        let records = [
            day(3, loaded()),
            day(1, loaded()),
            day(4, State::Waiting),
            record("/export/tag/tags.csv", loaded()),
        ];
        let end = newest(&records, &settings).unwrap();
        assert_eq!(end.to_rfc3339(), "2026-07-04T00:00:00+00:00");
        assert_eq!(newest(&records[2..], &settings), None);
    }

    #[test]
    fn months_go_back_a_year_from_tomorrows() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let months: Vec<_> = months_back(day(2026, 12, 31)).collect();
        assert_eq!(months[..2], [day(2027, 1, 1), day(2026, 12, 1)]);
        assert_eq!(months.last(), Some(&day(2026, 1, 1)));
    }
}
