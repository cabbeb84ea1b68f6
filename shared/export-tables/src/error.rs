//! Why a file could not be converted.

use std::io;

use exports::UnknownHeader;
use parquet::errors::ParquetError;
use thiserror::Error;

/// Why a file could not be converted. No text holds a cell.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// The file itself is at fault: it will never convert.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The settings are at fault: nothing is published until they are mended.
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    /// Reading failed; the file may be well.
    #[error("the file could not be read to its end: try again")]
    Read(#[source] io::Error),
    /// Writing failed; what was written is no whole table.
    #[error("the table could not be written: try again")]
    Write(#[source] ParquetError),
}

/// What is wrong with a file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FileFault {
    /// No bytes, or nothing but blank lines.
    #[error("the file is empty: export it again")]
    Empty,
    /// The first line is no export's header.
    #[error(transparent)]
    Header(#[from] UnknownHeader),
    /// The first line does not end, or its quotes don't close.
    #[error(
        "the first line is no header line: the file needs the one that Sparkcentral writes, in at most {} bytes",
        crate::records::MAX_RECORD
    )]
    NoHeader,
    /// The first line is not text.
    #[error("the first line is not text: save the file as CSV in UTF-8")]
    HeaderNotText,
}

/// What is wrong with the settings, for this file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SettingsFault {
    /// Columns are to be hashed and there is no key.
    #[error("{column} is to be hashed and there is no key: set the hash key")]
    NoHashKey {
        /// The column's name in the settings.
        column: String,
    },
    /// Only text and lists can be hashed.
    #[error("{column} can't be hashed, being neither text nor a list: write keep or drop")]
    NotHashable {
        /// The column's name in the settings.
        column: String,
    },
    /// The export has no such column, so a column meant to be dropped or hashed may be published.
    #[error("{table} has no column {column}: correct its name in the settings")]
    NoSuchColumn {
        /// The export's table.
        table: &'static str,
        /// The name in the settings.
        column: String,
    },
}

impl ConvertError {
    /// Whether the file is at fault, so that another attempt is in vain.
    #[must_use]
    pub const fn is_the_files_fault(&self) -> bool {
        matches!(self, Self::File(_))
    }
}
