//! What a run of the command line left behind.

use serde_json::Value;

/// How a run of the command line ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// `None` if a signal ended it.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// What it printed, after asserting that it worked.
    pub fn told(&self) -> &str {
        assert_eq!(self.status, Some(0), "{self:#?}");
        &self.stdout
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(self.told()).unwrap()
    }

    /// Its one line on standard error, after asserting that it failed and printed nothing else.
    pub fn refusal(&self) -> &str {
        assert_eq!(self.status, Some(1), "{self:#?}");
        assert_eq!(self.stdout, "", "{self:#?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:#?}");
        assert!(self.stderr.starts_with("sparkbridge: "), "{self:#?}");
        self.stderr.trim_end()
    }
}
