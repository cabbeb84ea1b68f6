//! A table's file without some rows: same columns, written as when it was made.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use arrow_select::filter::filter_record_batch;
use exports::Export;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesBuilder;
use parquet::file::reader::ChunkReader;

use super::{Says, Whose};
use crate::batch::BATCH_ROWS;
use crate::reject_file;
use crate::table_file::{self, GROUP_MEMORY};

const LINE: &str = "export_line";

/// A file that was written anew.
#[derive(Debug)]
pub struct Rewritten<W> {
    /// Its writer; what it got is a whole Parquet file.
    pub writer: W,
    /// Rows that are in it.
    pub rows: u64,
    /// Rows that are in it no more.
    pub removed: u64,
}

/// How many rows a file has.
///
/// # Errors
/// It is no Parquet file, or reading failed.
pub fn table_rows<R: ChunkReader + 'static>(reader: R) -> Result<u64, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(reader)?;
    let rows = builder.metadata().file_metadata().num_rows();
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Shows whose each row of a table's file is, and the line of the export's file that it was on. Reads
/// no other column. Says how many rows `wanted` said yes to.
///
/// # Errors
/// It is no Parquet file, or reading failed.
pub fn rows_of<R: ChunkReader + 'static>(
    reader: R,
    mut wanted: impl FnMut(&Whose, u64) -> bool,
) -> Result<u64, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(reader)?;
    let names = builder.schema().fields().iter().map(|field| field.name());
    let names = names.filter(|name| *name == LINE || Says::of(name).is_some());
    let mask = ProjectionMask::columns(
        builder.parquet_schema(),
        names.map(String::as_str).collect::<Vec<_>>(),
    );
    let batches = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()?;
    let mut found = 0;
    for batch in batches {
        let chosen = choose(&batch?, &mut wanted);
        found += chosen.iter().filter(|chosen| **chosen).count() as u64;
    }
    Ok(found)
}

/// Writes a table's file without the rows that `wanted` says yes to. A row group at a time is in memory.
///
/// # Errors
/// It is no Parquet file, or reading or writing failed. What the writer got is then no Parquet file.
pub fn rewrite_table<R: ChunkReader + 'static, W: Write + Send>(
    reader: R,
    writer: W,
    export: &'static Export,
    mut wanted: impl FnMut(&Whose, u64) -> bool,
) -> Result<Rewritten<W>, ParquetError> {
    let (batches, schema) = all(reader)?;
    let properties = table_file::properties(export, &schema);
    rewrite(batches, writer, schema, properties, |batch| {
        let chosen = choose(&batch, &mut wanted);
        Ok((batch, chosen))
    })
}

/// The lines that a file of rejects speaks of.
///
/// # Errors
/// It is no such file, or reading failed.
pub fn reject_lines<R: ChunkReader + 'static>(reader: R) -> Result<Vec<u64>, ParquetError> {
    let (batches, _) = all(reader)?;
    let mut lines = Vec::new();
    for batch in batches {
        lines.extend(numbers(&batch?, "line"));
    }
    Ok(lines)
}

/// Writes a file of rejects anew: `places` says by line where the row now begins, or that it is gone.
/// Of a line that is not in it nothing changes. Also gives how many rows are left for each reason.
///
/// # Errors
/// As for [`rewrite_table`].
pub fn rewrite_rejects<R: ChunkReader + 'static, W: Write + Send>(
    reader: R,
    writer: W,
    places: &BTreeMap<u64, Option<u64>>,
) -> Result<(Rewritten<W>, BTreeMap<String, u64>), ParquetError> {
    let (batches, schema) = all(reader)?;
    let mut by_reason: BTreeMap<String, u64> = BTreeMap::new();
    let properties = reject_file::properties();
    let rewritten = rewrite(batches, writer, schema, properties, |batch| {
        let lines = numbers(&batch, "line");
        let gone = |line: &u64| matches!(places.get(line), Some(None));
        let chosen: Vec<bool> = lines.iter().map(gone).collect();
        if let Some(reasons) = texts(&batch, "reason") {
            for (reason, _) in reasons.iter().zip(&chosen).filter(|(_, gone)| !**gone) {
                *by_reason
                    .entry(reason.unwrap_or_default().to_owned())
                    .or_default() += 1;
            }
        }
        let were = numbers(&batch, "byte_offset");
        let offsets = lines.iter().zip(were).map(|(line, was)| {
            // Places in a file are far below 2^63.
            places.get(line).copied().flatten().unwrap_or(was) as i64
        });
        let mut columns = batch.columns().to_vec();
        let place = batch.schema().index_of("byte_offset")?;
        columns[place] = Arc::new(Int64Array::from_iter_values(offsets)) as ArrayRef;
        Ok((RecordBatch::try_new(batch.schema(), columns)?, chosen))
    })?;
    Ok((rewritten, by_reason))
}

fn all<R: ChunkReader + 'static>(
    reader: R,
) -> Result<(ParquetRecordBatchReader, SchemaRef), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(reader)?;
    let schema = Arc::clone(builder.schema());
    Ok((builder.with_batch_size(BATCH_ROWS).build()?, schema))
}

fn rewrite<W: Write + Send>(
    batches: ParquetRecordBatchReader,
    writer: W,
    schema: SchemaRef,
    properties: WriterPropertiesBuilder,
    mut judge: impl FnMut(RecordBatch) -> Result<(RecordBatch, Vec<bool>), ParquetError>,
) -> Result<Rewritten<W>, ParquetError> {
    let mut file: ArrowWriter<W> = table_file::parquet(writer, schema, properties)?;
    let (mut rows, mut removed) = (0, 0);
    for batch in batches {
        let (batch, gone) = judge(batch?)?;
        let stays = BooleanArray::from_iter(gone.iter().map(|gone| Some(!gone)));
        let left = filter_record_batch(&batch, &stays)?;
        rows += left.num_rows() as u64;
        removed += (batch.num_rows() - left.num_rows()) as u64;
        file.write(&left)?;
        if file.memory_size() >= GROUP_MEMORY {
            file.flush()?;
        }
    }
    Ok(Rewritten {
        writer: file.into_inner()?,
        rows,
        removed,
    })
}

/// By row: whether it is wanted.
fn choose(batch: &RecordBatch, wanted: &mut impl FnMut(&Whose, u64) -> bool) -> Vec<bool> {
    let schema = batch.schema();
    let says: Vec<(Says, &StringArray)> = schema
        .fields()
        .iter()
        .filter_map(|field| Some((Says::of(field.name())?, texts(batch, field.name())?)))
        .collect();
    let mut whose = Whose::default();
    numbers(batch, LINE)
        .into_iter()
        .enumerate()
        .map(|(row, line)| {
            whose.clear();
            for (says, texts) in &says {
                if texts.is_valid(row) {
                    whose.hear(*says, texts.value(row));
                }
            }
            wanted(&whose, line)
        })
        .collect()
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a StringArray> {
    batch.column_by_name(name)?.as_string_opt::<i32>()
}

/// By row; 0 where there is none.
fn numbers(batch: &RecordBatch, name: &str) -> Vec<u64> {
    let column = batch.column_by_name(name);
    let numbers = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
    match numbers {
        Some(numbers) => numbers
            .iter()
            .map(|number| {
                number
                    .and_then(|number| number.try_into().ok())
                    .unwrap_or(0)
            })
            .collect(),
        None => vec![0; batch.num_rows()],
    }
}
