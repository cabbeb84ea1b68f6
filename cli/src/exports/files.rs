//! What became of files: the table and the JSON that pull, backfill and upload end with.

use anyhow::{Result, bail};
use lake::{FileRecord, State};
use serde::Serialize;

use super::wait::Waited;
use crate::output::{Align, Table, count, number, visible};

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FileReport {
    pub(crate) path: String,
    /// As in the ledger; `missing` where the ledger does not have it.
    pub(crate) state: &'static str,
    pub(crate) table: Option<String>,
    pub(crate) rows: Option<u64>,
    pub(crate) rejected: Option<u64>,
    /// Where its header differs from the export's definition.
    pub(crate) drift: Vec<String>,
    /// Why it is quarantined.
    pub(crate) reason: Option<String>,
}

impl FileReport {
    pub(crate) fn of(record: &FileRecord) -> Self {
        let mut report = Self {
            state: record.state.name(),
            ..Self::missing(&record.version.path)
        };
        match &record.state {
            State::Loaded(table) | State::Superseded(table) => {
                report.table = Some(table.table.clone());
                report.rows = Some(table.rows);
                report.rejected = Some(table.rejected);
                report.drift.clone_from(&table.drift);
            }
            State::Quarantined { reason, .. } => report.reason = Some(reason.clone()),
            _ => {}
        }
        report
    }

    /// A file that the ledger does not know.
    pub(crate) fn missing(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            state: "missing",
            table: None,
            rows: None,
            rejected: None,
            drift: Vec::new(),
            reason: None,
        }
    }

    pub(crate) fn is_quarantined(&self) -> bool {
        self.state == "quarantined"
    }

    fn is_open(&self) -> bool {
        matches!(
            self.state,
            "missing" | "waiting" | "pulling" | "landing" | "landed"
        )
    }
}

/// Reports on everything that was waited for.
pub(crate) fn reports(waited: &Waited) -> Vec<FileReport> {
    let settled = waited.settled.iter().map(FileReport::of);
    let open = waited.open.iter().map(|(version, known)| match known {
        Some(record) => FileReport::of(record),
        None => FileReport::missing(&version.path),
    });
    settled.chain(open).collect()
}

/// A line per file, and below it what is worth a look. Empty for no files.
pub(crate) fn render(files: &[FileReport]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        ("file", Align::Left),
        ("table", Align::Left),
        ("rows", Align::Right),
        ("rejected", Align::Right),
        ("state", Align::Left),
    ]);
    for file in files {
        let shown = |value: Option<u64>| value.map(number).unwrap_or_default();
        table.row([
            file.path.as_str(),
            file.table.as_deref().unwrap_or("-"),
            &shown(file.rows),
            &shown(file.rejected),
            file.state,
        ]);
    }
    let mut text = table.render();
    for file in files {
        for drift in &file.drift {
            text.push_str(&format!("drift: {}: {drift}\n", visible(&file.path)));
        }
        if let Some(reason) = &file.reason {
            text.push_str(&format!("quarantined: {}: {reason}\n", visible(&file.path)));
        }
    }
    text
}

/// An error if a file was quarantined or is still open.
pub(crate) fn judge(files: &[FileReport]) -> Result<()> {
    let quarantined = files.iter().filter(|file| file.is_quarantined()).count();
    let open = files.iter().filter(|file| file.is_open()).count();
    if open > 0 {
        bail!(
            "{} not loaded although nothing has changed for ten minutes: look at the log of export-load \
             and the queue landed-dead, then `sparkbridge exports status`",
            is_or_are(open)
        );
    }
    if quarantined > 0 {
        bail!(
            "{} quarantined: mend the cause, then `sparkbridge exports backfill` or upload it again",
            is_or_are(quarantined)
        );
    }
    Ok(())
}

fn is_or_are(files: usize) -> String {
    let verb = if files == 1 { "is" } else { "are" };
    format!("{} {verb}", count(files, "file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded() -> FileReport {
        FileReport {
            path: "/export/tag/x.csv".into(),
            state: "loaded",
            table: Some("tags".into()),
            rows: Some(1200),
            rejected: Some(0),
            drift: vec!["\"Mood\" is not known: kept in unknown_columns".into()],
            reason: None,
        }
    }

    fn quarantined() -> FileReport {
        FileReport {
            state: "quarantined",
            reason: Some("no header".into()),
            ..FileReport::missing("y.csv")
        }
    }

    #[test]
    fn each_file_has_a_line_and_what_is_odd_has_one_more() {
        let text = render(&[loaded(), quarantined()]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            "/export/tag/x.csv  tags   1,200         0  loaded"
        );
        assert_eq!(
            lines[2],
            "y.csv              -                       quarantined"
        );
        assert!(lines[3].starts_with("drift: /export/tag/x.csv: \"Mood\""));
        assert_eq!(lines[4], "quarantined: y.csv: no header");
        assert_eq!(render(&[]), "");
    }

    #[test]
    fn a_file_that_is_not_in_its_table_is_an_error() {
        assert!(judge(&[loaded()]).is_ok());
        let said = judge(&[loaded(), quarantined()]).unwrap_err().to_string();
        assert!(said.starts_with("1 file is quarantined"), "{said}");
        let open = FileReport {
            state: "landed",
            ..FileReport::missing("z.csv")
        };
        let said = judge(&[quarantined(), open]).unwrap_err().to_string();
        assert!(said.starts_with("1 file is not loaded"), "{said}");
    }
}
