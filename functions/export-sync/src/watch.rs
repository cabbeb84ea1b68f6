//! What is missing, as metrics: one record per finding's kind and export, and how far each table is behind.

use chrono::{DateTime, Utc};
use exports::{EXPORTS, Settings};
use lake::{LedgerError, Services, Telemetry};

/// Looks at every export that has a schedule.
pub(crate) async fn watch(
    services: &Services,
    telemetry: &Telemetry,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    for export in EXPORTS {
        if settings.frequency(export).is_none() {
            continue;
        }
        let ledger = &services.ledger;
        let newest = ledger.newest_window_end(settings, export, now).await?;
        // Before its first file, no table is behind.
        if let Some(end) = newest {
            telemetry.lag(export.table, age(end, now));
        }
        let counts = ledger.calendar(settings, export, now).await?.counts;
        let kinds = [
            ("gap", counts.gaps),
            ("late", counts.late),
            ("overlap", counts.overlaps),
            ("duplicate", counts.duplicates),
            ("zero_rows", counts.zero_rows),
        ];
        for (kind, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
            let mut record = telemetry.begin();
            record.table = export.table;
            record.reason = Some(count.to_string());
            record.finish(kind);
        }
    }
    Ok(())
}

/// Seconds since a window's end; none yet where a schedule's zone is set wrong.
fn age(end: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    u64::try_from((now - end).num_seconds()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_ends_in_the_future_is_not_behind() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let hour = chrono::TimeDelta::hours(1);
        assert_eq!(age(now - hour, now), 3_600);
        assert_eq!(age(now + hour, now), 0);
    }
}
