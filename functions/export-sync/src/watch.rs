//! What is missing, as metrics: one record per finding's kind and export.

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
        let counts = services
            .ledger
            .calendar(settings, export, now)
            .await?
            .counts;
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
