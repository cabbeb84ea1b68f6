//! What an SFTP server lists: a folder, then entries. Each is a byte that says what is told of it, what
//! is told, its name and its long name.

use exports::is_export_file;
use exports::keys::{FileVersion, Origin};
use russh_sftp::protocol::{File, FileAttributes};
use sftp::{Entry, Kind, entries};

use crate::file_name::led_back;
use crate::input::Input;

/// S3's and DynamoDB's limit, in bytes.
const LONGEST_KEY: usize = 1024;

/// Takes what would be taken.
pub fn check(data: &[u8]) {
    let mut input = Input(data);
    let mut folder = "/export".to_owned();
    let nested = input.byte() % 4;
    for _ in 0..nested {
        let listed = listed(&mut input, 1);
        let found = entries(&folder, listed);
        // Only what was listed as a directory is entered.
        if let Some(entry) = found.into_iter().next() {
            inside(&folder, &entry);
            folder = entry.path;
        }
    }
    let listed = listed(&mut input, usize::MAX);
    let given: Vec<String> = listed.iter().map(|file| file.filename.clone()).collect();
    let found = entries(&folder, listed);
    assert!(found.len() <= given.len());
    for entry in &found {
        assert!(given.contains(&entry.name));
        inside(&folder, entry);
        if entry.kind == Kind::File && is_export_file(&entry.name) {
            taken(entry);
        }
    }
}

fn listed(input: &mut Input<'_>, most: usize) -> Vec<File> {
    let mut files = Vec::new();
    while !input.0.is_empty() && files.len() < most {
        let told = input.byte();
        let mut attrs = FileAttributes::empty();
        attrs.size = Input::bit(told, 0).then(|| input.u64());
        attrs.mtime = Input::bit(told, 1).then(|| input.u64() as u32);
        attrs.permissions = Input::bit(told, 2).then(|| input.u64() as u32);
        let mut filename = input.text();
        if Input::bit(told, 3) {
            filename = filename.repeat(8);
        }
        if Input::bit(told, 4) {
            filename.push_str(".csv");
        }
        files.push(File {
            filename,
            longname: input.text(),
            attrs,
        });
    }
    files
}

/// An entry is in the folder it was listed in.
fn inside(folder: &str, entry: &Entry) {
    let name = entry.name.as_str();
    assert!(!name.is_empty() && !matches!(name, "." | ".."));
    assert!(!name.contains('/') && !name.contains(char::is_control));
    assert_eq!(entry.path, format!("{folder}/{name}"));
}

/// A file that is pulled has a place in the lake and in the ledger.
fn taken(entry: &Entry) {
    let version = FileVersion {
        path: entry.path.clone(),
        origin: Origin::Sftp {
            modified: entry.modified.map_or(0, i64::from),
            size: entry.size,
        },
    };
    led_back(&version);
    let key = version.raw_key().unwrap();
    assert!(key.len() <= LONGEST_KEY && !key.contains(char::is_control));
    assert!(key.split('/').all(|part| !matches!(part, "" | "." | "..")));
    assert!(version.sort_key().len() <= LONGEST_KEY && version.partition().len() <= LONGEST_KEY);
}
