//! What is known of a file without opening it.

use russh_sftp::protocol::{File, FileAttributes};

/// Something in a folder of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it has to be given to the server.
    pub path: String,
    /// The path's last part.
    pub name: String,
    pub kind: Kind,
    /// Bytes; 0 if the server doesn't say.
    pub size: u64,
    /// Unix seconds. The protocol knows nothing finer.
    pub modified: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    /// Symbolic links, which are never followed, and whatever else there is.
    Other,
}

/// The bits of a Unix mode that hold the kind.
const KIND: u32 = 0o170_000;

impl Entry {
    pub(crate) fn new(path: String, attributes: &FileAttributes, long_name: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        Self {
            name,
            kind: kind(attributes.permissions, long_name),
            size: attributes.size.unwrap_or(0),
            modified: attributes.mtime,
            path,
        }
    }
}

/// Servers may leave the mode out, mostly on Windows. Their long names are those of `ls -l` then, if they give any.
fn kind(mode: Option<u32>, long_name: &str) -> Kind {
    match (mode.map(|mode| mode & KIND), long_name.as_bytes().first()) {
        (Some(0o100_000), _) | (None | Some(0), Some(b'-') | None) => Kind::File,
        (Some(0o040_000), _) | (None | Some(0), Some(b'd')) => Kind::Directory,
        _ => Kind::Other,
    }
}

/// Longest path in bytes: it becomes part of a key in S3 and in DynamoDB, which take 1,024.
const LONGEST_PATH: usize = 900;

/// What a server lists in a folder, without `.` and `..`, and without names that no export has: one that
/// would lead elsewhere, holds a control character, or is too long to be kept. Of those a warning tells
/// how many there are, and not what they say.
pub fn entries(folder: &str, listed: impl IntoIterator<Item = File>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut refused = 0_usize;
    for file in listed {
        let path = join(folder, &file.filename);
        match file.filename.as_str() {
            "." | ".." => {}
            name if is_name(name) && path.len() <= LONGEST_PATH => {
                entries.push(Entry::new(path, &file.attrs, &file.longname));
            }
            _ => refused += 1,
        }
    }
    if refused > 0 {
        tracing::warn!(refused, "the SFTP server lists names that can't be taken");
    }
    entries
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '/' || c.is_control())
}

/// The path of something in a folder.
fn join(folder: &str, name: &str) -> String {
    match folder.trim_end_matches('/') {
        "" if folder.is_empty() => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_by_the_mode_or_else_by_the_long_name() {
        for (mode, long_name, expected) in [
            (Some(0o100_644), "", Kind::File),
            (Some(0o040_755), "-rw", Kind::Directory),
            (Some(0o120_777), "", Kind::Other),
            (Some(0o010_644), "-", Kind::Other),
            (Some(0o644), "drwxr-xr-x", Kind::Directory),
            (None, "-rw-r--r--", Kind::File),
            (None, "drwxr-xr-x", Kind::Directory),
            (None, "lrwxrwxrwx", Kind::Other),
            (None, "", Kind::File),
        ] {
            assert_eq!(kind(mode, long_name), expected, "{mode:?} {long_name}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_or_can_t_be_kept_are_left_out() {
        let long = "x".repeat(LONGEST_PATH);
        let fits = "x".repeat(LONGEST_PATH - "/export/".len());
        let names = [
            ".",
            "..",
            "",
            "a/b",
            "/",
            "a\0",
            "a\nb.csv",
            "\u{1b}[2J.csv",
            "\u{9b}.csv",
            &long,
            "..csv",
            "a..b.csv",
            "é.csv",
            &fits,
        ];
        let listed = names.map(|name| File::new(name, FileAttributes::empty()));
        let found = entries("/export", listed).into_iter();
        let found: Vec<_> = found.map(|entry| entry.name).collect();
        assert_eq!(found, ["..csv", "a..b.csv", "é.csv", &fits]);
    }

    #[test]
    fn a_folder_and_a_name_make_one_path() {
        for (folder, path) in [
            ("/export", "/export/x.csv"),
            ("/export/", "/export/x.csv"),
            ("/", "/x.csv"),
            ("", "x.csv"),
            ("export", "export/x.csv"),
        ] {
            assert_eq!(join(folder, "x.csv"), path);
        }
    }
}
