//! Waits until files are dealt with.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use lake::{FileRecord, FileVersion, Ledger, State};

/// Between the first two looks; each wait is longer than the one before.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(3);
/// Without any change for so long, nothing will come by itself.
const GIVE_UP_AFTER: Duration = Duration::from_secs(600);

/// How long to wait for the next look.
#[derive(Debug)]
struct Patience {
    next: Duration,
    /// Waited since the last change.
    waited: Duration,
}

impl Patience {
    fn new() -> Self {
        Self {
            next: SHORTEST,
            waited: Duration::ZERO,
        }
    }

    /// `None`: nothing changed for too long.
    fn pause(&mut self, changed: bool) -> Option<Duration> {
        if changed {
            self.waited = Duration::ZERO;
        }
        if self.waited >= GIVE_UP_AFTER {
            return None;
        }
        let pause = self.next;
        self.waited += pause;
        self.next = (pause * 3 / 2).min(LONGEST);
        Some(pause)
    }
}

/// A file that somebody waits for.
#[derive(Clone, Debug)]
pub(crate) struct Awaited {
    pub(crate) version: FileVersion,
    /// Attempts there were before. A quarantine that is as old says nothing of the new attempt.
    pub(crate) attempts: Option<u32>,
}

impl Awaited {
    pub(crate) fn new(version: FileVersion) -> Self {
        Self {
            version,
            attempts: None,
        }
    }

    fn is_settled(&self, record: &FileRecord) -> bool {
        match record.state {
            State::Loaded(_) | State::Superseded(_) | State::Unchanged { .. } | State::Outgrown => {
                true
            }
            State::Quarantined { .. } => self.attempts.is_none_or(|was| record.attempts > was),
            State::Waiting | State::Pulling { .. } | State::Landing { .. } | State::Landed(_) => {
                false
            }
        }
    }
}

/// What became of the files, in the order they were given in.
#[derive(Debug)]
pub(crate) struct Waited {
    pub(crate) settled: Vec<FileRecord>,
    /// Still open when patience ended, with what is known of them.
    pub(crate) open: Vec<(FileVersion, Option<FileRecord>)>,
}

/// Looks into the ledger until every file is loaded, replaced or quarantined, or nothing has changed
/// for ten minutes. The bar counts the settled ones.
pub(crate) async fn settle(
    ledger: &Ledger,
    files: &[Awaited],
    bar: &ProgressBar,
) -> Result<Waited> {
    let mut patience = Patience::new();
    let mut settled: HashMap<FileVersion, FileRecord> = HashMap::new();
    let mut open: HashMap<FileVersion, FileRecord> = HashMap::new();
    loop {
        let missing = files.iter().filter(|f| !settled.contains_key(&f.version));
        let missing: Vec<&Awaited> = missing.collect();
        let wanted: Vec<_> = missing.iter().map(|file| file.version.clone()).collect();
        let found = look(ledger, &wanted).await?;
        let before = settled.len();
        let mut changed = false;
        for file in missing {
            let Some(record) = found.get(&file.version) else {
                continue;
            };
            if file.is_settled(record) {
                settled.insert(file.version.clone(), record.clone());
            } else {
                let was = open.insert(file.version.clone(), record.clone());
                changed |= was.as_ref() != Some(record);
            }
        }
        bar.set_position(settled.len() as u64);
        if files.iter().all(|file| settled.contains_key(&file.version)) {
            break;
        }
        let Some(pause) = patience.pause(changed || settled.len() > before) else {
            break;
        };
        tokio::time::sleep(pause).await;
    }
    let mut waited = Waited {
        settled: Vec::new(),
        open: Vec::new(),
    };
    for file in files {
        match settled.get(&file.version) {
            Some(record) => waited.settled.push(record.clone()),
            None => {
                let known = open.get(&file.version).cloned();
                waited.open.push((file.version.clone(), known));
            }
        }
    }
    Ok(waited)
}

/// The records there are, by the versions that were asked for: of a dropped file the name may differ.
async fn look(ledger: &Ledger, wanted: &[FileVersion]) -> Result<HashMap<FileVersion, FileRecord>> {
    let found = ledger.files(wanted).await.context("reading the ledger")?;
    let mut by_version = HashMap::new();
    for version in wanted {
        let same = found.iter().find(|saved| {
            let there = &saved.record.version;
            there.origin == version.origin && (is_dropped(version) || there.path == version.path)
        });
        if let Some(saved) = same {
            by_version.insert(version.clone(), saved.record.clone());
        }
    }
    Ok(by_version)
}

fn is_dropped(version: &FileVersion) -> bool {
    matches!(version.origin, lake::Origin::Inbox { .. })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use lake::{Landing, Origin};

    use super::*;

    fn record(attempts: u32, state: State) -> FileRecord {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        FileRecord {
            version: version(),
            first_seen: at,
            exported_at: at,
            attempts,
            published: Vec::new(),
            erased: None,
            state,
        }
    }

    fn version() -> FileVersion {
        FileVersion {
            path: "/export/tag/x.csv".into(),
            origin: Origin::Sftp {
                modified: 1,
                size: 2,
            },
        }
    }

    fn landing() -> Landing {
        Landing {
            sha256: "ab".into(),
            bytes: 2,
            unterminated: false,
        }
    }

    #[test]
    fn pauses_grow_to_three_seconds_and_end_after_ten_minutes() {
        let mut patience = Patience::new();
        let pauses: Vec<Duration> = std::iter::from_fn(|| patience.pause(false)).collect();
        assert_eq!(pauses[0], SHORTEST);
        assert!(pauses.is_sorted());
        assert_eq!(pauses.last(), Some(&LONGEST));
        let waited: Duration = pauses.iter().sum();
        assert!(waited >= GIVE_UP_AFTER && waited < GIVE_UP_AFTER + LONGEST);
    }

    #[test]
    fn a_change_renews_the_patience() {
        let mut patience = Patience::new();
        while patience.pause(false).is_some() {}
        assert_eq!(patience.pause(true), Some(LONGEST));
    }

    #[test]
    fn an_old_quarantine_is_not_the_end_of_a_new_attempt() {
        let quarantined = State::Quarantined {
            landing: landing(),
            reason: "r".into(),
            key: "k".into(),
        };
        let mut file = Awaited::new(version());
        assert!(file.is_settled(&record(1, quarantined.clone())));
        file.attempts = Some(1);
        assert!(!file.is_settled(&record(1, quarantined.clone())));
        assert!(file.is_settled(&record(2, quarantined)));
    }

    #[test]
    fn what_is_on_its_way_is_not_settled() {
        let file = Awaited::new(version());
        assert!(!file.is_settled(&record(1, State::Landed(landing()))));
        assert!(!file.is_settled(&record(1, State::Waiting)));
        assert!(file.is_settled(&record(1, State::Outgrown)));
    }
}
