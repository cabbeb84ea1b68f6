//! Where the cells of one column of a file go.

use arrow_array::ArrayRef;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_schema::ArrowError;
use exports::{ColumnType, Export, Treatment};

use crate::Reason;
use crate::batch::{ListColumn, MapColumn, NumberColumn, TextColumn};
use crate::cell::clock::{Clock, Moment};
use crate::cell::hash::Hasher;
use crate::cell::list::Lists;
use crate::cell::time_of_day::{TimeOfDay, time_of_day};
use crate::cell::timestamp::{Written, parse};
use crate::cell::{number, trimmed};
use crate::plan::{Identifiers, Use};

const DAY_SECONDS: i64 = 86_400;

/// What all cells of a file share.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) lists: Lists,
    pub(crate) hasher: Option<Hasher>,
    /// By column: local times that clocks showed twice or never.
    pub(crate) doubtful_times: MapColumn,
    /// By header: cells of columns that the definition lacks.
    pub(crate) unknown_columns: MapColumn,
    /// Of this row: cells of names that don't fit their identifiers.
    pub(crate) uneven_lists: u64,
}

/// Where the cells of one column of a file go.
pub(crate) enum Sink {
    Nothing,
    Text(TextColumn),
    HashedText(TextColumn),
    Timestamp(&'static str, NumberColumn<TimestampMicrosecondType>),
    TimeOfDay(
        String,
        NumberColumn<Int32Type>,
        NumberColumn<TimestampMicrosecondType>,
    ),
    Seconds(NumberColumn<Float64Type>),
    Count(NumberColumn<Int64Type>),
    Score(NumberColumn<Int32Type>),
    List(Treatment, Identifiers, ListColumn),
    Unknown(String),
}

impl Sink {
    pub(crate) fn new(of: &Use, export: &'static Export) -> Self {
        let (index, treatment, identifiers) = match of {
            Use::Nothing => return Self::Nothing,
            Use::Unknown { key } => return Self::Unknown(key.clone()),
            Use::Known {
                index,
                treatment,
                identifiers,
                ..
            } => (*index, *treatment, *identifiers),
        };
        let column = &export.columns[index];
        match column.kind {
            ColumnType::Text if treatment == Treatment::Hash => {
                Self::HashedText(TextColumn::default())
            }
            ColumnType::Text => Self::Text(TextColumn::default()),
            ColumnType::Timestamp => Self::Timestamp(column.name, NumberColumn::default()),
            ColumnType::TimeOfDay => Self::TimeOfDay(
                format!("{}_at", column.name),
                NumberColumn::default(),
                NumberColumn::default(),
            ),
            ColumnType::Seconds => Self::Seconds(NumberColumn::default()),
            ColumnType::Count => Self::Count(NumberColumn::default()),
            ColumnType::Score => Self::Score(NumberColumn::default()),
            ColumnType::List => Self::List(treatment, identifiers, ListColumn::default()),
        }
    }

    /// Which cell of the row has the identifiers of these names.
    pub(crate) fn identifiers(&self) -> Option<usize> {
        match self {
            Self::List(_, Identifiers::At(cell), _) => Some(*cell),
            _ => None,
        }
    }

    /// Takes the next row's cell. `identifiers`: the cell of [`Sink::identifiers`].
    pub(crate) fn push(
        &mut self,
        cell: &[u8],
        identifiers: &[u8],
        shared: &mut Shared,
    ) -> Result<(), Reason> {
        match self {
            Self::Nothing => {}
            Self::Text(column) => column.push_or_null(cell),
            Self::HashedText(column) => push_hashed(column, cell, shared.hasher.as_ref()),
            Self::Timestamp(name, column) => {
                let written = typed(cell, parse, Reason::BadTimestamp)?;
                column.push(written.map(|written| shared.utc_micros(written, name, cell)));
            }
            Self::TimeOfDay(at, millis, moments) => {
                let (time, moment) = match typed(cell, time_of_day, Reason::BadTimeOfDay)? {
                    None => (None, None),
                    Some(TimeOfDay::Alone(millis)) => (Some(millis), None),
                    Some(TimeOfDay::Dated(written)) => {
                        let moment = shared.utc_micros(written, at, cell);
                        (Some(shared.local_millis(written)), Some(moment))
                    }
                };
                millis.push(time);
                moments.push(moment);
            }
            Self::Seconds(column) => column.push(typed(cell, number::seconds, Reason::BadNumber)?),
            Self::Count(column) => column.push(typed(cell, number::count, Reason::BadNumber)?),
            Self::Score(column) => column.push(typed(cell, number::score, Reason::BadScore)?),
            Self::List(treatment, of, column) => {
                let learnt_from = if *of == Identifiers::Own {
                    cell
                } else {
                    identifiers
                };
                shared.lists.learn(learnt_from);
                if *treatment != Treatment::Drop {
                    let whole = shared.is_uneven(cell, identifiers, *of);
                    push_list(column, cell, whole, *treatment, shared);
                }
            }
            Self::Unknown(key) => {
                if !cell.is_empty() {
                    shared.unknown_columns.push(key, &[cell]);
                }
            }
        }
        Ok(())
    }

    /// Takes back all but the first `rows`.
    pub(crate) fn truncate(&mut self, rows: usize) {
        match self {
            Self::Nothing | Self::Unknown(_) => {}
            Self::Text(column) | Self::HashedText(column) => column.truncate(rows),
            Self::Timestamp(_, column) => column.truncate(rows),
            Self::TimeOfDay(_, millis, moments) => {
                millis.truncate(rows);
                moments.truncate(rows);
            }
            Self::Seconds(column) => column.truncate(rows),
            Self::Count(column) => column.truncate(rows),
            Self::Score(column) => column.truncate(rows),
            Self::List(_, _, column) => column.truncate(rows),
        }
    }

    /// The rows as arrays: one, two of a time of day, or none.
    pub(crate) fn take(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        Ok(match self {
            Self::Nothing | Self::Unknown(_) | Self::List(Treatment::Drop, ..) => vec![],
            Self::Text(column) | Self::HashedText(column) => vec![column.take()?],
            Self::Timestamp(_, column) => vec![column.take()?],
            Self::TimeOfDay(_, millis, moments) => vec![millis.take()?, moments.take()?],
            Self::Seconds(column) => vec![column.take()?],
            Self::Count(column) => vec![column.take()?],
            Self::Score(column) => vec![column.take()?],
            Self::List(_, _, column) => vec![column.take()?],
        })
    }
}

impl Shared {
    /// The microseconds since 1970 in UTC; a doubtful time is noted under its column's name.
    fn utc_micros(&mut self, written: Written, column: &str, cell: &[u8]) -> i64 {
        let seconds = match written.offset {
            Some(offset) => written.seconds - offset,
            None => match self.clock.moment(written.seconds) {
                Moment::Sure(seconds) => seconds,
                Moment::Ambiguous(seconds) => {
                    self.doubtful_times.push(column, &[b"ambiguous ", cell]);
                    seconds
                }
                Moment::Impossible(seconds) => {
                    self.doubtful_times.push(column, &[b"impossible ", cell]);
                    seconds
                }
            },
        };
        seconds * 1_000_000 + written.micros
    }

    /// The milliseconds since midnight on the file's clock.
    fn local_millis(&self, written: Written) -> i32 {
        let local = match written.offset {
            Some(offset) => self.clock.local(written.seconds - offset),
            None => written.seconds,
        };
        // A day has fewer than 2^31 milliseconds.
        (local.rem_euclid(DAY_SECONDS) * 1000 + written.micros / 1000) as i32
    }

    /// Whether names have another number of values than their identifiers, so that they stay one value.
    fn is_uneven(&mut self, cell: &[u8], identifiers: &[u8], of: Identifiers) -> bool {
        match of {
            Identifiers::Own => false,
            Identifiers::Missing => true,
            Identifiers::At(_) => {
                let uneven =
                    !cell.is_empty() && self.lists.count(cell) != self.lists.count(identifiers);
                self.uneven_lists += u64::from(uneven);
                uneven
            }
        }
    }
}

/// Reads a cell without the spaces around it; an empty one is null.
fn typed<T>(
    cell: &[u8],
    read: impl FnOnce(&[u8]) -> Option<T>,
    reason: Reason,
) -> Result<Option<T>, Reason> {
    match trimmed(cell) {
        [] => Ok(None),
        cell => read(cell).map(Some).ok_or(reason),
    }
}

/// Without a hasher nothing is published.
fn push_hashed(column: &mut TextColumn, text: &[u8], hasher: Option<&Hasher>) {
    match hasher {
        Some(hasher) if !text.is_empty() => column.push_or_null(hasher.hash(text).as_bytes()),
        _ => column.push_or_null(b""),
    }
}

fn push_list(
    column: &mut ListColumn,
    cell: &[u8],
    whole: bool,
    treatment: Treatment,
    shared: &Shared,
) {
    let values = column.values();
    let mut push = |value: &[u8]| match treatment {
        Treatment::Hash => push_hashed(values, value, shared.hasher.as_ref()),
        Treatment::Keep | Treatment::Drop => values.push_or_null(value),
    };
    if !whole {
        shared.lists.values(cell).for_each(push);
    } else if !cell.is_empty() {
        push(cell);
    }
    column.end_row();
}
