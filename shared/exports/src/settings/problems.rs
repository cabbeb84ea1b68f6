//! Says everything that is wrong with settings at once.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use super::{ExportSettings, Settings, Treatment};
use crate::{ColumnType, EXPORTS, Export, UNKNOWN_COLUMNS};

/// Longer, and one invocation waits more than it pulls.
const LONGEST_SETTLE_SECS: u64 = 60;
/// Base64 characters of a SHA-256 without padding.
const FINGERPRINT: usize = 43;

pub(super) fn of(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    server(settings, &mut problems);
    if let Some(key) = &settings.host_key
        && !is_fingerprint(key)
    {
        problems.push(
            "host_key: not a fingerprint: write SHA256: and the 43 characters that `ssh-keygen -l` prints"
                .to_owned(),
        );
    }
    if settings.settle_secs > LONGEST_SETTLE_SECS {
        problems.push(format!(
            "settle_secs: {} is too long: write at most {LONGEST_SETTLE_SECS}",
            settings.settle_secs
        ));
    }
    for (table, own) in &settings.exports {
        match Export::by_table(table) {
            Some(export) => of_export(export, own, &mut problems),
            None => problems.push(format!(
                "exports.{table}: no such table: write one of {}",
                EXPORTS
                    .iter()
                    .map(|export| export.table)
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        }
    }
    shared_directories(settings, &mut problems);
    problems
}

fn server(settings: &Settings, problems: &mut Vec<String>) {
    let host = settings.host.as_str();
    let is_address = host.parse::<Ipv6Addr>().is_ok();
    let is_name = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if !is_address && !is_name {
        problems.push(
            "host: not a server's name: write it without scheme, user, port and path, like \
             exports-eu.sparkcentral.com"
                .to_owned(),
        );
    }
    if settings.port == 0 {
        problems.push("port: 0 is no port: write 22 or leave it out".to_owned());
    }
    if settings.user.trim().is_empty() {
        problems.push("user: empty: write the FTP user made on Sparkcentral's screen".to_owned());
    }
    if !settings.root.starts_with('/') {
        problems
            .push("root: not absolute: write it from the server's root, like /export".to_owned());
    }
    if !has_plain_parts(&settings.root) {
        problems.push("root: has a `.` or `..` part: write the directory itself".to_owned());
    }
}

fn has_plain_parts(path: &str) -> bool {
    path.split('/').all(|part| part != "." && part != "..")
}

fn is_fingerprint(key: &str) -> bool {
    let Some(digest) = key.strip_prefix("SHA256:") else {
        return false;
    };
    digest.len() == FINGERPRINT
        && digest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        // 43 characters are two bits more than 32 bytes, and those are zero.
        && digest.ends_with(['A', 'E', 'I', 'M', 'Q', 'U', 'Y', 'c', 'g', 'k', 'o', 's', 'w', '0', '4', '8'])
}

fn of_export(export: &'static Export, own: &ExportSettings, problems: &mut Vec<String>) {
    let table = export.table;
    if let Some(directory) = &own.directory {
        if directory.trim_matches('/').is_empty() {
            problems.push(format!(
                "exports.{table}.directory: empty: write a directory or leave it out"
            ));
        } else if directory.starts_with('/') || !has_plain_parts(directory) {
            problems.push(format!(
                "exports.{table}.directory: not below root: write it relative to root, without `.` and `..`"
            ));
        }
    }
    for (name, treatment) in &own.columns {
        if let Some(problem) = of_column(export, name, *treatment) {
            problems.push(format!("exports.{table}.columns.{name}: {problem}"));
        }
    }
}

fn of_column(export: &Export, name: &str, treatment: Treatment) -> Option<String> {
    if name == UNKNOWN_COLUMNS {
        return (treatment == Treatment::Hash)
            .then(|| "columns nobody knows can't be hashed: write keep or drop".to_owned());
    }
    let Some(column) = export.column(name) else {
        return Some(no_such_column(export, name));
    };
    match treatment {
        Treatment::Keep => None,
        Treatment::Drop if export.is_key(name) => Some(
            "part of the table's key, which the _latest views need: write keep or hash".to_owned(),
        ),
        Treatment::Hash if !matches!(column.kind, ColumnType::Text | ColumnType::List) => {
            Some("only text and lists can be hashed: write keep or drop".to_owned())
        }
        Treatment::Drop | Treatment::Hash => None,
    }
}

fn no_such_column(export: &Export, name: &str) -> String {
    let whole = export.columns.iter().find(|column| {
        column.kind == ColumnType::TimeOfDay
            && [
                format!("{}_time_ms", column.name),
                format!("{}_at", column.name),
            ]
            .contains(&name.to_owned())
    });
    match whole {
        Some(column) => format!(
            "half of a time of day: write {}, which stands for both halves",
            column.name
        ),
        None => format!(
            "{} has no such column: its names are in the table's definition",
            export.table
        ),
    }
}

fn shared_directories(settings: &Settings, problems: &mut Vec<String>) {
    let mut by_directory: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for export in EXPORTS {
        if let Some(directory) = settings.directory_below_root(export) {
            by_directory
                .entry(directory)
                .or_default()
                .push(export.table);
        }
    }
    for (directory, tables) in by_directory {
        if tables.len() > 1 && !directory.is_empty() {
            problems.push(format!(
                "exports: the directory {directory} is of {}: give each a directory of its own",
                tables.join(" and ")
            ));
        }
    }
}
