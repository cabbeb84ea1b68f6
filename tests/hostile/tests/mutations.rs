//! The corpora of `tests/fuzz`, changed at random: what a compiler without a fuzzer can find, in every
//! run of the tests. `PROPTEST_CASES` makes it try for longer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::fs;
use std::path::Path;

use hostile::{bot_answer, csv, file_name, sftp_listing, webhook};
use proptest::prelude::*;
use proptest::sample::Index;

/// Longest input.
const LONGEST: usize = 8 * 1024;

/// One change of an input.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    /// A word of the target's dictionary.
    Word(Index, Index),
    Remove(Index, Index),
    Repeat(Index, Index, usize),
    /// The end of another input.
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..6))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        3 => (at(), at()).prop_map(|(at, word)| Change::Word(at, word)),
        1 => (at(), at()).prop_map(|(from, to)| Change::Remove(from, to)),
        1 => (at(), at(), 1..64_usize).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        1 => (at(), at(), at()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

/// A target's inputs and words.
struct Known {
    inputs: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

impl Known {
    fn of(target: &str) -> Self {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let mut files: Vec<_> = fs::read_dir(fuzz.join("corpus").join(target))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        let dictionary = fuzz.join(format!("dictionaries/{target}.dict"));
        Self {
            inputs: files.iter().map(|file| fs::read(file).unwrap()).collect(),
            words: fs::read_to_string(dictionary)
                .unwrap()
                .lines()
                .map(word)
                .collect(),
        }
    }

    fn changed(&self, input: Index, changes: &[Change]) -> Vec<u8> {
        let mut data = self.inputs[input.index(self.inputs.len())].clone();
        for change in changes {
            let place = |at: &Index, data: &[u8]| at.index(data.len() + 1);
            match change {
                Change::Flip(at, byte) => {
                    let at = place(at, &data);
                    if let Some(there) = data.get_mut(at) {
                        *there ^= byte;
                    }
                }
                Change::Insert(at, bytes) => insert(&mut data, at, bytes),
                Change::Word(at, word) => {
                    let word: &Vec<u8> = word.get(&self.words);
                    insert(&mut data, at, word);
                }
                Change::Remove(from, to) => {
                    let (from, to) = ordered(place(from, &data), place(to, &data));
                    data.drain(from..to);
                }
                Change::Repeat(from, to, times) => {
                    let (from, to) = ordered(place(from, &data), place(to, &data));
                    let piece = data[from..to.min(from + 256)].repeat(*times);
                    data.splice(from..from, piece);
                }
                Change::Splice(at, other, from) => {
                    data.truncate(place(at, &data));
                    let other: &Vec<u8> = other.get(&self.inputs);
                    data.extend_from_slice(&other[place(from, other)..]);
                }
            }
            data.truncate(LONGEST);
        }
        data
    }
}

fn insert(data: &mut Vec<u8>, at: &Index, bytes: &[u8]) {
    let at = at.index(data.len() + 1);
    data.splice(at..at, bytes.iter().copied());
}

fn ordered(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

/// A line of a dictionary: text in quotes, with `\xNN`.
fn word(line: &str) -> Vec<u8> {
    let text = line.trim_matches('"');
    let mut parts = text.split("\\x");
    let mut word = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        word.push(u8::from_str_radix(hex, 16).unwrap());
        word.extend_from_slice(rest.as_bytes());
    }
    word
}

fn tried(target: &str, check: fn(&[u8])) {
    let known = Known::of(target);
    let changes = prop::collection::vec(change(), 1..8);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(input: Index, changes in changes)| {
        check(&known.changed(input, &changes));
    });
}

#[test]
fn no_changed_webhook_breaks_a_promise() {
    tried("webhook", webhook::check);
}

#[test]
fn no_changed_bot_s_answer_breaks_a_promise() {
    tried("bot_answer", bot_answer::check);
}

#[test]
fn no_changed_export_file_breaks_a_promise() {
    tried("csv", csv::check);
}

#[test]
fn no_changed_file_name_breaks_a_promise() {
    tried("file_name", file_name::check);
}

#[test]
fn no_changed_listing_breaks_a_promise() {
    tried("sftp_listing", sftp_listing::check);
}
