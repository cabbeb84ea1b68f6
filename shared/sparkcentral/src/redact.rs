//! `Debug` output for values that can hold a customer's words, name or address.
//!
//! Every public type of this crate that can hold such a value implements `Debug` by hand with
//! these wrappers, so that a stray `{:?}` in a log line or a failed assertion can't print it.

use std::fmt;

/// Prints `<redacted>`, or `None` when there is nothing to hide.
pub(crate) struct Redacted<'a, T>(pub(crate) &'a Option<T>);

impl<T> fmt::Debug for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "<redacted>"
        } else {
            "None"
        })
    }
}

/// Prints only how many entries a collection has: keys can tell as much as values.
pub(crate) struct Count(pub(crate) usize);

impl fmt::Debug for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} redacted>", self.0)
    }
}
