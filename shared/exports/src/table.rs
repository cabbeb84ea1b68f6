//! The columns of the tables: the export's own, and where each row comes from.

use crate::{ColumnType, Export};

/// The tables' partition key: part of an object's path, not of the file.
pub const PARTITION: &str = "export_date";

/// The column that keeps what the vendor's page does not know, and its name in the settings.
pub const UNKNOWN_COLUMNS: &str = "unknown_columns";

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name in SQL.
    pub name: String,
    /// Its type.
    pub kind: SqlType,
    /// What it holds: the vendor's header, or a sentence on a column of ours.
    pub comment: String,
}

/// A column's type in SQL. Times are UTC: a type without a zone is all that Athena and Parquet share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlType {
    /// Text.
    Text,
    /// Microseconds, UTC.
    Timestamp,
    /// 64 bits, floating.
    Double,
    /// 64 bits, whole.
    Bigint,
    /// 32 bits, whole.
    Int,
    /// A list of text.
    TextList,
    /// Text by text.
    TextMap,
}

impl SqlType {
    /// As Glue and Athena's table definitions write it.
    #[must_use]
    pub const fn in_glue(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Timestamp => "timestamp",
            Self::Double => "double",
            Self::Bigint => "bigint",
            Self::Int => "int",
            Self::TextList => "array<string>",
            Self::TextMap => "map<string,string>",
        }
    }
}

impl Export {
    /// The table's columns in order, without the partition key.
    #[must_use]
    pub fn table_columns(&self) -> Vec<TableColumn> {
        let own = self.columns.iter().flat_map(|column| {
            let single = |kind| vec![(column.name.to_owned(), kind, column.header.to_owned())];
            match column.kind {
                ColumnType::Text => single(SqlType::Text),
                ColumnType::Timestamp => single(SqlType::Timestamp),
                ColumnType::Seconds => single(SqlType::Double),
                ColumnType::Count => single(SqlType::Bigint),
                ColumnType::Score => single(SqlType::Int),
                ColumnType::List => single(SqlType::TextList),
                ColumnType::TimeOfDay => vec![
                    (
                        format!("{}_time_ms", column.name),
                        SqlType::Int,
                        format!("{}: milliseconds since local midnight", column.header),
                    ),
                    (
                        format!("{}_at", column.name),
                        SqlType::Timestamp,
                        format!("{}: null unless a date was given", column.header),
                    ),
                ],
            }
        });
        let ours = PROVENANCE
            .iter()
            .map(|&(name, kind, comment)| (name.to_owned(), kind, comment.to_owned()));
        own.chain(ours)
            .map(|(name, kind, comment)| TableColumn {
                name,
                kind,
                comment,
            })
            .collect()
    }
}

/// Behind the export's own columns in every table.
const PROVENANCE: [(&str, SqlType, &str); 7] = [
    (
        "export_file",
        SqlType::Text,
        "The file that the row comes from",
    ),
    (
        "export_line",
        SqlType::Bigint,
        "The line in it where the row begins; the header is line 1",
    ),
    (
        "window_from",
        SqlType::Timestamp,
        "From the file's name: where its window begins",
    ),
    (
        "window_to",
        SqlType::Timestamp,
        "From the file's name: where its window ends, or its moment",
    ),
    (
        "exported_at",
        SqlType::Timestamp,
        "When the file was written",
    ),
    (
        "doubtful_times",
        SqlType::TextMap,
        "By column: local times that clocks passed twice or never, as written",
    ),
    (
        UNKNOWN_COLUMNS,
        SqlType::TextMap,
        "By header: cells of columns that the definition lacks",
    ),
];

/// The columns of the table `rejects`: rows that could not be read, by place, never by content.
#[must_use]
pub fn reject_columns() -> Vec<TableColumn> {
    let columns = [
        ("export", SqlType::Text, "The table that the row was for"),
        ("export_file", SqlType::Text, "The file that the row is in"),
        (
            "line",
            SqlType::Bigint,
            "The line in it where the row begins; the header is line 1",
        ),
        (
            "byte_offset",
            SqlType::Bigint,
            "Where in the file the row begins",
        ),
        ("byte_length", SqlType::Bigint, "How many bytes it is"),
        (
            "column_name",
            SqlType::Text,
            "The column that could not be read; null: the whole row",
        ),
        ("reason", SqlType::Text, "Why"),
        (
            "exported_at",
            SqlType::Timestamp,
            "When the file was written",
        ),
    ];
    columns
        .into_iter()
        .map(|(name, kind, comment)| TableColumn {
            name: name.to_owned(),
            kind,
            comment: comment.to_owned(),
        })
        .collect()
}
