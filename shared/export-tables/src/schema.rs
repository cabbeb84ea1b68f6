//! The tables' columns as Arrow and Parquet have them.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use exports::{Export, SqlType, TableColumn, reject_columns};

/// The schema of an export's table: its columns, then where each row comes from. All nullable, because a
/// missing cell and an empty one can't be told apart. Times are UTC, without a zone.
#[must_use]
pub fn table_schema(export: &Export) -> Schema {
    schema(&export.table_columns())
}

/// The schema of the table `rejects`: rows that could not be read, by place, never by content.
#[must_use]
pub fn rejects_schema() -> Schema {
    schema(&reject_columns())
}

fn schema(columns: &[TableColumn]) -> Schema {
    let fields: Fields = columns
        .iter()
        .map(|column| Field::new(column.name.as_str(), data_type(column.kind), true))
        .collect();
    Schema::new(fields)
}

/// The type of a column's values.
pub(crate) fn data_type(kind: SqlType) -> DataType {
    match kind {
        SqlType::Text => DataType::Utf8,
        SqlType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        SqlType::Double => DataType::Float64,
        SqlType::Bigint => DataType::Int64,
        SqlType::Int => DataType::Int32,
        SqlType::TextList => DataType::List(list_field()),
        SqlType::TextMap => DataType::Map(entries_field(), false),
    }
}

/// One value of a list; Parquet's specification names it so.
pub(crate) fn list_field() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Utf8, true))
}

/// One entry of a map; Parquet's specification names it and its parts so.
pub(crate) fn entries_field() -> Arc<Field> {
    Arc::new(Field::new(
        "key_value",
        DataType::Struct(entry_fields()),
        false,
    ))
}

/// A map entry's parts.
pub(crate) fn entry_fields() -> Fields {
    Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ])
}
