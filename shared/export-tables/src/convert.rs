//! Converts an opened file: one thread reads and types, the other writes Parquet.
//!
//! ```text
//! reader ─▶ decode ─▶ records ─▶ rows ──batches──▶ table file ─▶ writer
//!                        └──────────────rejects──▶ reject file ─▶ writer
//! ```
//! Nothing waits between the threads: while one piece is written the next is read, so memory is bounded
//! and a slow writer slows the reader.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use exports::Export;
use parquet::errors::ParquetError;

use crate::batch::Batch;
use crate::error::ConvertError;
use crate::records::{Next, Records};
use crate::reject_file::{Reject, RejectFile};
use crate::report::{Counts, Report};
use crate::rows::{Rows, Untypable};
use crate::source::Opened;
use crate::table_file::{Provenance, TableFile};

/// Rejected rows that are written at once.
const REJECTS: usize = 4096;

/// A converted file.
#[derive(Debug)]
pub struct Converted<W, J> {
    /// What became of it.
    pub report: Report,
    /// The table's writer; what it got is a whole Parquet file.
    pub table: W,
    /// The rejects' writer, likewise. `None`: no row was rejected, and nothing was opened.
    pub rejects: Option<J>,
}

enum Piece {
    Rows(Batch),
    Rejects(Vec<Reject>),
    /// Nothing follows. Without it the files stay unfinished, so that half a table is never taken for one.
    End,
}

impl<R: Read + Send> Opened<R> {
    /// Converts the file. The same bytes and [`crate::Source`] give the same bytes.
    ///
    /// `rejects` is called for the first rejected row, if there is one.
    ///
    /// # Errors
    /// Reading or writing failed. What the writers got is then no Parquet file.
    pub fn run<W, J, F>(self, table: W, rejects: F) -> Result<Converted<W, J>, ConvertError>
    where
        W: Write + Send,
        J: Write + Send,
        F: FnOnce() -> io::Result<J> + Send,
    {
        let Self {
            mut records,
            recognised,
            dialect,
            mut rows,
            provenance,
        } = self;
        let export = recognised.export;
        let (pieces, incoming) = sync_channel(0);
        let (read, written) = thread::scope(|scope| {
            let writing = scope.spawn(move || write(incoming, table, rejects, export, &provenance));
            let read = read(&mut records, &mut rows, &pieces);
            drop(pieces);
            let written = writing
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (read, written)
        });
        // Reading stops early when writing fails, so that failure is told first.
        let written = written.map_err(ConvertError::Write)?;
        let counts = read?;
        let Some((table, rejects)) = written else {
            return Err(ConvertError::Write(ParquetError::General(
                "the rows ended without their end".to_owned(),
            )));
        };
        let report = Report {
            rows: counts.rows,
            rejected: counts.rejected,
            lines: records.lines(),
            bytes: records.bytes_read(),
            drift: recognised.drift,
            dialect,
            doubtful_times: counts.doubtful_times,
            uneven_lists: counts.uneven_lists,
            rejected_by_reason: counts.by_reason,
        };
        Ok(Converted {
            report,
            table,
            rejects,
        })
    }
}

/// Reads to the end, or until nobody takes the pieces any more.
fn read<R: Read>(
    records: &mut Records<R>,
    rows: &mut Rows,
    pieces: &SyncSender<Piece>,
) -> Result<Counts, ConvertError> {
    let mut counts = Counts::default();
    let mut cells = Vec::new();
    let mut rejects: Vec<Reject> = Vec::new();
    loop {
        let reject = match records.next(&mut cells).map_err(ConvertError::Read)? {
            Next::End => break,
            Next::Row {
                place,
                record,
                length,
            } => {
                let untypable = rows.push(record, &cells, place.line, &mut counts).err();
                untypable.map(|Untypable { column, reason }| Reject {
                    place,
                    length,
                    column,
                    reason,
                })
            }
            Next::Rejected {
                place,
                length,
                reason,
            } => Some(Reject {
                place,
                length,
                column: None,
                reason,
            }),
        };
        if let Some(reject) = reject {
            counts.reject(reject.reason);
            rejects.push(reject);
        }
        let mut taken = true;
        if rejects.len() >= REJECTS {
            taken &= pieces
                .send(Piece::Rejects(std::mem::take(&mut rejects)))
                .is_ok();
        }
        if rows.is_full()
            && let Some(batch) = rows
                .take()
                .map_err(|error| ConvertError::Write(error.into()))?
        {
            taken &= pieces.send(Piece::Rows(batch)).is_ok();
        }
        if !taken {
            return Ok(counts);
        }
    }
    let last = rows
        .take()
        .map_err(|error| ConvertError::Write(error.into()))?;
    let last = last.map(Piece::Rows);
    let rejects = (!rejects.is_empty()).then_some(Piece::Rejects(rejects));
    for piece in last.into_iter().chain(rejects).chain([Piece::End]) {
        if pieces.send(piece).is_err() {
            break;
        }
    }
    Ok(counts)
}

type Written<W, J> = Option<(W, Option<J>)>;

/// Writes to the end. `None`: it did not come.
fn write<W, J, F>(
    pieces: Receiver<Piece>,
    table: W,
    rejects: F,
    export: &'static Export,
    provenance: &Provenance,
) -> Result<Written<W, J>, ParquetError>
where
    W: Write + Send,
    J: Write + Send,
    F: FnOnce() -> io::Result<J>,
{
    let mut table = TableFile::new(table, export, provenance)?;
    let mut reject_file = RejectFile::new(rejects, export.table);
    for piece in pieces {
        match piece {
            Piece::Rows(batch) => table.write(batch)?,
            Piece::Rejects(rejects) => reject_file.write(&rejects, provenance)?,
            Piece::End => return Ok(Some((table.finish()?, reject_file.finish()?))),
        }
    }
    Ok(None)
}
