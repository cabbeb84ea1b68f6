//! Hand-dropped files, plain, gzip or zip, within limits that no honest export reaches.
//!
//! What a zip says of itself is a claim: files may overlap, repeat each other and state any size. So what
//! counts is what comes out, for all files of a drop together.

mod end;

use std::io::{self, Read, Seek};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

/// Text packs to a tenth; what unpacks to more than this many times its size is made to do harm.
const LARGEST_RATIO: u64 = 200;
/// A small file may exceed the ratio: an export with the same row many times.
const ALWAYS_ALLOWED: u64 = 64 * 1024 * 1024;
/// Bytes of CSV, however it is packed.
const LARGEST: u64 = 16 * 1024 * 1024 * 1024;
/// Files in one zip.
const MOST_MEMBERS: u64 = 64;

/// How a file is packed, by its first bytes: names are not reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// One file, or several one after another.
    Gzip,
    /// An archive.
    Zip,
}

impl Packing {
    /// Of a file that starts so; four bytes are enough.
    #[must_use]
    pub fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => Self::Zip,
            _ => Self::Plain,
        }
    }
}

/// The file is at fault.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// A bomb, or as good as one.
    #[error(
        "it unpacks to more than {limit} bytes, which no export does: unpack it, check it, and drop the CSV"
    )]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// More than one drop should bring.
    #[error("the zip holds {members} files; at most {MOST_MEMBERS} are taken: drop them in parts")]
    TooMany {
        /// In the zip, as it says.
        members: u64,
    },
    /// Of two files that are called the same one would be lost.
    #[error("two files in the zip have the same name: drop them one by one")]
    Doubled,
    /// Nothing to load.
    #[error("the zip holds no .csv file")]
    NoCsv,
    /// Broken, or packed in a way that is not supported.
    #[error("the zip can't be read; pack it again without a password")]
    Zip(#[source] ZipError),
}

/// The most that `packed` bytes may unpack to, all files together.
#[must_use]
pub fn allowed(packed: u64) -> u64 {
    packed
        .saturating_mul(LARGEST_RATIO)
        .clamp(ALWAYS_ALLOWED, LARGEST)
}

/// The content of a gzip file of `size` bytes. Reading more than it may unpack to fails with
/// [`UnpackError::TooLarge`] inside.
pub fn gunzip(packed: impl Read, size: u64) -> impl Read {
    Limited::new(MultiGzDecoder::new(packed), allowed(size))
}

/// Opens a zip, once its end was looked at: room is made for as many files as it claims.
///
/// # Errors
/// Too many files, two of the same name, or no zip.
pub fn open_zip<R: Read + Seek>(mut packed: R) -> Result<ZipArchive<R>, UnpackError> {
    let members = end::claimed(&mut packed).map_err(UnpackError::Zip)?;
    if members > MOST_MEMBERS {
        return Err(UnpackError::TooMany { members });
    }
    let archive = ZipArchive::new(packed).map_err(UnpackError::Zip)?;
    if (archive.len() as u64) < members {
        return Err(UnpackError::Doubled);
    }
    Ok(archive)
}

/// Places and names, without folders, of a zip's CSV files.
///
/// # Errors
/// No CSV, or no zip.
pub fn members<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
) -> Result<Vec<(usize, String)>, UnpackError> {
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(UnpackError::Zip)?;
        let name = member.name().map_err(UnpackError::Zip)?;
        // What macOS adds beside each file has its name, and is no CSV.
        let is_csv = member.is_file()
            && !name.starts_with("__MACOSX/")
            && name.to_ascii_lowercase().ends_with(".csv");
        if is_csv {
            let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
            found.push((index, last.to_owned()));
        }
    }
    if found.is_empty() {
        return Err(UnpackError::NoCsv);
    }
    Ok(found)
}

/// The content of one file of a zip. Reading more than `limit` bytes fails as [`gunzip`]'s does: what is
/// [`allowed`] for the zip, less what was read of its other files.
///
/// # Errors
/// No such place, or it can't be read.
pub fn member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    limit: u64,
) -> Result<impl Read, UnpackError> {
    let member = archive.by_index(index).map_err(UnpackError::Zip)?;
    Ok(Limited::new(member, limit))
}

/// Refuses to give out more than a limit.
struct Limited<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R> Limited<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            left: limit,
            limit,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => {
                self.left = left;
                Ok(count)
            }
            None => Err(io::Error::other(UnpackError::TooLarge {
                limit: self.limit,
            })),
        }
    }
}

#[cfg(test)]
mod tests;
