//! Converts files in memory and reads the Parquet back.

use std::collections::BTreeMap;
use std::io::{self, Read};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use export_tables::{ConvertError, Report, Source, open};
use exports::{Settings, Stamps};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Int(i64),
    Double(f64),
    /// As `YYYY-MM-DDTHH:MM:SS[.f]`, UTC.
    Time(String),
    List(Vec<Option<String>>),
    Map(Vec<(String, String)>),
}

/// A row: its values by column, without nulls.
pub(crate) type Row = BTreeMap<String, Value>;

/// A file converted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Done {
    pub(crate) report: Report,
    pub(crate) table: Vec<u8>,
    pub(crate) rejects: Option<Vec<u8>>,
}

impl Done {
    pub(crate) fn rows(&self) -> Vec<Row> {
        rows(&self.table)
    }

    pub(crate) fn rejects(&self) -> Vec<Row> {
        self.rejects.as_deref().map(rows).unwrap_or_default()
    }

    /// One column's values.
    pub(crate) fn column(&self, name: &str) -> Vec<Option<Value>> {
        let rows = self.rows().into_iter();
        rows.map(|mut row| row.remove(name)).collect()
    }
}

/// A source with no more than a name.
pub(crate) fn source(settings: &Settings) -> Source<'_> {
    Source {
        file: "file.csv",
        hint: None,
        stamps: Stamps::None,
        exported_at: exported_at(),
        settings,
        time_zone: None,
        hash_key: None,
    }
}

pub(crate) fn exported_at() -> DateTime<Utc> {
    "2024-05-01T06:00:00.5Z".parse().unwrap()
}

pub(crate) fn settings() -> Settings {
    Settings::new("", "")
}

pub(crate) fn convert(reader: impl Read + Send, source: Source<'_>) -> Result<Done, ConvertError> {
    let opened = open(reader, source)?;
    let converted = opened.run(Vec::new(), || io::Result::Ok(Vec::new()))?;
    Ok(Done {
        report: converted.report,
        table: converted.table,
        rejects: converted.rejects,
    })
}

/// Converts text with default settings.
pub(crate) fn converted(text: &str) -> Done {
    convert(text.as_bytes(), source(&settings())).unwrap()
}

/// A file of an export's table: its header, then rows of which only some columns are filled.
pub(crate) fn file(table: &str, rows: &[&[(&str, &str)]]) -> String {
    let export = exports::Export::by_table(table).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headers = export.columns.iter().map(|column| column.header);
    writer.write_record(headers).unwrap();
    for row in rows {
        let row: BTreeMap<_, _> = row.iter().copied().collect();
        assert!(row.keys().all(|name| export.column(name).is_some()));
        let cells = export
            .columns
            .iter()
            .map(|column| row.get(column.name).unwrap_or(&""));
        writer.write_record(cells).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

pub(crate) fn batches(parquet: &[u8]) -> Vec<RecordBatch> {
    let bytes = Bytes::copy_from_slice(parquet);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    reader.build().unwrap().map(Result::unwrap).collect()
}

pub(crate) fn rows(parquet: &[u8]) -> Vec<Row> {
    let mut rows = Vec::new();
    for batch in batches(parquet) {
        for at in 0..batch.num_rows() {
            let mut row = Row::new();
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                if let Some(value) = value(array, at) {
                    row.insert(field.name().clone(), value);
                }
            }
            rows.push(row);
        }
    }
    rows
}

fn value(array: &dyn Array, at: usize) -> Option<Value> {
    if array.is_null(at) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(at).to_owned()),
        DataType::Int64 => Value::Int(array.as_primitive::<Int64Type>().value(at)),
        DataType::Int32 => Value::Int(array.as_primitive::<Int32Type>().value(at).into()),
        DataType::Float64 => Value::Double(array.as_primitive::<Float64Type>().value(at)),
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(at);
            let time = DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
            Value::Time(time.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
        }
        DataType::List(_) => Value::List(texts(&array.as_list::<i32>().value(at))),
        DataType::Map(..) => {
            let entries = array.as_map().value(at);
            let (keys, values) = (texts(entries.column(0)), texts(entries.column(1)));
            let pairs = keys.into_iter().flatten().zip(values.into_iter().flatten());
            Value::Map(pairs.collect())
        }
        other => panic!("a column of {other}"),
    })
}

fn texts(array: &dyn Array) -> Vec<Option<String>> {
    let texts = array.as_string::<i32>().iter();
    texts.map(|text| text.map(str::to_owned)).collect()
}

pub(crate) fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

pub(crate) fn time(time: &str) -> Option<Value> {
    Some(Value::Time(time.to_owned()))
}

pub(crate) fn list(values: &[&str]) -> Option<Value> {
    Some(Value::List(
        values.iter().map(|&value| Some(value.to_owned())).collect(),
    ))
}

pub(crate) fn map(entries: &[(&str, &str)]) -> Option<Value> {
    let entries = entries
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()));
    Some(Value::Map(entries.collect()))
}
