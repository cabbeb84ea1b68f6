//! A table's Parquet file.

use std::io::Write;
use std::sync::Arc;

use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{ArrayRef, PrimitiveArray, RecordBatch, StringArray, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use exports::Export;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::batch::{BATCH_ROWS, Batch};
use crate::schema::table_schema;

/// Rows of a row group at most: what engines read at once and skip by its statistics.
const GROUP_ROWS: usize = 131_072;

/// Bytes in memory at which a row group ends: it is there whole until then.
pub(crate) const GROUP_MEMORY: usize = 16 * 1024 * 1024;

/// Bytes of a page before it is compressed, and rows of it. Every column has a page in memory.
const PAGE_BYTES: usize = 256 * 1024;
const PAGE_ROWS: usize = 10_000;

/// Bytes of a dictionary at which a column goes on without.
const DICTIONARY_BYTES: usize = 512 * 1024;

/// For what people wrote, which is most of a file. Elsewhere level 1 compresses as well.
const PROSE_LEVEL: i32 = 3;

/// Where the rows of a file come from: the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provenance {
    pub(crate) file: String,
    /// Microseconds since 1970 in UTC, like those below.
    pub(crate) window_from: Option<i64>,
    pub(crate) window_to: Option<i64>,
    pub(crate) exported_at: i64,
}

/// Writes a table's file.
pub(crate) struct TableFile<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: SchemaRef,
    /// By the table's columns: what stands there unless a batch says otherwise, for a full batch.
    constant: Vec<ArrayRef>,
}

impl<W: Write + Send> TableFile<W> {
    pub(crate) fn new(
        writer: W,
        export: &'static Export,
        provenance: &Provenance,
    ) -> Result<Self, ParquetError> {
        let schema = Arc::new(table_schema(export));
        Ok(Self {
            writer: parquet(writer, Arc::clone(&schema), properties(export, &schema))?,
            constant: constants(&schema, provenance),
            schema,
        })
    }

    pub(crate) fn write(&mut self, batch: Batch) -> Result<(), ParquetError> {
        let mut columns: Vec<ArrayRef> = self
            .constant
            .iter()
            .map(|constant| constant.slice(0, batch.rows))
            .collect();
        for (place, array) in batch.own {
            columns[place] = array;
        }
        for (name, array) in [
            ("export_line", batch.lines),
            ("doubtful_times", batch.doubtful_times),
            ("unknown_columns", batch.unknown_columns),
        ] {
            columns[self.schema.index_of(name)?] = array;
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        self.writer.write(&batch)?;
        if self.writer.memory_size() >= GROUP_MEMORY {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// Writes what makes the file whole.
    pub(crate) fn finish(self) -> Result<W, ParquetError> {
        self.writer.into_inner()
    }
}

/// A Parquet file without the Arrow schema in it: Parquet's own says as much.
pub(crate) fn parquet<W: Write + Send>(
    writer: W,
    schema: SchemaRef,
    properties: WriterPropertiesBuilder,
) -> Result<ArrowWriter<W>, ParquetError> {
    let options = ArrowWriterOptions::new()
        .with_skip_arrow_metadata(true)
        .with_properties(properties.build());
    ArrowWriter::try_new_with_options(writer, schema, options)
}

/// What all our files have in common.
pub(crate) fn compressed() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(zstd(1))
        .set_statistics_enabled(EnabledStatistics::Chunk)
}

fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default())
}

/// How a table's columns are written.
pub(crate) fn properties(export: &Export, schema: &Schema) -> WriterPropertiesBuilder {
    let properties = compressed()
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES);
    let fields = schema.fields().iter();
    fields.fold(properties, |properties, field| {
        let path = ColumnPath::from(field.name().as_str());
        let holds = holds(export, field);
        // Least and greatest texts are costly to find and skip nothing.
        let properties = match field.data_type() {
            DataType::Utf8 => {
                properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
            }
            _ => properties,
        };
        // Athena (Trino) and DuckDB read all three encodings.
        let encoding = match holds {
            Holds::Repeated => return properties,
            Holds::Prose => Encoding::DELTA_LENGTH_BYTE_ARRAY,
            // Addresses begin alike, and rows of one conversation follow each other.
            Holds::Distinct => Encoding::DELTA_BYTE_ARRAY,
            Holds::Rising => Encoding::DELTA_BINARY_PACKED,
        };
        let level = if holds == Holds::Prose {
            PROSE_LEVEL
        } else {
            1
        };
        properties
            .set_column_compression(path.clone(), zstd(level))
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, encoding)
    })
}

/// What a column mostly holds, which decides how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// The same values again and again: a dictionary.
    Repeated,
    /// What people wrote.
    Prose,
    /// Texts that few rows share.
    Distinct,
    /// Numbers near those of the row before.
    Rising,
}

fn holds(export: &Export, field: &Field) -> Holds {
    let name = field.name().as_str();
    let ends_with = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let is_own = export.column(name).is_some();
    match field.data_type() {
        DataType::Timestamp(..) if is_own => Holds::Rising,
        DataType::Int64 if name == "export_line" => Holds::Rising,
        DataType::Utf8 if ends_with(&["content", "_comment", "_answer"]) => Holds::Prose,
        DataType::Utf8 if export.key == [name] => Holds::Distinct,
        DataType::Utf8 if ends_with(&["conversation_id", "message_id", "_url"]) => Holds::Distinct,
        _ => Holds::Repeated,
    }
}

fn constants(schema: &Schema, provenance: &Provenance) -> Vec<ArrayRef> {
    let time = |micros: Option<i64>| -> ArrayRef {
        let times = PrimitiveArray::<TimestampMicrosecondType>::from_iter(std::iter::repeat_n(
            micros, BATCH_ROWS,
        ));
        Arc::new(times)
    };
    schema
        .fields()
        .iter()
        .map(|field| match field.name().as_str() {
            "export_file" => {
                let files = std::iter::repeat_n(provenance.file.as_str(), BATCH_ROWS);
                Arc::new(StringArray::from_iter_values(files))
            }
            "window_from" => time(provenance.window_from),
            "window_to" => time(provenance.window_to),
            "exported_at" => time(Some(provenance.exported_at)),
            _ => new_null_array(field.data_type(), BATCH_ROWS),
        })
        .collect()
}
