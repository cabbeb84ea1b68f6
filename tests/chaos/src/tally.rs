//! How often each thing happened.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Counts by name, such as `aws.throttled`.
#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    /// Once more.
    pub fn hit(&self, what: &str) {
        self.add(what, 1);
    }

    /// So many times more.
    pub fn add(&self, what: &str, times: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(what.to_owned()).or_default() += times;
    }

    /// All of it.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
