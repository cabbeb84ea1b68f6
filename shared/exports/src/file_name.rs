//! What the name of an export file says.
//!
//! The vendor writes `[orgId][exportType][from ddMMyyyHHmmss][to ddMMyyyHHmmss][uuid].csv`, with one
//! stamp for a snapshot, and does not say whether brackets or what else stands between the parts.
//! So the name is read from its end, where the parts have a known length.

mod announced;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::Export;
use announced::{announced_anywhere, organisation_and_export};

/// Digits of one stamp, `ddMMyyyyHHmmss`: the vendor's `yyy` prints a year of four digits.
const STAMP: usize = 14;
/// A UUID with its four hyphens, and without.
const UUID: usize = 36;
const BARE_UUID: usize = 32;
/// What browsers, archivers and people append, in any order.
const ENDINGS: [&str; 10] = [
    ".csv",
    ".gz",
    ".zip",
    ".txt",
    ".tsv",
    ".download",
    ".crdownload",
    ".part",
    " copy",
    " - copy",
];

/// What a file's name says. Whatever can't be known is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The organisation's identifier, as written.
    pub organisation: Option<String>,
    /// The export that the name announces; the header has the last word.
    pub export: Option<&'static Export>,
    /// The window or moment.
    pub stamps: Stamps,
    /// The file's UUID, as written.
    pub id: Option<String>,
}

/// The stamps in a file's name: local times of the schedule's time zone, whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamps {
    /// None, as in most files downloaded by hand.
    #[default]
    None,
    /// The moment of a snapshot.
    At(NaiveDateTime),
    /// A window. Whether its end belongs to it is not documented: it may be written `235959` or `000000`.
    Range {
        /// The window's first second.
        from: NaiveDateTime,
        /// The window's last second, or the first after it. Not before `from` unless clocks went back.
        to: NaiveDateTime,
    },
}

impl FileName {
    /// Reads a name, or the last part of a path. Never fails: says what can be known.
    ///
    /// Between the parts may be brackets, `_`, `-`, `.`, spaces or nothing; the export may be written
    /// as the vendor names it or its directory, singular or plural, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = without_endings(name);
        let (before, id) = take_id(stem);
        let (before, stamps) = take_stamps(before);
        let (before, stamps, id) = if stamps == Stamps::None {
            find_stamps(stem).unwrap_or((before, stamps, id))
        } else {
            (before, stamps, id)
        };
        if stamps == Stamps::None && id.is_none() {
            // Not the vendor's form: what else stands in the name is not an organisation.
            let export = announced_anywhere(before);
            return Self {
                organisation: None,
                export,
                stamps,
                id: None,
            };
        }
        let (organisation, export) = organisation_and_export(before);
        Self {
            organisation,
            export,
            stamps,
            id: id.map(str::to_owned),
        }
    }
}

/// Whether a name on the server is an export's: the vendor writes `.csv`, and names of files being written
/// by other tools begin with a dot.
#[must_use]
pub fn is_export_file(name: &str) -> bool {
    !name.starts_with('.') && name.to_ascii_lowercase().ends_with(".csv")
}

fn is_separator(c: char) -> bool {
    matches!(c, '[' | ']' | '_' | '-' | '.') || c.is_whitespace()
}

fn without_endings(name: &str) -> &str {
    let mut stem = name.trim();
    loop {
        let shorter = without_ending(stem);
        if shorter.len() == stem.len() {
            return stem;
        }
        stem = shorter;
    }
}

fn without_ending(stem: &str) -> &str {
    let stem = stem.trim_end();
    for ending in ENDINGS {
        let Some((start, tail)) = split_from_end(stem, ending.len()) else {
            continue;
        };
        if tail.eq_ignore_ascii_case(ending) {
            return start;
        }
    }
    // `Messages (1)`, as browsers name the second download.
    stem.strip_suffix(')')
        .and_then(|open| open.rsplit_once('('))
        .filter(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        .map_or(stem, |(start, _)| start)
}

fn split_from_end(text: &str, bytes: usize) -> Option<(&str, &str)> {
    text.split_at_checked(text.len().checked_sub(bytes)?)
}

fn take_id(stem: &str) -> (&str, Option<&str>) {
    let text = stem.trim_end_matches(is_separator);
    if let Some((before, id)) = split_from_end(text, UUID).filter(|(_, id)| is_uuid(id)) {
        return (before, Some(id));
    }
    if let Some((before, id)) = split_from_end(text, BARE_UUID)
        && id.bytes().all(|b| b.is_ascii_hexdigit())
        // Hexadecimal digits may as well be stamps and the end of the export's name.
        && (before.is_empty() || before.ends_with(is_separator) || last_stamp(before).is_some())
    {
        return (before, Some(id));
    }
    (stem, None)
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn take_stamps(text: &str) -> (&str, Stamps) {
    match last_stamp(text) {
        None => (text, Stamps::None),
        Some((before, to)) => match last_stamp(before) {
            None => (before, Stamps::At(to)),
            Some((before, from)) => (before, Stamps::Range { from, to }),
        },
    }
}

fn last_stamp(text: &str) -> Option<(&str, NaiveDateTime)> {
    let (before, digits) = split_from_end(text.trim_end_matches(is_separator), STAMP)?;
    Some((before, stamp(digits)?))
}

fn stamp(digits: &str) -> Option<NaiveDateTime> {
    if digits.len() != STAMP || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let year = digits.get(4..8)?.parse::<i32>().ok()?;
    // Outside these years the digits are an identifier.
    if !(2000..2200).contains(&year) {
        return None;
    }
    NaiveDate::from_ymd_opt(year, part(2, 4)?, part(0, 2)?)?.and_hms_opt(
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
    )
}

/// For names with something behind the stamps that is no UUID, or a UUID with something behind it.
fn find_stamps(stem: &str) -> Option<(&str, Stamps, Option<&str>)> {
    let bytes = stem.as_bytes();
    let starts = (0..bytes.len())
        .filter(|&at| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_digit()));
    for start in starts {
        let Some((first, rest)) = first_stamp(&stem[start..]) else {
            continue;
        };
        let (stamps, rest) = match first_stamp(rest.trim_start_matches(is_separator)) {
            None => (Stamps::At(first), rest),
            Some((to, rest)) => (Stamps::Range { from: first, to }, rest),
        };
        let id = rest
            .trim_start_matches(is_separator)
            .get(..UUID)
            .filter(|id| is_uuid(id));
        return Some((&stem[..start], stamps, id));
    }
    None
}

fn first_stamp(text: &str) -> Option<(NaiveDateTime, &str)> {
    let (digits, rest) = text.split_at_checked(STAMP)?;
    Some((stamp(digits)?, rest))
}
