//! The rows of an export file as typed Parquet. Reader in, writer out; no clock, no network.
//!
//! | module | does |
//! |---|---|
//! | source | opens a file: which export it is, what becomes of each cell |
//! | dialect, decode | how a file writes text and rows; its bytes as UTF-8 |
//! | records | a file's records, and what is none |
//! | plan, sink, rows | types each cell, or rejects its row |
//! | cell | what one cell says |
//! | batch | rows, column by column |
//! | schema | the tables' columns |
//! | table_file, reject_file | write Parquet |
//! | convert | runs it all on two threads, in bounded memory |
//! | erase | takes somebody's rows out of files and tables |
//! | unpack | gzip and zip, within limits |

mod batch;
mod cell;
mod convert;
mod decode;
mod dialect;
pub mod erase;
mod error;
mod plan;
mod reason;
mod records;
mod reject_file;
mod report;
mod rows;
mod schema;
mod sink;
mod source;
mod table_file;
pub mod unpack;

pub use convert::Converted;
pub use dialect::{Dialect, Encoding, LineEnd};
pub use error::{ConvertError, FileFault, SettingsFault};
pub use reason::Reason;
pub use report::Report;
pub use schema::{rejects_schema, table_schema};
pub use source::{Opened, Source, open};
