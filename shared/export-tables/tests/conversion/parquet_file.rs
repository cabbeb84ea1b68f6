//! How the files are written.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::tables::{converted, file};

fn metadata(parquet: &[u8]) -> ParquetMetaData {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(parquet)).unwrap();
    reader.metadata().clone()
}

/// Text that does not compress, the same at every call.
fn noise(length: usize) -> String {
    let mut state = 42_u64;
    let letters = (0..length).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + (state % 90) as u8)
    });
    letters.filter(|&letter| letter != '"').collect()
}

#[test]
fn a_row_group_ends_before_it_fills_memory() {
    let noise = noise(1024 * 1024);
    let rows: Vec<[(&str, &str); 1]> = (0..40).map(|n| [("content", &noise[n..])]).collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
    let done = converted(&file("messages", &rows));
    let groups = metadata(&done.table);
    assert!(groups.num_row_groups() > 1);
    for group in groups.row_groups() {
        assert!(
            group.compressed_size() < 20 * 1024 * 1024,
            "{}",
            group.compressed_size()
        );
    }
}

#[test]
fn only_columns_that_repeat_have_dictionaries_and_only_numbers_and_times_have_statistics() {
    let row: &[(&str, &str)] = &[
        ("message_id", "0-1a"),
        ("content", "hello"),
        ("created_at", "2024-01-01 00:00:00"),
        ("medium", "sms"),
    ];
    let metadata = metadata(&converted(&file("messages", &[row, row])).table);
    let columns = metadata.row_group(0).columns();
    let column = |name: &str| {
        let mut columns = columns.iter();
        columns
            .find(|column| column.column_path().string() == name)
            .unwrap()
    };
    for (name, encoding, statistics) in [
        ("message_id", Encoding::DELTA_BYTE_ARRAY, false),
        ("content", Encoding::DELTA_LENGTH_BYTE_ARRAY, false),
        ("created_at", Encoding::DELTA_BINARY_PACKED, true),
        ("export_line", Encoding::DELTA_BINARY_PACKED, true),
        ("medium", Encoding::RLE_DICTIONARY, false),
        ("export_file", Encoding::RLE_DICTIONARY, false),
        ("exported_at", Encoding::RLE_DICTIONARY, true),
    ] {
        let encodings: Vec<Encoding> = column(name).encodings().collect();
        assert!(encodings.contains(&encoding), "{name}: {encodings:?}");
        let least = column(name)
            .statistics()
            .and_then(|statistics| statistics.min_bytes_opt());
        assert_eq!(least.is_some(), statistics, "{name}");
    }
}
