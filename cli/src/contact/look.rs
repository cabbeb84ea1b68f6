//! Looks for a contact in one object of the lake. Blocks.

use std::collections::BTreeSet;
use std::io::{self, Read};

use anyhow::{Context, Result};
use export_tables::ConvertError;
use export_tables::erase::{Cut, Found, Mentions, Whose, find, rows_of};
use export_tables::unpack::{Packing, allowed, gunzip, member, members, open_zip};
use exports::{Export, FileName};
use lake::{Lake, LakeError};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use super::shelf::{Entry, Thing, open, table_of};
use super::subject::{Subject, Verdict};

/// Whom to look for.
pub(crate) struct Eye {
    pub(crate) subject: Subject,
    mentions: Mentions,
}

impl Eye {
    pub(crate) fn of(subject: Subject) -> Result<Self> {
        let mentions = subject.mentions();
        let mentions =
            mentions.context("the contact has too many identifiers to search for at once")?;
        Ok(Self { subject, mentions })
    }
}

/// What was seen of a contact.
#[derive(Default)]
pub(crate) struct Seen {
    /// Rows that say something of the contact, each once.
    pub(crate) rows: BTreeSet<Whose>,
    /// Lines of the file that go.
    pub(crate) lines: BTreeSet<u64>,
    /// Whether something goes.
    pub(crate) hit: bool,
}

impl Seen {
    pub(crate) fn add(&mut self, more: Self) {
        self.rows.extend(more.rows);
        self.lines.extend(more.lines);
        self.hit |= more.hit;
    }

    /// Whether the row goes.
    fn judge(&mut self, subject: &Subject, whose: &Whose) -> bool {
        let verdict = subject.verdict(whose);
        if verdict != Verdict::Other && !self.rows.contains(whose) {
            self.rows.insert(whose.clone());
        }
        verdict.goes()
    }
}

/// A file and everything made of it. `lines`: those that are known to go.
pub(crate) fn entry(
    lake: &Lake,
    handle: &Handle,
    eye: &Eye,
    entry: &Entry,
    lines: Option<&BTreeSet<u64>>,
) -> Result<Seen> {
    let mut seen = Seen {
        lines: lines.cloned().unwrap_or_default(),
        ..Seen::default()
    };
    if let Some(raw) = &entry.raw {
        let hint = hint(&entry.record.version.path);
        seen.add(
            csv(&reading(lake, handle, raw), hint, eye)
                .with_context(|| format!("reading {}", raw.key))?,
        );
    }
    for thing in &entry.tables {
        seen.add(table(lake, handle, eye, thing, &seen.lines)?);
    }
    Ok(seen)
}

/// A table's object. Rejects say nothing themselves.
pub(crate) fn table(
    lake: &Lake,
    handle: &Handle,
    eye: &Eye,
    thing: &Thing,
    lines: &BTreeSet<u64>,
) -> Result<Seen> {
    let mut seen = Seen::default();
    if table_of(&thing.key) == "rejects" {
        return Ok(seen);
    }
    let found = rows_of(open(lake, handle, thing), |whose, line| {
        seen.judge(&eye.subject, whose) || lines.contains(&line)
    });
    seen.hit = found.with_context(|| format!("reading {}", thing.key))? > 0;
    Ok(seen)
}

/// The export that a path announces.
pub(crate) fn hint(path: &str) -> Option<&'static Export> {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let directory = parts.next().unwrap_or_default();
    Export::by_directory(directory).or_else(|| FileName::parse(name).export)
}

/// What is done with a content.
pub(crate) type Act<'a> = dyn FnMut(&mut dyn Read) -> Result<()> + 'a;

/// Reads a content from its start, as often as it is called.
pub(crate) type Reading<'a> = dyn Fn(&mut Act<'_>) -> Result<()> + 'a;

/// Reads an object as it is.
pub(crate) fn reading<'a>(
    lake: &'a Lake,
    handle: &'a Handle,
    thing: &'a Thing,
) -> impl Fn(&mut Act<'_>) -> Result<()> + 'a {
    move |act| act(&mut open(lake, handle, thing))
}

/// One reading, with its outcome.
pub(crate) fn once<T>(
    reading: &Reading<'_>,
    act: impl FnOnce(&mut dyn Read) -> Result<T>,
) -> Result<T> {
    let (mut act, mut outcome) = (Some(act), None);
    reading(&mut |content| {
        if let Some(act) = act.take() {
            outcome = Some(act(content)?);
        }
        Ok(())
    })?;
    outcome.context("nothing was read")
}

/// A CSV.
fn csv(reading: &Reading<'_>, hint: Option<&'static Export>, eye: &Eye) -> Result<Seen> {
    let mut seen = Seen::default();
    let found = once(reading, |content| {
        let judge = |whose: &Whose| seen.judge(&eye.subject, whose);
        match find(content, hint, &BTreeSet::new(), judge) {
            Err(ConvertError::File(_)) => Ok(None),
            found => Ok(Some(found?)),
        }
    })?;
    match found {
        Some(found) => {
            let cuts = cuts(&found, reading, eye)?;
            seen.hit = !cuts.is_empty();
            seen.lines = cuts.iter().map(|cut| cut.line).collect();
        }
        None => seen.hit = mentioned(reading, eye)?,
    }
    Ok(seen)
}

/// What goes of a file: rows, and what is no row and mentions the contact, with what may be its rest.
pub(crate) fn cuts(found: &Found, reading: &Reading<'_>, eye: &Eye) -> Result<Vec<Cut>> {
    let mut cuts = found.cuts.clone();
    if !found.rejects.is_empty() {
        let places = once(reading, |content| Ok(eye.mentions.places(content)?))?;
        let mut gone = false;
        for reject in &found.rejects {
            let place = reject.place;
            let next = places.partition_point(|at| *at < place.offset);
            let is_in = |at: &u64| *at < place.offset + place.length;
            gone = places.get(next).is_some_and(is_in) || (gone && reject.follows);
            if gone {
                cuts.push(place);
            }
        }
        cuts.sort_by_key(|cut| cut.offset);
    }
    Ok(cuts)
}

fn mentioned(reading: &Reading<'_>, eye: &Eye) -> Result<bool> {
    once(reading, |content| {
        Ok(!eye.mentions.places(content)?.is_empty())
    })
}

/// A file dropped by hand: by the SHA-256 of each CSV in it, what was seen. `None`: it can't be unpacked.
pub(crate) fn dropped(
    lake: &Lake,
    handle: &Handle,
    eye: &Eye,
    thing: &Thing,
) -> Result<Option<Vec<(String, Seen)>>> {
    let seen = unpacked(lake, handle, thing, |name, reading| {
        let sha256 = once(reading, |content| Ok(fingerprint(content)?))?;
        Ok((sha256, csv(reading, hint(name), eye)?))
    });
    match seen {
        Err(error) if !is_the_lakes_fault(&error) => Ok(None),
        seen => seen
            .map(Some)
            .with_context(|| format!("reading {}", thing.key)),
    }
}

/// Whether a file that nobody can load goes: it mentions the contact, or can't even be unpacked.
pub(crate) fn unloadable(lake: &Lake, handle: &Handle, eye: &Eye, thing: &Thing) -> Result<bool> {
    let found = unpacked(lake, handle, thing, |_, reading| mentioned(reading, eye));
    match found {
        Err(error) if !is_the_lakes_fault(&error) => Ok(true),
        found => {
            let found = found.with_context(|| format!("reading {}", thing.key))?;
            Ok(found.contains(&true))
        }
    }
}

/// Gives each CSV of a file, unpacked.
fn unpacked<T>(
    lake: &Lake,
    handle: &Handle,
    thing: &Thing,
    each: impl Fn(&str, &Reading<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let size = thing.size;
    let mut start = Vec::new();
    open(lake, handle, thing).take(4).read_to_end(&mut start)?;
    match Packing::of(&start) {
        Packing::Plain => Ok(vec![each(&thing.key, &reading(lake, handle, thing))?]),
        Packing::Gzip => Ok(vec![each(thing.key.trim_end_matches(".gz"), &|act| {
            act(&mut gunzip(open(lake, handle, thing), size))
        })?]),
        Packing::Zip => {
            let archive = || open_zip(open(lake, handle, thing));
            let found = members(&mut archive()?)?;
            let of_member = |(index, name): (usize, String)| {
                each(&name, &|act| {
                    let mut archive = archive()?;
                    act(&mut member(&mut archive, index, allowed(size))?)
                })
            };
            found.into_iter().map(of_member).collect()
        }
    }
}

/// S3 failed, and not the unpacking.
fn is_the_lakes_fault(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let inner = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause.is::<LakeError>() || inner.is_some_and(|inner| inner.is::<LakeError>())
    })
}

/// SHA-256 in hex.
pub(crate) fn fingerprint(mut content: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(hash.finalize())),
            Ok(count) => hash.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
