//! What the calendar says of the files in the ledger.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use exports::{Calendar, Export, FileName, Frequency, Landed, Schedule, Settings, examine};

use crate::file::{FileRecord, State};
use crate::ledger::{Ledger, LedgerError};

/// How far back a gap is worth an alarm.
fn looks_back(frequency: Option<Frequency>) -> TimeDelta {
    match frequency {
        Some(Frequency::Weekly) => TimeDelta::days(36),
        _ => TimeDelta::days(8),
    }
}

impl Ledger {
    /// What is missing, late or said twice of an export, in the last 8 days (weekly: 36).
    pub async fn calendar(
        &self,
        settings: &Settings,
        export: &'static Export,
        now: DateTime<Utc>,
    ) -> Result<Calendar, LedgerError> {
        let schedule = Schedule {
            export,
            frequency: settings.frequency(export),
            zone: settings.time_zone(export),
            since: None,
        };
        let from = now - looks_back(schedule.frequency);
        let mut files = Vec::new();
        for month in months(from.date_naive(), now.date_naive() + TimeDelta::days(1)) {
            let records = self.month(export.table, Some(month)).await?;
            let recent = records.iter().filter(|record| record.exported_at >= from);
            files.extend(recent.filter_map(landed));
        }
        Ok(examine(&schedule, &files, now))
    }
}

/// The first days of all months from one day to another.
fn months(from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let last = (to.year(), to.month());
    let mut found = Vec::new();
    let mut next = from.with_day(1);
    while let Some(month) = next.filter(|month| (month.year(), month.month()) <= last) {
        found.push(month);
        next = month.checked_add_months(chrono::Months::new(1));
    }
    found
}

fn landed(record: &FileRecord) -> Option<Landed> {
    let rows = match &record.state {
        State::Loaded(table) => Some(table.rows + table.rejected),
        State::Landing { .. } | State::Landed(_) | State::Quarantined { .. } => None,
        // Not the file's last version, or not a file yet.
        State::Superseded(_)
        | State::Waiting
        | State::Pulling { .. }
        | State::Unchanged { .. }
        | State::Outgrown => return None,
    };
    Some(Landed {
        path: record.version.path.clone(),
        version: u64::try_from(record.exported_at.timestamp()).unwrap_or_default(),
        stamps: FileName::parse(record.version.name()).stamps,
        exported_at: record.exported_at,
        sha256: record.landing().map(|landing| landing.sha256.clone()),
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_listed_across_a_year() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(
            months(day(2026, 12, 31), day(2027, 1, 1)),
            [day(2026, 12, 1), day(2027, 1, 1)]
        );
        assert_eq!(months(day(2026, 5, 3), day(2026, 5, 4)), [day(2026, 5, 1)]);
    }
}
