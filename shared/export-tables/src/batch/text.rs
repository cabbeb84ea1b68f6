//! Text of some rows.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

/// One text per row, or null.
#[derive(Debug)]
pub(crate) struct TextColumn {
    /// Where each text ends.
    ends: Vec<i32>,
    bytes: Vec<u8>,
    valid: NullBufferBuilder,
}

impl Default for TextColumn {
    fn default() -> Self {
        Self {
            ends: vec![0],
            bytes: Vec::new(),
            valid: NullBufferBuilder::new(0),
        }
    }
}

impl TextColumn {
    /// Appends a text in UTF-8; an empty one is null.
    pub(crate) fn push_or_null(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.end(!text.is_empty());
    }

    /// Appends parts as one text.
    pub(crate) fn push_parts(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.end(true);
    }

    fn end(&mut self, valid: bool) {
        // A batch holds little more than BATCH_BYTES and one record.
        self.ends.push(self.bytes.len() as i32);
        self.valid.append(valid);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows + 1);
        let end = self.ends.last().map_or(0, |&end| end as usize);
        self.bytes.truncate(end);
        self.valid.truncate(rows);
    }

    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(StringArray::try_new(
            take_offsets(&mut self.ends),
            Buffer::from_vec(take_vec(&mut self.bytes)),
            self.valid.finish(),
        )?))
    }
}

/// What is in a vector, which is left with room for as much.
pub(super) fn take_vec<T>(vec: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(vec.len());
    std::mem::replace(vec, room)
}

/// The ends of rows, with the 0 before the first, as Arrow has them.
pub(super) fn take_offsets(ends: &mut Vec<i32>) -> OffsetBuffer<i32> {
    let taken = take_vec(ends);
    ends.push(0);
    OffsetBuffer::new(ScalarBuffer::from(taken))
}
