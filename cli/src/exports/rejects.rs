//! `sparkbridge exports rejects`: rows that could not be read, by place; their words only when asked.

use std::collections::HashMap;

use anyhow::{Context, Result};
use chrono::{NaiveDate, TimeDelta, Utc};
use lake::{FileVersion, Lake, Ledger, Origin, State};
use serde_json::Value;

use super::athena::Athena;
use super::pull::table_name;
use super::raw_text::{Encoding, decode};
use crate::output::{self, Align, Table, count};
use crate::place::Place;

/// Bytes of a row that are shown at most.
const SHOWN: u64 = 16 * 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this export, by its table's name; may be given several times.
    #[arg(long, value_name = "TABLE", value_parser = table_name)]
    table: Vec<String>,
    /// Files written in the last N days.
    #[arg(long, value_name = "N", default_value_t = 8)]
    days: u16,
    /// At most N rows, the newest files first.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
    /// Print the rows themselves too, from raw/. This shows customers' words on your terminal.
    #[arg(long)]
    show: bool,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let since = Utc::now().date_naive() - TimeDelta::days(i64::from(args.days));
    let athena = Athena::of(place).await?;
    let answer = athena.ask(&question(&args, since)).await?;
    let mut rejects = answer.to_json();
    if args.show {
        let mut rows = Rows::new(place.ledger(), place.lake().await?);
        for reject in &mut rejects {
            reject["row"] = rows.of(reject).await?;
        }
    }
    if json {
        return output::json(&rejects);
    }
    output::print(&render(&rejects))?;
    let more = if rejects.len() == args.limit as usize {
        "; there may be more: --limit"
    } else {
        ""
    };
    output::line(&format!("({}{more})", count(rejects.len(), "row")))
}

fn question(args: &Args, since: NaiveDate) -> String {
    let tables = args.table.iter().map(|table| format!("'{table}'"));
    let tables = tables.collect::<Vec<_>>().join(", ");
    let of_tables = if tables.is_empty() {
        String::new()
    } else {
        format!(" AND rejects.export IN ({tables})")
    };
    format!(
        "SELECT rejects.export, export_file, line, byte_offset, byte_length, column_name, reason, exported_at\n\
         FROM rejects\n\
         WHERE export_date >= DATE '{since}'{of_tables}\n\
         ORDER BY exported_at DESC, export_file, line\n\
         LIMIT {limit}",
        limit = args.limit
    )
}

/// The rows in raw/, by their place.
struct Rows {
    ledger: Ledger,
    lake: Lake,
    /// By path: the key of the version in the table.
    keys: HashMap<String, Option<String>>,
    encodings: HashMap<String, Encoding>,
}

impl Rows {
    fn new(ledger: Ledger, lake: Lake) -> Self {
        Self {
            ledger,
            lake,
            keys: HashMap::new(),
            encodings: HashMap::new(),
        }
    }

    /// The row's text; null where raw/ does not have it, or has it no more.
    async fn of(&mut self, reject: &Value) -> Result<Value> {
        let path = reject["export_file"].as_str().unwrap_or_default();
        let (Some(key), Some(offset), Some(length)) = (
            self.key(path).await?,
            reject["byte_offset"].as_u64(),
            reject["byte_length"].as_u64(),
        ) else {
            return Ok(Value::Null);
        };
        if length == 0 {
            return Ok("".into());
        }
        let range = offset..offset + length.min(SHOWN);
        let bytes = match self.lake.range(&key, range).await {
            Ok(bytes) => bytes,
            Err(error) if error.is_absent() => return Ok(Value::Null),
            Err(error) => return Err(error).context("reading a row from raw/"),
        };
        let encoding = self.encoding(&key).await?;
        let text = decode(&bytes, encoding);
        let text = text.trim_end_matches(['\r', '\n']);
        let cut = if length > SHOWN { "…" } else { "" };
        Ok(format!("{text}{cut}").into())
    }

    async fn key(&mut self, path: &str) -> Result<Option<String>> {
        if let Some(key) = self.keys.get(path) {
            return Ok(key.clone());
        }
        let of_path = FileVersion {
            path: path.to_owned(),
            origin: Origin::Sftp {
                modified: 0,
                size: 0,
            },
        };
        let versions = self.ledger.versions(&of_path).await;
        let versions = versions.context("reading the ledger")?;
        let mut records = versions.into_iter().rev().map(|saved| saved.record);
        let loaded = records.find(|record| matches!(record.state, State::Loaded(_)));
        let key = loaded.and_then(|record| record.version.raw_key());
        self.keys.insert(path.to_owned(), key.clone());
        Ok(key)
    }

    async fn encoding(&mut self, key: &str) -> Result<Encoding> {
        if let Some(encoding) = self.encodings.get(key) {
            return Ok(*encoding);
        }
        let start = self.lake.range(key, 0..2).await;
        let start = start.context("reading the start of a file in raw/")?;
        let encoding = Encoding::of(&start);
        self.encodings.insert(key.to_owned(), encoding);
        Ok(encoding)
    }
}

fn render(rejects: &[Value]) -> String {
    let mut table = Table::new([
        ("export", Align::Left),
        ("file", Align::Left),
        ("line", Align::Right),
        ("column", Align::Left),
        ("reason", Align::Left),
    ]);
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for reject in rejects {
        let columns = ["export", "export_file", "line", "column_name", "reason"];
        table.row(columns.map(|column| text(&reject[column])));
    }
    let mut shown = table.render();
    for reject in rejects {
        let place = format!("{}:{}", text(&reject["export_file"]), text(&reject["line"]));
        match reject.get("row") {
            None => {}
            Some(Value::String(row)) => {
                let row = output::visible(row);
                shown.push_str(&format!("{}: {row}\n", output::visible(&place)));
            }
            Some(_) => shown.push_str(&format!(
                "{}: raw/ does not have it (any more, or it was dropped by hand)\n",
                output::visible(&place)
            )),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_question_names_tables_and_days() {
        let mut args = Args {
            table: Vec::new(),
            days: 8,
            limit: 5,
            show: false,
        };
        let since = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let all = question(&args, since);
        assert!(
            all.contains("WHERE export_date >= DATE '2026-03-01'\nORDER"),
            "{all}"
        );
        assert!(all.ends_with("LIMIT 5"), "{all}");
        args.table = vec!["tags".into(), "users".into()];
        let some = question(&args, since);
        assert!(
            some.contains("AND rejects.export IN ('tags', 'users')"),
            "{some}"
        );
    }

    #[test]
    fn rows_are_shown_only_where_they_were_asked_for() {
        let mut reject = json!({
            "export": "tags", "export_file": "/export/tag/x.csv", "line": 7,
            "column_name": null, "reason": "too_short",
        });
        let quiet = render(std::slice::from_ref(&reject));
        assert_eq!(quiet.lines().count(), 2);
        assert!(
            quiet.ends_with("tags    /export/tag/x.csv     7          too_short\n"),
            "{quiet}"
        );
        reject["row"] = "a,\u{1b}[2J".into();
        let shown = render(std::slice::from_ref(&reject));
        assert!(
            shown.ends_with("/export/tag/x.csv:7: a,\\u{1b}[2J\n"),
            "{shown}"
        );
        reject["row"] = Value::Null;
        assert!(render(&[reject]).contains("raw/ does not have it"));
    }
}
