//! Errors for people, causes included.

use std::error::Error;
use std::fmt;

/// An error followed by its causes, each as it describes itself. Never by `Debug`: DynamoDB's errors
/// hold the item that refused a write, and with it what people wrote.
#[derive(Clone, Copy)]
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
