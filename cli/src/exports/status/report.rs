//! What the records of some files come to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use exports::Settings;
use lake::{FileRecord, State};
use serde::Serialize;

/// Some files together.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Report {
    /// By state.
    pub(super) files: BTreeMap<&'static str, usize>,
    /// In the tables.
    pub(super) rows: u64,
    pub(super) rejected: u64,
    pub(super) rejected_by_reason: BTreeMap<String, u64>,
    /// Local times that clocks passed twice or never.
    pub(super) doubtful_times: u64,
    /// Where the newest window in the tables ends.
    pub(super) newest_window_end: Option<DateTime<Utc>>,
    /// Seconds since then.
    pub(super) age_secs: Option<i64>,
    /// Where headers differ from the export's definition: each difference once.
    pub(super) drift: BTreeSet<String>,
    pub(super) quarantined: Vec<Quarantined>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Quarantined {
    pub(super) path: String,
    pub(super) reason: String,
    /// Of its bytes.
    pub(super) key: String,
}

impl Report {
    pub(super) fn of(files: &[FileRecord], settings: &Settings, now: DateTime<Utc>) -> Self {
        let mut report = Self::default();
        for file in files {
            *report.files.entry(file.state.name()).or_default() += 1;
            match &file.state {
                State::Loaded(table) => {
                    report.rows += table.rows;
                    report.rejected += table.rejected;
                    report.doubtful_times += table.doubtful_times;
                    for (reason, rows) in &table.rejected_by_reason {
                        let of_reason = report.rejected_by_reason.entry(reason.clone());
                        *of_reason.or_default() += rows;
                    }
                    report.drift.extend(table.drift.iter().cloned());
                    let end = file.window_end(settings);
                    report.newest_window_end = report.newest_window_end.max(end);
                }
                State::Quarantined { reason, key, .. } => report.quarantined.push(Quarantined {
                    path: file.version.path.clone(),
                    reason: reason.clone(),
                    key: key.clone(),
                }),
                _ => {}
            }
        }
        report
            .quarantined
            .sort_by(|one, other| one.path.cmp(&other.path));
        let age = report.newest_window_end.map(|end| now - end);
        report.age_secs = age.map(|age| age.num_seconds());
        report
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use lake::{FileVersion, Landing, Origin, Table};

    use super::*;

    fn record(day: u32, state: State) -> FileRecord {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        FileRecord {
            version: FileVersion {
                path: format!(
                    "/export/tag/[o][tag][{day:02}032026000000][{:02}032026000000][u].csv",
                    day + 1
                ),
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

    fn landing() -> Landing {
        Landing {
            sha256: "ab".into(),
            bytes: 2,
            unterminated: false,
        }
    }

    fn loaded(rows: u64, rejected: u64, drift: &str) -> State {
        State::Loaded(Table {
            landing: landing(),
            table: "tags".into(),
            rows,
            rejected,
            rejected_by_reason: [("too_short".to_owned(), rejected)].into(),
            drift: vec![drift.into()],
            doubtful_times: 1,
            keys: Vec::new(),
            loaded_at: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        })
    }

    #[test]
    fn files_add_up_and_what_was_replaced_does_not_count() {
        let State::Loaded(replaced) = loaded(99, 9, "old") else {
            unreachable!()
        };
        let files = [
            record(1, loaded(10, 1, "\"Mood\" is not known")),
            record(2, loaded(20, 2, "\"Mood\" is not known")),
            record(3, State::Superseded(replaced)),
            record(
                4,
                State::Quarantined {
                    landing: landing(),
                    reason: "no header".into(),
                    key: "quarantine/x".into(),
                },
            ),
        ];
        let now = DateTime::parse_from_rfc3339("2026-03-04T00:00:00Z")
            .unwrap()
            .to_utc();
        let report = Report::of(&files, &Settings::new("h", "u"), now);
        assert_eq!(
            report.files,
            [("loaded", 2), ("quarantined", 1), ("superseded", 1)].into()
        );
        assert_eq!(
            (report.rows, report.rejected, report.doubtful_times),
            (30, 3, 2)
        );
        assert_eq!(
            report.rejected_by_reason,
            [("too_short".to_owned(), 3)].into()
        );
        assert_eq!(report.drift.len(), 1);
        assert_eq!(report.age_secs, Some(24 * 3600));
        assert_eq!(report.quarantined[0].reason, "no header");
        assert!(Report::of(&[], &Settings::new("h", "u"), now).is_empty());
    }
}
