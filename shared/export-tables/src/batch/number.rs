//! Numbers and times of some rows.

use std::sync::Arc;

use arrow_array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::{NullBufferBuilder, ScalarBuffer};
use arrow_schema::ArrowError;

use super::text::take_vec;

/// One number per row, or null.
#[derive(Debug)]
pub(crate) struct NumberColumn<T: ArrowPrimitiveType> {
    numbers: Vec<T::Native>,
    valid: NullBufferBuilder,
}

impl<T: ArrowPrimitiveType> Default for NumberColumn<T> {
    fn default() -> Self {
        Self {
            numbers: Vec::new(),
            valid: NullBufferBuilder::new(0),
        }
    }
}

impl<T: ArrowPrimitiveType> NumberColumn<T> {
    pub(crate) fn push(&mut self, number: Option<T::Native>) {
        self.numbers.push(number.unwrap_or_default());
        self.valid.append(number.is_some());
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.numbers.truncate(rows);
        self.valid.truncate(rows);
    }

    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        let numbers = ScalarBuffer::from(take_vec(&mut self.numbers));
        Ok(Arc::new(PrimitiveArray::<T>::try_new(
            numbers,
            self.valid.finish(),
        )?))
    }
}
