//! The views: one definition each, for Athena and for DuckDB.
//!
//! `{table}_latest` keeps the newest statement of each key, because a later file may state a row again.
//! `open_conversations_current` is the newest snapshot alone: what was resolved since is not in it.

mod query;

use std::sync::LazyLock;

use crate::{EXPORTS, Export, PARTITION};

pub use query::with_views;

/// The view of the newest snapshot.
const CURRENT: &str = "open_conversations_current";
const SNAPSHOTS: &str = "open_conversations";
/// Exports whose rows sum up one window: the newest window's row is the newest, however late an older
/// window's file was written.
const OF_WINDOWS: [&str; 6] = [
    "contacts",
    "tags",
    "teams",
    "topics",
    "users",
    "virtual_agents",
];
/// What tells two rows apart whose key is not complete.
const PLACE: &str = "export_file || ':' || CAST(export_line AS varchar)";

struct View {
    name: String,
    select: String,
}

static VIEWS: LazyLock<Vec<View>> = LazyLock::new(|| {
    let mut views: Vec<View> = EXPORTS.iter().map(latest).collect();
    views.extend(Export::by_table(SNAPSHOTS).map(current));
    views
});

/// The names of all views.
pub fn view_names() -> impl Iterator<Item = &'static str> {
    VIEWS.iter().map(|view| view.name.as_str())
}

/// A view's definition: a `SELECT` over the tables, whose names stand alone.
#[must_use]
pub fn view(name: &str) -> Option<&'static str> {
    VIEWS
        .iter()
        .find(|view| view.name == name)
        .map(|view| view.select.as_str())
}

/// The statement that makes a view in Athena, or makes it anew.
#[must_use]
pub fn create_statement(name: &str) -> Option<String> {
    view(name).map(|select| format!("CREATE OR REPLACE VIEW {name} AS\n{select}"))
}

fn latest(export: &Export) -> View {
    let mut order = Vec::new();
    if export.column("last_updated").is_some() {
        order.push("last_updated DESC NULLS LAST");
    }
    if OF_WINDOWS.contains(&export.table) {
        order.push("window_to DESC NULLS LAST");
    }
    order.push("exported_at DESC NULLS LAST");
    order.push("export_file DESC NULLS LAST");
    order.push("export_line DESC NULLS LAST");
    let select = format!(
        "SELECT\n  {columns}\nFROM (\n  SELECT *, row_number() OVER (\n    PARTITION BY {partition}\n    \
         ORDER BY {order}\n  ) AS statement_number\n  FROM {table}\n) statements\nWHERE statement_number = 1",
        columns = columns(export),
        partition = partition(export),
        order = order.join(", "),
        table = export.table,
    );
    View {
        name: format!("{}_latest", export.table),
        select,
    }
}

fn current(export: &Export) -> View {
    let select = format!(
        "SELECT\n  {columns}\nFROM (\n  SELECT snapshots.*, row_number() OVER (\n    PARTITION BY {partition}\n    \
         ORDER BY export_line DESC NULLS LAST\n  ) AS statement_number\n  FROM {table} snapshots\n  \
         JOIN (\n    SELECT exported_at AS newest_at, export_file AS newest_file\n    FROM {table}\n    \
         ORDER BY exported_at DESC NULLS LAST, export_file DESC NULLS LAST\n    LIMIT 1\n  ) newest\n  \
         ON snapshots.exported_at = newest.newest_at AND snapshots.export_file = newest.newest_file\n\
         ) statements\nWHERE statement_number = 1",
        columns = columns(export),
        partition = partition(export),
        table = export.table,
    );
    View {
        name: CURRENT.to_owned(),
        select,
    }
}

/// By name, so that nothing of the view's own making shows.
fn columns(export: &Export) -> String {
    let mut names: Vec<String> = export
        .table_columns()
        .into_iter()
        .map(|column| column.name)
        .collect();
    names.push(PARTITION.to_owned());
    names.join(",\n  ")
}

/// The key; rows without all of it are each their own.
fn partition(export: &Export) -> String {
    let unknown: Vec<String> = export
        .key
        .iter()
        .map(|name| format!("{name} IS NULL"))
        .collect();
    format!(
        "{}, CASE WHEN {} THEN {PLACE} END",
        export.key.join(", "),
        unknown.join(" OR ")
    )
}
