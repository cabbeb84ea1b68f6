//! What Sparkcentral's exports are: columns, file names, calendar, tables, views. Pure.
//!
//! | module | says |
//! |---|---|
//! | definition | the twelve exports and their columns |
//! | look_up | finds an export or a column by name |
//! | file_name | what a file's name says |
//! | keys | where a file is in S3 and in the ledger |
//! | header | which export a header line is |
//! | settings | what the operator sets |
//! | calendar | which files are missing, late or said twice |
//! | table | the columns of the tables |
//! | views | the newest statement of each key, as SQL |
//! | glue | the tables as a CloudFormation template |

mod calendar;
mod definition;
mod file_name;
pub mod glue;
mod header;
pub mod keys;
mod look_up;
mod settings;
mod table;
pub mod views;

pub use calendar::{Calendar, Counts, Finding, Landed, Same, Schedule, examine, grace};
pub use definition::{Column, ColumnType, EXPORTS, Export};
pub use file_name::{FileName, Stamps, is_export_file};
pub use header::{Drift, Recognised, UnknownHeader, recognise};
pub use settings::{ExportSettings, Frequency, Settings, Treatment};
pub use table::{PARTITION, SqlType, TableColumn, UNKNOWN_COLUMNS, reject_columns};
