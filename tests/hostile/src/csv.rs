//! An export file: a byte for its export's header, which stands before the rest, one for how it is
//! treated, and one for how it is read; then rows. Without a header the bytes are a dropped file, which
//! may be packed.

use std::io::{self, Cursor, Read};

use bytes::Bytes;
use chrono::DateTime;
use export_tables::unpack::{Packing, allowed, gunzip, member, members, open_zip};
use export_tables::{ConvertError, Report, Source, open};
use exports::{EXPORTS, ExportSettings, Settings, Stamps, Treatment};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::input::Input;

/// What may be unpacked of one input, in bytes: more takes time and shows nothing new.
const MOST_UNPACKED: u64 = 8 * 1024 * 1024;

/// Converts it in one go and in pieces.
pub fn check(data: &[u8]) {
    let mut input = Input(data);
    let (which, treated, cut) = (input.byte(), input.byte(), input.byte());
    let export = EXPORTS.get(usize::from(which) % (EXPORTS.len() + 1));
    let mut file = Vec::new();
    if let Some(export) = export {
        let delimiter = [",", ";", "\t", ","][usize::from(treated >> 6)];
        let headers: Vec<_> = export.columns.iter().map(|column| column.header).collect();
        file.extend_from_slice(headers.join(delimiter).as_bytes());
        file.extend_from_slice(if Input::bit(treated, 5) {
            b"\r\n"
        } else {
            b"\n"
        });
    }
    file.extend_from_slice(input.0);
    if export.is_none() {
        unpack(&file);
    }
    let settings = settings(treated);
    let whole = convert(&file[..], &settings);
    let pieces = Pieces {
        bytes: &file,
        sizes: [usize::from(cut & 15) + 1, usize::from(cut >> 4) * 7 + 1],
        next: 0,
    };
    let cut = convert(pieces, &settings);
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => {
            assert!(whole == cut, "a cut changes what is read");
            counted(&whole, &file);
        }
        (Err(whole), Err(cut)) => {
            assert!(whole.is_the_files_fault(), "{whole}");
            assert_eq!(whole.to_string(), cut.to_string());
        }
        (whole, cut) => panic!("a cut decides: {} {}", whole.is_ok(), cut.is_ok()),
    }
}

/// Columns treated in different ways.
fn settings(treated: u8) -> Settings {
    let mut settings = Settings::new("", "");
    let zones = [
        "UTC",
        "Europe/Brussels",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
    ];
    settings.time_zone = zones[usize::from(treated & 3)].parse().unwrap();
    if Input::bit(treated, 2) {
        for export in EXPORTS {
            let text = export
                .columns
                .iter()
                .find(|column| column.kind == exports::ColumnType::Text);
            let how = if Input::bit(treated, 3) {
                Treatment::Hash
            } else {
                Treatment::Drop
            };
            let columns = text.map(|column| (column.name.to_owned(), how));
            let of = ExportSettings {
                columns: columns.into_iter().collect(),
                ..ExportSettings::default()
            };
            settings.exports.insert(export.table.to_owned(), of);
        }
    }
    settings
}

/// Gives a few bytes at a time.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: [usize; 2],
    next: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.next += 1;
        let most = self.sizes[self.next % 2].min(out.len());
        self.bytes.read(&mut out[..most])
    }
}

#[derive(PartialEq)]
struct Done {
    report: Report,
    table: Vec<u8>,
    rejects: Option<Vec<u8>>,
}

fn convert(reader: impl Read + Send, settings: &Settings) -> Result<Done, ConvertError> {
    let source = Source {
        file: "file.csv",
        hint: None,
        stamps: Stamps::None,
        exported_at: DateTime::UNIX_EPOCH,
        settings,
        time_zone: None,
        hash_key: Some(b"key"),
    };
    let converted = open(reader, source)?.run(Vec::new(), || io::Result::Ok(Vec::new()))?;
    Ok(Done {
        report: converted.report,
        table: converted.table,
        rejects: converted.rejects,
    })
}

/// Every record is a row or a rejected one, and both files hold what the report says.
fn counted(done: &Done, file: &[u8]) {
    let report = &done.report;
    assert_eq!(rows(&done.table), report.rows);
    assert_eq!(done.rejects.as_deref().map_or(0, rows), report.rejected);
    assert_eq!(
        report.rejected_by_reason.values().sum::<u64>(),
        report.rejected
    );
    assert_eq!(report.bytes, file.len() as u64);
    // Where nothing can span lines, a record is a line that is not empty.
    let plain = file.is_ascii() && !file.iter().any(|byte| matches!(byte, b'"' | b'\r' | 0));
    if plain {
        let lines = file.split(|byte| *byte == b'\n');
        let records = lines.filter(|line| !line.is_empty()).count() as u64;
        assert_eq!(report.rows + report.rejected + 1, records);
    }
}

fn rows(parquet: &[u8]) -> u64 {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(parquet)).unwrap();
    u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap()
}

/// What a dropped file holds is read or refused, and no more of it than is allowed.
fn unpack(file: &[u8]) {
    match Packing::of(file) {
        Packing::Plain => {}
        Packing::Gzip => {
            let _read = read(gunzip(file, file.len() as u64));
        }
        Packing::Zip => {
            let Ok(mut archive) = open_zip(Cursor::new(file)) else {
                return;
            };
            let Ok(found) = members(&mut archive) else {
                return;
            };
            for (index, name) in found {
                assert!(!name.contains(['/', '\\']));
                if let Ok(content) = member(&mut archive, index, allowed(file.len() as u64)) {
                    let _read = read(content);
                }
            }
        }
    }
}

fn read(content: impl Read) -> io::Result<u64> {
    io::copy(&mut content.take(MOST_UNPACKED), &mut io::sink())
}
