//! A file that keeps messages before they are moved.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use super::letter::{Letter, Told};

/// JSON lines, one message each.
pub(super) struct Save {
    path: PathBuf,
    file: File,
}

#[derive(Serialize)]
struct Line<'a> {
    queue: &'a str,
    #[serde(flatten)]
    message: &'a Told,
}

impl Save {
    /// A new file that only we can read; one that is there is never written over.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(path);
        let file = file.with_context(|| {
            format!(
                "making {}: give --save a file that is not there yet",
                path.display()
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Keeps messages, on the disk.
    pub(super) fn keep(&mut self, queue: &str, letters: &[Letter]) -> Result<()> {
        let mut lines = Vec::new();
        for letter in letters {
            let message = &letter.told;
            serde_json::to_writer(&mut lines, &Line { queue, message })?;
            lines.push(b'\n');
        }
        let written = self
            .file
            .write_all(&lines)
            .and_then(|()| self.file.sync_data());
        written.with_context(|| format!("writing {}; nothing of it was moved", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;
    use serde_json::Value;

    use super::*;

    #[test]
    fn bodies_are_kept_byte_for_byte_a_line_each_and_no_file_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.jsonl");
        let bodies = ["{\"a\": 1}\n", "\u{1b}[2J \"é\""];
        let letters = bodies.map(|body| Letter::of(Message::builder().body(body).build()));
        let mut save = Save::create(&path).unwrap();
        save.keep("turns", &letters[..1]).unwrap();
        save.keep("turns", &letters[1..]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let kept: Vec<&str> = lines
            .iter()
            .map(|line| line["body"].as_str().unwrap())
            .collect();
        assert_eq!(kept, bodies);
        assert!(lines.iter().all(|line| line["queue"] == "turns"));
        let refused = Save::create(&path).err().unwrap();
        assert!(format!("{refused:#}").contains("--save"), "{refused:#}");
    }
}
