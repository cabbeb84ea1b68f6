//! Rows on their way to Parquet, column by column.

mod list;
mod map;
mod number;
mod text;

use arrow_array::ArrayRef;

pub(crate) use list::ListColumn;
pub(crate) use map::MapColumn;
pub(crate) use number::NumberColumn;
pub(crate) use text::TextColumn;

/// Rows of a batch at most. Batches end by what is in them, never by time, so that the same file gives
/// the same bytes.
pub(crate) const BATCH_ROWS: usize = 1024;

/// Bytes of text after which a batch ends early.
pub(crate) const BATCH_BYTES: u64 = 1024 * 1024;

/// Some rows. What is the same in every row of the file the writer knows.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) rows: usize,
    /// Columns of the definition that the file has, by their place in the table.
    pub(crate) own: Vec<(usize, ArrayRef)>,
    pub(crate) lines: ArrayRef,
    pub(crate) doubtful_times: ArrayRef,
    pub(crate) unknown_columns: ArrayRef,
}
