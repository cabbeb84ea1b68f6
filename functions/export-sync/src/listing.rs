//! What is on the server: known directories and unknown ones.

use exports::{Export, FileName, Settings, is_export_file};
use lake::{FileVersion, Origin};
use sftp::{Entry, Kind, Session, SftpError};

/// Directories below the root are followed this deep.
const DEPTH: usize = 4;

/// A file to be taken.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) version: FileVersion,
    /// The export its directory or name speaks of.
    pub(crate) export: Option<&'static Export>,
}

/// Everything below the root.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Export files.
    pub(crate) files: Vec<Listed>,
    /// Directories with export files whose export is not known.
    pub(crate) unknown_directories: Vec<String>,
    /// Directories below the root that the account may not list.
    pub(crate) unreadable_directories: Vec<String>,
    /// Files that are no CSV.
    pub(crate) ignored: u64,
}

/// Lists the root and what is below it.
pub(crate) async fn list(session: &Session, settings: &Settings) -> Result<Listing, SftpError> {
    let mut listing = Listing::default();
    let mut ahead = vec![(settings.root.clone(), 0)];
    while let Some((directory, depth)) = ahead.pop() {
        let entries = match session.list(&directory).await {
            Err(error) if depth > 0 && !error.is_temporary() => {
                listing.unreadable_directories.push(directory);
                continue;
            }
            entries => entries?,
        };
        for entry in entries {
            match entry.kind {
                Kind::Directory if depth < DEPTH && !entry.name.starts_with('.') => {
                    ahead.push((entry.path, depth + 1));
                }
                Kind::File if is_export_file(&entry.name) => {
                    let listed = listed(&entry, &directory, settings);
                    if listed.export.is_none() && !listing.unknown_directories.contains(&directory)
                    {
                        listing.unknown_directories.push(directory.clone());
                    }
                    listing.files.push(listed);
                }
                Kind::File => listing.ignored += 1,
                Kind::Directory | Kind::Other => {}
            }
        }
    }
    // Oldest first, so that a later statement of a row is loaded later.
    listing
        .files
        .sort_by(|one, other| order(one).cmp(&order(other)));
    Ok(listing)
}

fn listed(entry: &Entry, directory: &str, settings: &Settings) -> Listed {
    let last = directory.rsplit('/').next().unwrap_or(directory);
    let export = settings
        .export_of_directory(last)
        .or_else(|| FileName::parse(&entry.name).export);
    Listed {
        version: version(entry),
        export,
    }
}

fn order(listed: &Listed) -> (i64, &str) {
    let modified = match &listed.version.origin {
        Origin::Sftp { modified, .. } => *modified,
        Origin::Inbox { .. } => 0,
    };
    (modified, &listed.version.path)
}

/// Which version of a file an entry is. A server that states no time leaves the size alone to tell.
pub(crate) fn version(entry: &Entry) -> FileVersion {
    FileVersion {
        path: entry.path.clone(),
        origin: Origin::Sftp {
            modified: entry.modified.map_or(0, i64::from),
            size: entry.size,
        },
    }
}
