//! Lists of text of some rows.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::ArrowError;

use super::TextColumn;
use super::text::take_offsets;
use crate::schema::list_field;

/// One list per row, or null.
#[derive(Debug)]
pub(crate) struct ListColumn {
    /// How many values there are up to the end of each row.
    ends: Vec<i32>,
    values: TextColumn,
    valid: NullBufferBuilder,
}

impl Default for ListColumn {
    fn default() -> Self {
        Self {
            ends: vec![0],
            values: TextColumn::default(),
            valid: NullBufferBuilder::new(0),
        }
    }
}

impl ListColumn {
    /// The values: the next row's are appended here, then [`ListColumn::end_row`] is called.
    pub(crate) fn values(&mut self) -> &mut TextColumn {
        &mut self.values
    }

    /// Ends a row. A row without values is null.
    pub(crate) fn end_row(&mut self) {
        let values = self.values.len() as i32;
        self.valid.append(self.ends.last() != Some(&values));
        self.ends.push(values);
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        let values = self.ends.last().map_or(0, |&end| end as usize);
        self.values.truncate(values);
        self.valid.truncate(rows);
    }

    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(ListArray::try_new(
            list_field(),
            take_offsets(&mut self.ends),
            self.values.take()?,
            self.valid.finish(),
        )?))
    }
}
