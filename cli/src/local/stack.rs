//! A stack on this machine: whether it runs, and where everything is.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::checkout::Checkout;

/// What a running stack tells of itself, as far as it is needed here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Description {
    pub(super) aws: Aws,
    pub(super) stage: String,
    pub(super) agent: String,
    pub(super) api_url: String,
    pub(super) simulator_url: String,
    pub(super) sftp: Sftp,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Aws {
    pub(super) endpoint_url: String,
    pub(super) region: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sftp {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
}

/// A stack, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Down,
    /// It runs, and does not serve yet.
    Starting {
        process: u32,
    },
    Serving {
        process: u32,
        description: Description,
    },
}

impl State {
    pub(super) fn of(checkout: &Checkout, name: &str) -> Result<Self> {
        let Some(process) = holder(&checkout.lock(name))? else {
            return Ok(Self::Down);
        };
        let path = checkout.description(name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self::Starting { process });
            }
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let description = serde_json::from_slice(&text).with_context(|| {
            let path = path.display();
            format!(
                "{path} is another version's: `sparkbridge local down`, then `sparkbridge local up`"
            )
        })?;
        Ok(Self::Serving {
            process,
            description,
        })
    }

    pub(super) fn process(&self) -> Option<u32> {
        match self {
            Self::Down => None,
            Self::Starting { process } | Self::Serving { process, .. } => Some(*process),
        }
    }
}

/// The process that holds the lock: a stack that was killed holds none, whatever its file says.
fn holder(lock: &Path) -> Result<Option<u32>> {
    let file = match File::open(lock) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("reading {}", lock.display())),
    };
    match file.try_lock_shared() {
        Ok(()) => return Ok(None),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("asking for {}", lock.display()));
        }
    }
    let text = fs::read_to_string(lock).with_context(|| format!("reading {}", lock.display()))?;
    // Locked a moment before the number is written.
    Ok(Some(text.trim().parse().unwrap_or_default()))
}

impl Description {
    pub(super) fn workspace_url(&self) -> String {
        format!("{}/workspace", self.simulator_url)
    }

    /// What leads this command line, and the AWS one, to the stack.
    pub(super) fn environment(&self) -> [(&'static str, &str); 6] {
        [
            ("AWS_ENDPOINT_URL", &self.aws.endpoint_url),
            ("AWS_REGION", &self.aws.region),
            // The emulator's own, good for nothing else.
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("SPARKBRIDGE_STAGE", &self.stage),
            ("SPARKBRIDGE_API_URL", &self.api_url),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_the_lock_runs_and_a_file_that_was_left_over_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.lock");
        assert_eq!(holder(&path).unwrap(), None);
        fs::write(&path, "123").unwrap();
        assert_eq!(holder(&path).unwrap(), None);
        let file = File::options().write(true).open(&path).unwrap();
        file.lock().unwrap();
        assert_eq!(holder(&path).unwrap(), Some(123));
        drop(file);
        assert_eq!(holder(&path).unwrap(), None);
    }
}
