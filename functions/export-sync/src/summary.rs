//! What an invocation answers: to the command line, and in the log of a scheduled one.

use serde::Serialize;

/// What became of everything on the server.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// Export files on the server.
    pub(crate) listed: usize,
    /// Of these, dealt with before.
    pub(crate) known: usize,
    /// Landed in S3 by this invocation.
    pub(crate) pulled: Vec<Pulled>,
    /// The same bytes as before under a new time.
    pub(crate) unchanged: Vec<String>,
    /// Not whole yet.
    pub(crate) waiting: Vec<String>,
    /// Changed while they were read; the next invocation takes what is there then.
    pub(crate) outgrown: Vec<String>,
    /// Being pulled by another invocation.
    pub(crate) busy: Vec<String>,
    /// Could not be pulled this time.
    pub(crate) failed: Vec<Failed>,
    /// Removed from the server after loading, where the settings ask for it.
    pub(crate) deleted: usize,
    /// Directories with files of an export nobody knows; their header decides.
    pub(crate) unknown_directories: Vec<String>,
    /// Directories that the account may not list.
    pub(crate) unreadable_directories: Vec<String>,
    /// Files that are no CSV.
    pub(crate) ignored: u64,
    /// Whether time ran out: invoke again.
    pub(crate) unfinished: bool,
    /// Why nothing was pulled at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<Stopped>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Pulled {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Failed {
    pub(crate) path: String,
    /// What went wrong, causes included.
    pub(crate) error: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Stopped {
    /// A word, as in the metric: not_configured, host_key_not_pinned,
    /// host_key_changed, login_refused, refused.
    pub(crate) reason: &'static str,
    /// What to do, for people.
    pub(crate) message: String,
}
