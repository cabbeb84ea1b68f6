//! Text by text of some rows.

use std::sync::Arc;

use arrow_array::{ArrayRef, MapArray, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::ArrowError;

use super::TextColumn;
use super::text::take_offsets;
use crate::schema::{entries_field, entry_fields};

/// One map per row, or null.
#[derive(Debug)]
pub(crate) struct MapColumn {
    /// How many entries there are up to the end of each row.
    ends: Vec<i32>,
    keys: TextColumn,
    values: TextColumn,
    valid: NullBufferBuilder,
}

impl Default for MapColumn {
    fn default() -> Self {
        Self {
            ends: vec![0],
            keys: TextColumn::default(),
            values: TextColumn::default(),
            valid: NullBufferBuilder::new(0),
        }
    }
}

impl MapColumn {
    /// Appends an entry to the next row; its value is the parts in a row.
    pub(crate) fn push(&mut self, key: &str, value: &[&[u8]]) {
        self.keys.push_parts(&[key.as_bytes()]);
        self.values.push_parts(value);
    }

    /// Ends a row; says how many entries it has. A row without entries is null.
    pub(crate) fn end_row(&mut self) -> u64 {
        let entries = self.keys.len() as i32;
        let before = self.ends.last().copied().unwrap_or_default();
        self.valid.append(entries != before);
        self.ends.push(entries);
        (entries - before) as u64
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        let entries = self.ends.last().map_or(0, |&end| end as usize);
        self.keys.truncate(entries);
        self.values.truncate(entries);
        self.valid.truncate(rows);
    }

    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        let columns = vec![self.keys.take()?, self.values.take()?];
        let entries = StructArray::try_new(entry_fields(), columns, None)?;
        Ok(Arc::new(MapArray::try_new(
            entries_field(),
            take_offsets(&mut self.ends),
            entries,
            self.valid.finish(),
            false,
        )?))
    }
}
