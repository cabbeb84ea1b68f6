//! The directory exports are put into, and the files that are there.
//!
//! A file is written beside `export/` and then moved to its place, so that a reader sees it whole or not
//! at all. Only a fault writes it in its place.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::{fs, io::AsyncWriteExt, sync::Mutex};
use uuid::Uuid;

use crate::exports::kind::ExportType;

/// Where a file is before it is whole: outside what the vendor's tree serves.
const UNFINISHED: &str = "unfinished";

/// How much of a file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Whole,
    /// The rest comes at once, some time or when it is asked for.
    HalfWritten,
    /// The rest comes in pieces.
    Growing,
}

/// An exported file as the control face shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct File {
    #[serde(rename = "type")]
    pub(crate) kind: ExportType,
    /// As seen over SFTP.
    pub(crate) path: String,
    pub(crate) rows: usize,
    /// Of the whole file, as is the hash.
    pub(crate) bytes: usize,
    pub(crate) sha256: String,
    /// Bytes that are there by now.
    pub(crate) written: usize,
    pub(crate) state: State,
}

impl File {
    /// Its name, without the folders.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// A file to be put up.
pub(crate) struct Draft {
    pub(crate) kind: ExportType,
    pub(crate) name: String,
    pub(crate) rows: usize,
    pub(crate) content: Vec<u8>,
}

struct Entry {
    file: File,
    /// Empty once all of it is written.
    content: Vec<u8>,
}

/// The directory and its files, oldest first.
pub(crate) struct Shelf {
    root: PathBuf,
    /// Held while a file is written: its writers take turns.
    entries: Mutex<Vec<Entry>>,
}

impl Shelf {
    /// # Errors
    /// The directory can't be made.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        for below in ["export", UNFINISHED] {
            let path = root.join(below);
            std::fs::create_dir_all(&path)
                .with_context(|| format!("{} can't be made", path.display()))?;
        }
        Ok(Self {
            root: root.into(),
            entries: Mutex::default(),
        })
    }

    pub(crate) async fn files(&self) -> Vec<File> {
        let entries = self.entries.lock().await;
        entries.iter().map(|entry| entry.file.clone()).collect()
    }

    /// The name of the newest file of a type.
    pub(crate) async fn newest(&self, kind: ExportType) -> Option<String> {
        let entries = self.entries.lock().await;
        let newest = entries.iter().rfind(|entry| entry.file.kind == kind)?;
        Some(newest.file.name().into())
    }

    /// A file and what is there of it by now; `None` for one that was never written here.
    pub(crate) async fn read(&self, path: &str) -> Option<(File, io::Result<Vec<u8>>)> {
        let entries = self.entries.lock().await;
        let found = entries.iter().find(|entry| entry.file.path == path)?;
        let content = fs::read(self.place(path)).await;
        Some((found.file.clone(), content))
    }

    /// Puts a file up, or another in its place: so many of its first bytes, or without `part` all of it at
    /// once.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) async fn put(&self, draft: Draft, part: Option<(State, usize)>) -> io::Result<File> {
        let mut entries = self.entries.lock().await;
        let directory = draft.kind.directory();
        let path = format!("/export/{directory}/{}", draft.name);
        let place = self.place(&path);
        fs::create_dir_all(self.root.join("export").join(directory)).await?;
        let bytes = draft.content.len();
        let sha256 = hex::encode(Sha256::digest(&draft.content));
        let written = part.map_or(bytes, |(_, part)| cut(&draft.content, part));
        if part.is_some() {
            fs::write(&place, &draft.content[..written]).await?;
        } else {
            let unfinished = self.root.join(UNFINISHED);
            fs::create_dir_all(&unfinished).await?;
            let temporary = unfinished.join(Uuid::new_v4().to_string());
            fs::write(&temporary, &draft.content).await?;
            fs::rename(&temporary, &place).await?;
        }
        let file = File {
            kind: draft.kind,
            path,
            rows: draft.rows,
            bytes,
            sha256,
            written,
            state: match part {
                Some((state, _)) if written < bytes => state,
                _ => State::Whole,
            },
        };
        entries.retain(|entry| entry.file.path != file.path);
        entries.push(Entry {
            file: file.clone(),
            content: if written < bytes {
                draft.content
            } else {
                Vec::new()
            },
        });
        Ok(file)
    }

    /// Writes a file on, up to so many bytes in all, unless another is in its place by now.
    ///
    /// # Errors
    /// It can't be written: somebody may have deleted it.
    pub(crate) async fn write_on(&self, file: &File, upto: usize) -> io::Result<()> {
        let mut entries = self.entries.lock().await;
        let same =
            |entry: &&mut Entry| entry.file.path == file.path && entry.file.sha256 == file.sha256;
        match entries.iter_mut().find(same) {
            Some(entry) => self.extend(entry, upto).await,
            None => Ok(()),
        }
    }

    /// Completes every file that is not whole, and returns those.
    ///
    /// # Errors
    /// One can't be written; the others may be.
    pub(crate) async fn finish(&self) -> io::Result<Vec<File>> {
        let mut finished = Vec::new();
        for entry in &mut *self.entries.lock().await {
            if entry.file.written < entry.file.bytes {
                self.extend(entry, entry.file.bytes).await?;
                finished.push(entry.file.clone());
            }
        }
        Ok(finished)
    }

    async fn extend(&self, entry: &mut Entry, upto: usize) -> io::Result<()> {
        let upto = cut(&entry.content, upto);
        if upto <= entry.file.written {
            return Ok(());
        }
        let place = self.place(&entry.file.path);
        let mut open = fs::OpenOptions::new().append(true).open(&place).await?;
        open.write_all(&entry.content[entry.file.written..upto])
            .await?;
        open.flush().await?;
        entry.file.written = upto;
        if upto == entry.file.bytes {
            entry.content = Vec::new();
            entry.file.state = State::Whole;
        }
        Ok(())
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

/// Where a file may be cut near `at`: never behind a line's end, where a part would look whole.
fn cut(content: &[u8], at: usize) -> usize {
    if at >= content.len() {
        return content.len();
    }
    let broken = |&length: &usize| content.get(length - 1) != Some(&b'\n');
    (1..=at).rev().find(broken).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_never_behind_a_lines_end() {
        let content = b"ab\n\ncd\n";
        let cuts: Vec<_> = (0..=8).map(|at| cut(content, at)).collect();
        assert_eq!(cuts, [0, 1, 2, 2, 2, 5, 6, 7, 7]);
    }
}
