//! The corpora of `tests/fuzz`, fed to what the fuzzer feeds: what was found once stays found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use hostile::{bot_answer, csv, file_name, sftp_listing, webhook};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// Feeds every file of a corpus; all that break a promise are named.
fn feed(target: &str, check: fn(&[u8])) {
    let corpus = fuzz().join("corpus").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(corpus)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 10, "{} inputs of {target}", files.len());
    let broken = files.into_iter().filter(|file| {
        let data = fs::read(file).unwrap();
        catch_unwind(|| check(&data)).is_err()
    });
    assert_eq!(broken.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn no_webhook_of_the_corpus_breaks_a_promise() {
    feed("webhook", webhook::check);
}

#[test]
fn no_bot_s_answer_of_the_corpus_breaks_a_promise() {
    feed("bot_answer", bot_answer::check);
}

#[test]
fn no_export_file_of_the_corpus_breaks_a_promise() {
    feed("csv", csv::check);
}

#[test]
fn no_file_name_of_the_corpus_breaks_a_promise() {
    feed("file_name", file_name::check);
}

#[test]
fn no_listing_of_the_corpus_breaks_a_promise() {
    feed("sftp_listing", sftp_listing::check);
}

#[test]
fn every_fuzz_target_has_a_corpus_and_a_test_here() {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(fuzz().join(folder)).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        entries.map(|entry| stem(entry.unwrap().path())).collect()
    };
    let targets = names("fuzz_targets");
    assert_eq!(names("corpus"), targets);
    let tested = include_str!("corpora.rs");
    for target in targets {
        assert!(tested.contains(&format!("feed(\"{target}\", {target}::check)")));
    }
}
