//! The Parquet file of rejected rows: where they are in the export file, never what is in them.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{ArrayRef, Int64Array, PrimitiveArray, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesBuilder;

use crate::Reason;
use crate::records::Place;
use crate::schema::rejects_schema;
use crate::table_file::{Provenance, compressed, parquet};

/// Rows of a row group at most.
const GROUP_ROWS: usize = 65_536;

/// A row that is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reject {
    pub(crate) place: Place,
    /// In bytes of the file.
    pub(crate) length: u64,
    /// [`exports::Column::name`]; `None`: the whole row.
    pub(crate) column: Option<&'static str>,
    pub(crate) reason: Reason,
}

/// Writes rejected rows; opens its file for the first one.
pub(crate) struct RejectFile<J: Write + Send, F> {
    open: Option<F>,
    writer: Option<ArrowWriter<J>>,
    table: &'static str,
}

impl<J: Write + Send, F: FnOnce() -> io::Result<J>> RejectFile<J, F> {
    pub(crate) fn new(open: F, table: &'static str) -> Self {
        Self {
            open: Some(open),
            writer: None,
            table,
        }
    }

    pub(crate) fn write(
        &mut self,
        rejects: &[Reject],
        provenance: &Provenance,
    ) -> Result<(), ParquetError> {
        if let Some(open) = self.open.take() {
            self.writer = Some(parquet(open()?, Arc::new(rejects_schema()), properties())?);
        }
        match &mut self.writer {
            Some(writer) => writer.write(&rows(rejects, self.table, provenance)?),
            None => Ok(()),
        }
    }

    /// Writes what makes the file whole. `None`: no row was rejected.
    pub(crate) fn finish(self) -> Result<Option<J>, ParquetError> {
        self.writer.map(ArrowWriter::into_inner).transpose()
    }
}

/// How the file's columns are written.
pub(crate) fn properties() -> WriterPropertiesBuilder {
    compressed().set_max_row_group_row_count(Some(GROUP_ROWS))
}

fn rows(
    rejects: &[Reject],
    table: &str,
    provenance: &Provenance,
) -> Result<RecordBatch, ParquetError> {
    let text = |text: &str| -> ArrayRef {
        let texts = std::iter::repeat_n(text, rejects.len());
        Arc::new(StringArray::from_iter_values(texts))
    };
    // Places in a file are far below 2^63.
    let number = |of: fn(&Reject) -> u64| -> ArrayRef {
        let numbers = rejects.iter().map(|reject| of(reject) as i64);
        Arc::new(Int64Array::from_iter_values(numbers))
    };
    let columns = rejects.iter().map(|reject| reject.column);
    let reasons = rejects.iter().map(|reject| reject.reason.name());
    let times = std::iter::repeat_n(provenance.exported_at, rejects.len());
    let columns: Vec<ArrayRef> = vec![
        text(table),
        text(&provenance.file),
        number(|reject| reject.place.line),
        number(|reject| reject.place.offset),
        number(|reject| reject.length),
        Arc::new(StringArray::from_iter(columns)),
        Arc::new(StringArray::from_iter_values(reasons)),
        Arc::new(PrimitiveArray::<TimestampMicrosecondType>::from_iter_values(times)),
    ];
    Ok(RecordBatch::try_new(Arc::new(rejects_schema()), columns)?)
}
