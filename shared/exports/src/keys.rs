//! Where a file is in S3 and in the ledger: one version of it is the same name everywhere.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Export, FileName, Stamps};

/// Where a file came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "origin")]
pub enum Origin {
    /// Pulled from the SFTP server. Another time or size under the same path is another version.
    Sftp {
        /// When the server says it was written, seconds since 1970.
        modified: i64,
        /// Its bytes there.
        size: u64,
    },
    /// Dropped into the inbox. What counts is its content: browsers make up names.
    Inbox {
        /// SHA-256 of the CSV, unpacked, in hex.
        sha256: String,
    },
}

/// One version of one export file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileVersion {
    /// Absolute on the SFTP server, or the name it was dropped under.
    pub path: String,
    #[serde(flatten)]
    /// Where from, and which version.
    pub origin: Origin,
}

impl FileVersion {
    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The key of its bytes as landed; files of the inbox stay where they were dropped.
    #[must_use]
    pub fn raw_key(&self) -> Option<String> {
        match &self.origin {
            Origin::Sftp { modified, size } => Some(format!(
                "raw/{}/{modified}-{size}",
                self.path.trim_start_matches('/')
            )),
            Origin::Inbox { .. } => None,
        }
    }

    /// Its partition in the ledger: a month of an export, so that a month is one query. Every version
    /// of a path is in the same one: it depends on the path alone.
    /// Settings have no say in it, since they can change.
    #[must_use]
    pub fn partition(&self) -> String {
        if matches!(self.origin, Origin::Inbox { .. }) {
            return partition(INBOX, None);
        }
        let name = FileName::parse(self.name());
        let directory = self.path.rsplit('/').nth(1).unwrap_or_default();
        let hint = Export::by_directory(directory).or(name.export);
        let month = match name.stamps {
            Stamps::At(at) | Stamps::Range { to: at, .. } => Some(at.date()),
            Stamps::None => None,
        };
        partition(hint.map_or(UNKNOWN, |export| export.table), month)
    }

    /// Its sort key in the ledger, below [`Self::path_prefix`].
    #[must_use]
    pub fn sort_key(&self) -> String {
        match &self.origin {
            Origin::Sftp { modified, size } => {
                format!("{}{modified}-{size}", Self::path_prefix(&self.path))
            }
            Origin::Inbox { sha256 } => sha256.clone(),
        }
    }

    /// What the sort keys of a path's versions begin with.
    #[must_use]
    pub fn path_prefix(path: &str) -> String {
        format!("{path}#")
    }

    /// Names its objects in the tables: the same bytes under the same path always give the same name.
    #[must_use]
    pub fn object_id(&self, sha256: &str) -> String {
        match &self.origin {
            Origin::Sftp { .. } => format!("{}-{sha256}", &content_id(self.path.as_bytes())[..16]),
            Origin::Inbox { .. } => format!("inbox-{sha256}"),
        }
    }
}

/// For people: path and version.
impl fmt::Display for FileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Sftp { modified, size } => {
                write!(f, "{} ({size} bytes of {modified})", self.path)
            }
            Origin::Inbox { sha256 } => write!(f, "{} (inbox, {sha256})", self.path),
        }
    }
}

/// Stands for the table where none is known from the path.
pub const UNKNOWN: &str = "unknown";
/// Stands for the table of hand-dropped files: their name says nothing.
pub const INBOX: &str = "inbox";

/// What the partitions of files begin with.
pub const FILES: &str = "FILES#";

/// A partition of the ledger; `None` for files whose name states no time.
#[must_use]
pub fn partition(table: &str, month: Option<NaiveDate>) -> String {
    match month {
        Some(day) => format!("{FILES}{table}#{:04}-{:02}", day.year(), day.month()),
        None => format!("{FILES}{table}#undated"),
    }
}

/// An object whose arrival S3 tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// Bytes that export-sync landed, by the key it gave them.
    Raw(FileVersion),
    /// A file dropped by hand, by its key.
    Inbox(InboxKey),
}

/// The key of a hand-dropped file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxKey(pub String);

impl InboxKey {
    /// The last part of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl Landed {
    /// Reads a key of the lake; `None` if it is neither.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        if key.starts_with("inbox/") {
            // A "folder" made in the console is an empty object.
            return (!key.ends_with('/')).then(|| Self::Inbox(InboxKey(key.to_owned())));
        }
        let (path, version) = key.strip_prefix("raw/")?.rsplit_once('/')?;
        let (modified, size) = version.rsplit_once('-')?;
        let version = FileVersion {
            path: format!("/{path}"),
            origin: Origin::Sftp {
                modified: modified.parse().ok()?,
                size: size.parse().ok()?,
            },
        };
        // A key that export-sync would have written otherwise is not its key.
        let ours = version.raw_key().is_some_and(|raw| raw == key);
        ours.then_some(Self::Raw(version))
    }
}

/// The key of a table's object. `table` is an export's or `rejects`.
#[must_use]
pub fn table_key(table: &str, exported_at: DateTime<Utc>, id: &str) -> String {
    let day = exported_at.format("%Y-%m-%d");
    format!("tables/{table}/export_date={day}/{id}.parquet")
}

/// SHA-256 in hex.
#[must_use]
pub fn content_id(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(path: &str) -> FileVersion {
        FileVersion {
            path: path.into(),
            origin: Origin::Sftp {
                modified: 1_795_000_000,
                size: 12,
            },
        }
    }

    #[test]
    fn a_raw_key_leads_back_to_its_file() {
        let file = version("/export/message/[o-1][message][01012026000000][02012026000000][u].csv");
        let key = file.raw_key().unwrap();
        assert_eq!(Landed::parse(&key), Some(Landed::Raw(file)));
        assert_eq!(Landed::parse("raw/no-version"), None);
        assert_eq!(Landed::parse("tables/messages/x"), None);
        assert_eq!(Landed::parse("inbox/"), None);
        for other in [
            "raw//x/1-2",
            "raw/x/+1-2",
            "raw/x/01-2",
            "raw/x/1-+2",
            "raw/x/1-02",
        ] {
            assert_eq!(Landed::parse(other), None, "{other}");
        }
    }

    #[test]
    fn versions_of_a_path_share_a_partition_and_not_a_sort_key() {
        let path = "/export/topic/[o][topic][01022026000000][02022026000000][u].csv";
        let (one, mut two) = (version(path), version(path));
        two.origin = Origin::Sftp {
            modified: 1_799_999_999,
            size: 12,
        };
        assert_eq!(one.partition(), "FILES#topics#2026-02");
        assert_eq!(one.partition(), two.partition());
        assert_ne!(one.sort_key(), two.sort_key());
        assert_ne!(one.object_id("aa"), version("/other").object_id("aa"));
    }
}
