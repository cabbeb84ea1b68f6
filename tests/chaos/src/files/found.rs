//! What became of the files, as an operator sees it: SQL over the tables, and the command line.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::SHEETS;
use crate::{
    checker::{Expected, Fate, Found},
    stage::Stage,
};

/// Reads everything that is told of the files expected.
pub(crate) async fn found(stage: &Stage, expected: &[Expected]) -> Result<Found> {
    let mut found = Found::default();
    for sheet in SHEETS {
        let (table, id) = (sheet.table, sheet.id);
        let sql = format!(
            "SELECT export_file AS f, {id} AS id, count(*) AS n FROM {table} GROUP BY export_file, {id}"
        );
        for row in query(stage, &sql).await? {
            let (file, times) = (text(&row["f"]), row["n"].as_u64().unwrap_or(0));
            *found.counts.entry(file.clone()).or_default() += times;
            found.rows.push((file, text(&row["id"]), times));
        }
    }
    let tables: BTreeSet<&str> = expected.iter().map(|file| file.table.as_str()).collect();
    let own = |table: &str| SHEETS.iter().any(|sheet| sheet.table == table);
    for table in tables.into_iter().filter(|table| !own(table)) {
        let sql =
            format!("SELECT export_file AS f, count(*) AS n FROM {table} GROUP BY export_file");
        for row in query(stage, &sql).await? {
            found
                .counts
                .insert(text(&row["f"]), row["n"].as_u64().unwrap_or(0));
        }
    }
    let rejects = stage
        .must(&[
            "exports", "rejects", "--days", "90", "--limit", "100000", "--json",
        ])
        .await?;
    let rejects: Value = serde_json::from_str(&rejects).context("rejects")?;
    for row in rejects.as_array().into_iter().flatten() {
        let lines = found.rejects.entry(text(&row["export_file"])).or_default();
        lines.push(row["line"].as_u64().unwrap_or(0));
    }
    let status = stage
        .must(&["exports", "status", "--days", "90", "--json"])
        .await?;
    for file in expected {
        let counted = found.counts.get(&file.path).is_some_and(|rows| *rows > 0);
        let empty = file.fate == Fate::Loaded && file.rows == 0;
        let state = if quarantined(&status, &file.path) {
            "quarantined"
        } else if counted || empty {
            "loaded"
        } else {
            "in no table"
        };
        found.states.insert(file.path.clone(), state.to_owned());
    }
    Ok(found)
}

/// Only quarantined files are named there with their path in quarantine.
fn quarantined(status: &str, path: &str) -> bool {
    let Ok(status) = serde_json::from_str::<Value>(status) else {
        return false;
    };
    lists_of(&status, "quarantined")
        .iter()
        .any(|entry| entry.to_string().contains(path))
}

/// Every entry of a list of this name, wherever it stands.
fn lists_of<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(field, value)| match value {
                Value::Array(entries) if field == name => entries.iter().collect(),
                other => lists_of(other, name),
            })
            .collect(),
        Value::Array(entries) => entries
            .iter()
            .flat_map(|entry| lists_of(entry, name))
            .collect(),
        _ => Vec::new(),
    }
}

async fn query(stage: &Stage, sql: &str) -> Result<Vec<Value>> {
    let answer = stage.must(&["exports", "query", sql, "--json"]).await?;
    Ok(serde_json::from_str(&answer)?)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
