//! The status for people: a line per export, then a line per finding.

use exports::{Finding, Same};

use super::report::Report;
use super::{OfExport, Status};
use crate::output::{Align, Table, age, number, visible};

pub(super) fn text(status: &Status) -> String {
    let mut text = format!(
        "stage {}, files of the last {} days, as of {}\n",
        status.stage,
        status.days,
        status.as_of.format("%Y-%m-%d %H:%M UTC")
    );
    if !status.configured {
        text.push_str("no SFTP server is configured: `sparkbridge exports configure`\n");
    }
    let mut table = Table::new([
        ("export", Align::Left),
        ("files", Align::Left),
        ("rows", Align::Right),
        ("rejected", Align::Right),
        ("newest window ends", Align::Left),
        ("age", Align::Right),
        ("findings", Align::Left),
    ]);
    for of in &status.exports {
        row(&mut table, of.table, &of.report, &counts(of));
    }
    for (name, report) in [("unknown", &status.unknown), ("inbox", &status.inbox)] {
        if !report.is_empty() {
            row(&mut table, name, report, "");
        }
    }
    text.push_str(&table.render());
    for of in &status.exports {
        for finding in &of.calendar.findings {
            text.push_str(&format!("{}: {}\n", of.table, told(finding)));
        }
        odd(&mut text, of.table, &of.report);
    }
    odd(&mut text, "unknown", &status.unknown);
    odd(&mut text, "inbox", &status.inbox);
    text
}

fn row(table: &mut Table, name: &str, report: &Report, findings: &str) {
    let files = report.files.iter();
    let files: Vec<_> = files
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let files = match files.is_empty() {
        true => "-".to_owned(),
        false => files.join(", "),
    };
    let end = report
        .newest_window_end
        .map(|end| end.format("%Y-%m-%d %H:%M").to_string());
    table.row([
        name,
        &files,
        &number(report.rows),
        &number(report.rejected),
        end.as_deref().unwrap_or("-"),
        &report.age_secs.map(age).unwrap_or_default(),
        findings,
    ]);
}

fn counts(of: &OfExport) -> String {
    let counts = of.calendar.counts;
    let kinds = [
        ("late", counts.late),
        ("gap", counts.gaps),
        ("overlap", counts.overlaps),
        ("duplicate", counts.duplicates),
        ("zero rows", counts.zero_rows),
    ];
    let found = kinds.into_iter().filter(|(_, count)| *count > 0);
    let found: Vec<_> = found
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    found.join(", ")
}

fn told(finding: &Finding) -> String {
    match finding {
        Finding::Gap { from, to } => format!("gap: no file from {from} to {to}"),
        Finding::Late { from, to, by_secs } => {
            format!("late by {}: no file from {from} to {to}", age(*by_secs))
        }
        Finding::Overlap {
            first,
            second,
            from,
            to,
        } => format!(
            "overlap from {from} to {to}: {} and {}",
            visible(first),
            visible(second)
        ),
        Finding::Duplicate {
            first,
            second,
            same,
        } => {
            let same = match same {
                Same::Content => "the same content",
                Same::Window => "the same window with other content",
            };
            format!(
                "duplicate, {same}: {} and {}",
                visible(first),
                visible(second)
            )
        }
        Finding::ZeroRows { path } => format!("zero rows: {}", visible(path)),
    }
}

fn odd(text: &mut String, name: &str, report: &Report) {
    for (reason, rows) in &report.rejected_by_reason {
        text.push_str(&format!("{name}: rejected, {reason}: {}\n", number(*rows)));
    }
    if report.doubtful_times > 0 {
        let times = number(report.doubtful_times);
        text.push_str(&format!("{name}: {times} doubtful local times\n"));
    }
    for drift in &report.drift {
        text.push_str(&format!("{name}: drift: {drift}\n"));
    }
    for file in &report.quarantined {
        let path = visible(&file.path);
        text.push_str(&format!("{name}: quarantined: {path}: {}\n", file.reason));
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use exports::{Calendar, Counts};

    use super::super::report::Quarantined;
    use super::*;

    #[test]
    fn findings_and_quarantines_have_a_line_each() {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let report = Report {
            files: [("loaded", 2), ("quarantined", 1)].into(),
            rows: 1200,
            newest_window_end: Some(at),
            age_secs: Some(7200),
            quarantined: vec![Quarantined {
                path: "/export/tag/x.csv".into(),
                reason: "no header".into(),
                key: "quarantine/x".into(),
            }],
            ..Report::default()
        };
        let finding = Finding::Gap { from: at, to: at };
        let status = Status {
            stage: "dev".into(),
            as_of: at,
            days: 8,
            configured: false,
            exports: vec![OfExport {
                table: "tags",
                report,
                calendar: Calendar {
                    findings: vec![finding],
                    counts: Counts {
                        gaps: 1,
                        ..Counts::default()
                    },
                },
            }],
            unknown: Report::default(),
            inbox: Report::default(),
        };
        let text = text(&status);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(lines[1].contains("exports configure"), "{text}");
        assert_eq!(
            lines[3],
            "tags    2 loaded, 1 quarantined  1,200         0  2026-11-18 11:06    2 h  1 gap"
        );
        assert!(
            lines[4].starts_with("tags: gap: no file from 2026-11-18"),
            "{text}"
        );
        assert_eq!(lines[5], "tags: quarantined: /export/tag/x.csv: no header");
    }
}
