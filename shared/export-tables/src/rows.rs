//! Makes typed rows of records.

use arrow_array::types::Int64Type;
use arrow_schema::ArrowError;
use exports::Export;

use crate::Reason;
use crate::batch::{BATCH_BYTES, BATCH_ROWS, Batch, MapColumn, NumberColumn};
use crate::cell::clock::Clock;
use crate::cell::hash::Hasher;
use crate::cell::list::Lists;
use crate::plan::Use;
use crate::records::Cell;
use crate::report::Counts;
use crate::sink::{Shared, Sink};

/// The rows of the batch that is being filled.
pub(crate) struct Rows {
    export: &'static Export,
    uses: Vec<Use>,
    sinks: Vec<Sink>,
    shared: Shared,
    lines: NumberColumn<Int64Type>,
    rows: usize,
    bytes: u64,
    /// Hold cells whose doubled quotes are made single.
    scratch: Vec<u8>,
    identifiers: Vec<u8>,
}

/// A cell that its column can't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Untypable {
    /// [`exports::Column::name`].
    pub(crate) column: Option<&'static str>,
    pub(crate) reason: Reason,
}

impl Rows {
    pub(crate) fn new(
        export: &'static Export,
        uses: Vec<Use>,
        clock: Clock,
        hasher: Option<Hasher>,
    ) -> Self {
        Self {
            export,
            sinks: uses.iter().map(|of| Sink::new(of, export)).collect(),
            uses,
            shared: Shared {
                clock,
                lists: Lists::default(),
                hasher,
                doubtful_times: MapColumn::default(),
                unknown_columns: MapColumn::default(),
                uneven_lists: 0,
            },
            lines: NumberColumn::default(),
            rows: 0,
            bytes: 0,
            scratch: Vec::new(),
            identifiers: Vec::new(),
        }
    }

    /// Takes a record with as many cells as the header. If a cell can't be typed, nothing of it is kept.
    pub(crate) fn push(
        &mut self,
        record: &[u8],
        cells: &[Cell],
        line: u64,
        counts: &mut Counts,
    ) -> Result<(), Untypable> {
        for (place, (sink, cell)) in self.sinks.iter_mut().zip(cells).enumerate() {
            let identifiers = match sink.identifiers() {
                Some(at) => cells[at].text(record, &mut self.identifiers),
                None => b"",
            };
            let text = cell.text(record, &mut self.scratch);
            if let Err(reason) = sink.push(text, identifiers, &mut self.shared) {
                self.take_back();
                let column = self.name(place);
                return Err(Untypable { column, reason });
            }
        }
        // Whole numbers of lines are far below 2^63.
        self.lines.push(Some(line as i64));
        counts.doubtful_times += self.shared.doubtful_times.end_row();
        self.shared.unknown_columns.end_row();
        counts.uneven_lists += std::mem::take(&mut self.shared.uneven_lists);
        counts.rows += 1;
        self.rows += 1;
        self.bytes += record.len() as u64;
        Ok(())
    }

    fn take_back(&mut self) {
        for sink in &mut self.sinks {
            sink.truncate(self.rows);
        }
        self.shared.doubtful_times.truncate(self.rows);
        self.shared.unknown_columns.truncate(self.rows);
        self.shared.uneven_lists = 0;
    }

    fn name(&self, place: usize) -> Option<&'static str> {
        match self.uses[place] {
            Use::Known { index, .. } => Some(self.export.columns[index].name),
            Use::Nothing | Use::Unknown { .. } => None,
        }
    }

    /// Whether the batch should be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// The rows so far, which are then no longer here. `None`: there are none.
    pub(crate) fn take(&mut self) -> Result<Option<Batch>, ArrowError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut own = Vec::new();
        for (of, sink) in self.uses.iter().zip(&mut self.sinks) {
            if let Use::Known { to, .. } = of {
                for (next, array) in sink.take()?.into_iter().enumerate() {
                    own.push((to + next, array));
                }
            }
        }
        let batch = Batch {
            rows: self.rows,
            own,
            lines: self.lines.take()?,
            doubtful_times: self.shared.doubtful_times.take()?,
            unknown_columns: self.shared.unknown_columns.take()?,
        };
        self.rows = 0;
        self.bytes = 0;
        Ok(Some(batch))
    }
}
