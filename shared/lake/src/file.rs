//! What the ledger knows of one version of one file.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use exports::keys::FileVersion;
use serde::{Deserialize, Serialize};

/// One version of one file, and where it is on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Which file.
    #[serde(flatten)]
    pub version: FileVersion,
    /// When a listing first showed it.
    pub first_seen: DateTime<Utc>,
    /// When it was written at Sparkcentral, as far as the server says; else when it was first seen.
    pub exported_at: DateTime<Utc>,
    /// How often pulling it was begun.
    pub attempts: u32,
    /// Objects that an earlier load of it published and this one may have to remove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<String>,
    /// What was taken out of it, for contacts that were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Erased>,
    /// Where it is.
    pub state: State,
}

/// What was taken out of a file that had landed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// SHA-256 of the bytes as they were delivered, in hex: what the server may show again.
    pub delivered_sha256: String,
    /// Rows and rejected rows that are in no table any more.
    pub rows: u64,
    /// When, the last time.
    pub at: DateTime<Utc>,
}

/// Where a file is on its way from the server to its table.
///
/// ```text
/// Waiting ─▶ Pulling ─▶ Landing ─▶ Landed ─▶ Loaded (─▶ Superseded)
///    └──────────┴─▶ Outgrown    └▶ Unchanged    └▶ Quarantined
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// Its last line isn't whole. It is taken as it is once it has stayed so for long enough.
    Waiting,
    /// An invocation is reading it, until its lease ends.
    Pulling {
        /// After this another invocation may go on.
        lease_until: DateTime<Utc>,
        /// What S3 has of a long file already.
        progress: Option<Progress>,
    },
    /// Read whole; its object is about to appear. Known before that, so that whoever is told of the
    /// object finds what it must be.
    Landing {
        /// After this another invocation may read it again.
        lease_until: DateTime<Utc>,
        /// What was read.
        #[serde(flatten)]
        landing: Landing,
    },
    /// In S3, byte for byte.
    Landed(Landing),
    /// Byte for byte what an earlier version was: only its time is new. Nothing was stored.
    Unchanged {
        /// SHA-256 in hex.
        sha256: String,
    },
    /// It grew or was replaced while it was read: what is there now is another version.
    Outgrown,
    /// Its rows are in the table.
    Loaded(Table),
    /// Its rows were in the table, until a later version of the same path replaced them.
    Superseded(Table),
    /// No rows can be had from it. Its bytes are kept.
    Quarantined {
        /// What was read, where it was landed by us.
        landing: Landing,
        /// What is wrong and what to do, without any cell of it.
        reason: String,
        /// Where its bytes are kept.
        key: String,
    },
}

/// A file as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How many.
    pub bytes: u64,
    /// Whether it was taken although its last line had no end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unterminated: bool,
}

/// What became of a file's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// What was read.
    pub landing: Landing,
    /// The table, named as the export's.
    pub table: String,
    /// Rows in the table.
    pub rows: u64,
    /// Rows in the rejects.
    pub rejected: u64,
    /// How many of them for which reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Where the file's header differs from the export's definition, each for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
    /// Times that are ambiguous or impossible in the schedule's time zone.
    #[serde(default)]
    pub doubtful_times: u64,
    /// Its objects in the lake.
    pub keys: Vec<String>,
    /// When.
    pub loaded_at: DateTime<Utc>,
}

/// How much of a long file S3 has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The multipart upload.
    pub upload: Upload,
    /// The hash's state after the last part, in hex.
    pub hash_state: String,
}

/// A multipart upload under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// As S3 named it.
    pub id: String,
    /// Its parts so far, numbered from 1.
    pub parts: Vec<Part>,
}

/// One part of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// As S3 named it.
    pub etag: String,
    /// Its bytes.
    pub size: u64,
}

impl Upload {
    /// Bytes in the parts so far.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.size).sum()
    }
}

impl FileRecord {
    /// What was read of it, once it was read whole.
    pub fn landing(&self) -> Option<&Landing> {
        match &self.state {
            State::Landing { landing, .. }
            | State::Landed(landing)
            | State::Quarantined { landing, .. } => Some(landing),
            State::Loaded(table) | State::Superseded(table) => Some(&table.landing),
            State::Waiting | State::Pulling { .. } | State::Unchanged { .. } | State::Outgrown => {
                None
            }
        }
    }

    /// SHA-256 of its bytes as they were delivered, once it was read whole.
    pub fn delivered_sha256(&self) -> Option<&str> {
        let erased = self.erased.as_ref();
        let delivered = erased.map(|erased| erased.delivered_sha256.as_str());
        delivered.or_else(|| Some(self.landing()?.sha256.as_str()))
    }

    /// The record of a file that is to be loaded again from its landed bytes; `None` if it never
    /// landed, or a later version stands in its place.
    pub fn to_load_again(&self) -> Option<Self> {
        let (landing, published) = match &self.state {
            State::Loaded(table) => (&table.landing, &table.keys),
            State::Quarantined { landing, .. } => (landing, &self.published),
            State::Landed(landing) => (landing, &self.published),
            _ => return None,
        };
        Some(Self {
            published: published.clone(),
            state: State::Landed(landing.clone()),
            ..self.clone()
        })
    }

    /// Its order among the versions of its path: later ones replace earlier ones.
    pub fn order(&self) -> (DateTime<Utc>, DateTime<Utc>, &FileVersion) {
        (self.exported_at, self.first_seen, &self.version)
    }
}

impl State {
    /// One word, as `sparkbridge exports status` shows it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Pulling { .. } => "pulling",
            Self::Landing { .. } => "landing",
            Self::Landed(_) => "landed",
            Self::Unchanged { .. } => "unchanged",
            Self::Outgrown => "outgrown",
            Self::Loaded(_) => "loaded",
            Self::Superseded(_) => "superseded",
            Self::Quarantined { .. } => "quarantined",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    #[test]
    fn a_record_survives_its_storage() {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let landing = Landing {
            sha256: "ab".into(),
            bytes: 7,
            unterminated: true,
        };
        for state in [
            State::Waiting,
            State::Landing {
                lease_until: at,
                landing: landing.clone(),
            },
            State::Landed(landing.clone()),
            State::Quarantined {
                landing,
                reason: "r".into(),
                key: "k".into(),
            },
        ] {
            let record = FileRecord {
                version: FileVersion {
                    path: "/export/tag/x.csv".into(),
                    origin: Origin::Sftp {
                        modified: 1,
                        size: 2,
                    },
                },
                first_seen: at,
                exported_at: at,
                attempts: 1,
                published: Vec::new(),
                erased: None,
                state,
            };
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(
                serde_json::from_str::<FileRecord>(&json).unwrap(),
                record,
                "{json}"
            );
        }
    }
}
