//! What the functions log: kept in files, and looked at for the use of old secrets.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use anyhow::Result;
use serde_json::Value;

/// One webhook's record, as far as it tells with which version of the secret it was signed.
#[derive(Clone, Debug)]
pub struct Signed {
    pub agent: String,
    /// Since the run began.
    pub at_secs: f64,
    /// Counted by the metric `OldSecret`.
    pub with_old: bool,
}

/// The logs of a run.
pub struct Logs {
    folder: PathBuf,
    began: Instant,
    files: Mutex<BTreeMap<String, File>>,
    signed: Mutex<Vec<Signed>>,
}

impl Logs {
    /// Into a folder, which is emptied.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn into(folder: &Path) -> Result<Self> {
        // It may not be there.
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            began: Instant::now(),
            files: Mutex::default(),
            signed: Mutex::default(),
        })
    }

    /// Since the run began.
    pub fn elapsed_secs(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    pub(crate) fn keep(&self, function: &str, line: &str) {
        if function == "webhook-intake" {
            self.look_at(line);
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.contains_key(function) {
            let path = self.folder.join(function).with_extension("log");
            let Ok(file) = File::create(path) else { return };
            files.insert(function.to_owned(), file);
        }
        if let Some(file) = files.get_mut(function) {
            // A log that can't be written stops nothing.
            let _ = writeln!(file, "{line}");
        }
    }

    fn look_at(&self, line: &str) {
        let Ok(record) = serde_json::from_str::<Value>(line) else {
            return;
        };
        if record.get("Secret").is_none() {
            return;
        }
        let signed = Signed {
            agent: record["Agent"].as_str().unwrap_or_default().to_owned(),
            at_secs: self.elapsed_secs(),
            with_old: record.get("OldSecret").is_some_and(|count| *count != 0),
        };
        let mut all = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(signed);
    }

    /// What the log lines told of secrets.
    pub fn signed(&self) -> Vec<Signed> {
        self.signed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
