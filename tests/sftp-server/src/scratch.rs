//! A folder of its own for each server.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Context;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// An empty folder below the system's temporary one, removed with everything in it when dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// # Errors
    /// The folder can't be made.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        let temporary = std::env::temp_dir();
        // Canonical, because what is below it is compared with canonical paths.
        let temporary = temporary.canonicalize().context("no temporary folder")?;
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = temporary.join(format!("sftp-{name}-{}-{count}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                // Left behind by a process of the same number that was killed.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("{} can't be made", path.display()));
                }
            }
        }
    }

    /// Absolute, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed stays for the system's own cleaning of temporary files.
        let _left = std::fs::remove_dir_all(&self.path);
    }
}
