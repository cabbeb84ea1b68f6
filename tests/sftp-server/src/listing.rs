//! What a client is told about a file.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::Path,
};

use russh_sftp::protocol::{File, FileAttributes, StatusCode};

/// A folder's entries, without `.` and `..`, sorted by name.
pub(crate) fn entries(folder: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Of a link, this is about the link. What was removed since is left out.
        if let Ok(metadata) = entry.metadata() {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push(File::new(name, attributes(&metadata)));
        }
    }
    files.sort_by(|a, b| a.filename.cmp(&b.filename));
    Ok(files)
}

pub(crate) fn attributes(metadata: &Metadata) -> FileAttributes {
    // Times of the protocol are 32 bits: until 2106.
    let time = |seconds: i64| u32::try_from(seconds).unwrap_or_default();
    FileAttributes {
        size: Some(metadata.len()),
        uid: Some(metadata.uid()),
        gid: Some(metadata.gid()),
        permissions: Some(metadata.mode()),
        atime: Some(time(metadata.atime())),
        mtime: Some(time(metadata.mtime())),
        ..FileAttributes::empty()
    }
}

/// The protocol's word for a failure of the file system.
pub(crate) fn status(error: &io::Error) -> StatusCode {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StatusCode::NoSuchFile,
        io::ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        _ => StatusCode::Failure,
    }
}
