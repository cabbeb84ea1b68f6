//! Opens a file: finds how it is written and which export it is.

use std::io::Read;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use exports::{Drift, Export, Recognised, Settings, Stamps, UnknownHeader, recognise};

use crate::cell::clock::{Clock, Moment};
use crate::decode::Decoder;
use crate::dialect::{DELIMITERS, Dialect};
use crate::error::{ConvertError, FileFault};
use crate::plan::{hasher, plan};
use crate::records::{BUFFER, Extent, Records};
use crate::rows::Rows;
use crate::table_file::Provenance;

/// What is known of a file besides its bytes. Not `Debug`: it holds a key.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Its path on the SFTP server, or its name as it was uploaded.
    pub file: &'a str,
    /// The export that its name or directory announces.
    pub hint: Option<&'static Export>,
    /// The stamps in its name: times of the file's time zone.
    pub stamps: Stamps,
    /// When it was written.
    pub exported_at: DateTime<Utc>,
    /// The time zones and what is private.
    pub settings: &'a Settings,
    /// The time zone of its times, where it is not the settings': an upload's.
    pub time_zone: Option<Tz>,
    /// The key of hashes. Needed where the settings hash a column.
    pub hash_key: Option<&'a [u8]>,
}

/// A file whose dialect and export are known, ready to be converted.
pub struct Opened<R> {
    pub(crate) records: Records<R>,
    pub(crate) recognised: Recognised,
    pub(crate) dialect: Dialect,
    pub(crate) rows: Rows,
    pub(crate) provenance: Provenance,
}

impl<R> Opened<R> {
    /// The export that the header is.
    #[must_use]
    pub fn export(&self) -> &'static Export {
        self.recognised.export
    }

    /// What differs in the header from the vendor's page.
    #[must_use]
    pub fn drift(&self) -> &Drift {
        &self.recognised.drift
    }

    /// How the file writes its rows.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

/// Reads how a file is written and which export it is, up to its header's end (in blocks: more is read
/// than looked at).
///
/// # Errors
/// The file has no header of an export, the settings can't be followed, or reading failed.
pub fn open<R: Read>(reader: R, source: Source<'_>) -> Result<Opened<R>, ConvertError> {
    let decoder = Decoder::new(reader).map_err(ConvertError::Read)?;
    let sniffed = decoder.sniffed();
    let mut records = Records::new(decoder, BUFFER);
    let header = header(&mut records, source.hint)?;
    records.pass_header(header.delimiter, header.cells.len(), header.extent);
    let recognised = header.recognised;
    let export = recognised.export;
    let treatments = source.settings.treatments(export);
    let hasher = hasher(export, treatments, source.hash_key)?;
    let zone = source
        .time_zone
        .unwrap_or_else(|| source.settings.time_zone(export));
    let mut clock = Clock::new(zone);
    let provenance = provenance(&source, &mut clock);
    Ok(Opened {
        dialect: Dialect {
            encoding: sniffed.encoding,
            byte_order_mark: sniffed.mark > 0,
            delimiter: header.delimiter.into(),
            line_end: records.line_end(),
        },
        rows: Rows::new(
            export,
            plan(&recognised, &header.cells, treatments),
            clock,
            hasher,
        ),
        records,
        recognised,
        provenance,
    })
}

/// A file's first line.
pub(crate) struct Header {
    pub(crate) delimiter: u8,
    pub(crate) cells: Vec<String>,
    pub(crate) extent: Extent,
    pub(crate) recognised: Recognised,
}

/// Reads the first line with each delimiter, until its cells are an export's columns. They are with at most
/// one: half of an export's columns must be cells of their own.
pub(crate) fn header<R: Read>(
    records: &mut Records<R>,
    hint: Option<&'static Export>,
) -> Result<Header, ConvertError> {
    let mut nearest: Option<UnknownHeader> = None;
    let mut fault = FileFault::Empty;
    for delimiter in DELIMITERS {
        let (cells, extent) = match read_header(records, delimiter)? {
            Ok(read) => read,
            Err(found) => {
                fault = found;
                continue;
            }
        };
        let names: Vec<&str> = cells.iter().map(String::as_str).collect();
        match recognise(&names, hint) {
            Ok(recognised) => {
                return Ok(Header {
                    delimiter,
                    cells,
                    extent,
                    recognised,
                });
            }
            Err(unknown) => {
                let is_nearer = |nearest: &UnknownHeader| unknown.known > nearest.known;
                if nearest.as_ref().is_none_or(is_nearer) {
                    nearest = Some(unknown);
                }
            }
        }
    }
    Err(nearest.map_or(fault, FileFault::Header).into())
}

type HeaderCells = (Vec<String>, Extent);

fn read_header<R: Read>(
    records: &mut Records<R>,
    delimiter: u8,
) -> Result<Result<HeaderCells, FileFault>, ConvertError> {
    let mut cells = Vec::new();
    let peeked = records
        .peek_header(delimiter, &mut cells)
        .map_err(ConvertError::Read)?;
    let Some((line, extent)) = peeked else {
        let empty = records.is_at_end();
        return Ok(Err(if empty {
            FileFault::Empty
        } else {
            FileFault::NoHeader
        }));
    };
    if extent.stray {
        return Ok(Err(FileFault::NoHeader));
    }
    let mut scratch = Vec::new();
    let texts: Result<Vec<String>, _> = cells
        .iter()
        .map(|cell| String::from_utf8(cell.text(line, &mut scratch).to_vec()))
        .collect();
    Ok(texts
        .map(|texts| (texts, extent))
        .map_err(|_| FileFault::HeaderNotText))
}

fn provenance(source: &Source<'_>, clock: &mut Clock) -> Provenance {
    let mut micros = |stamp: chrono::NaiveDateTime| {
        let (Moment::Sure(seconds) | Moment::Ambiguous(seconds) | Moment::Impossible(seconds)) =
            clock.moment(stamp.and_utc().timestamp());
        Some(seconds * 1_000_000)
    };
    let (window_from, window_to) = match source.stamps {
        Stamps::None => (None, None),
        Stamps::At(at) => (None, micros(at)),
        Stamps::Range { from, to } => (micros(from), micros(to)),
    };
    Provenance {
        file: source.file.to_owned(),
        window_from,
        window_to,
        exported_at: source.exported_at.timestamp_micros(),
    }
}
