//! Hand-dropped files, plain, gzip or zip, within limits that no honest export reaches.

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
const MOST_MEMBERS: usize = 64;

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
        /// In the zip.
        members: usize,
    },
    /// Nothing to load.
    #[error("the zip holds no .csv file")]
    NoCsv,
    /// Broken, or packed in a way that is not supported.
    #[error("the zip can't be read; pack it again without a password")]
    Zip(#[source] ZipError),
}

/// The most that `packed` bytes may unpack to.
fn limit(packed: u64) -> u64 {
    packed
        .saturating_mul(LARGEST_RATIO)
        .clamp(ALWAYS_ALLOWED, LARGEST)
}

/// The content of a gzip file of `size` bytes. Reading more than it may unpack to fails with
/// [`UnpackError::TooLarge`] inside.
pub fn gunzip(packed: impl Read, size: u64) -> impl Read {
    Limited::new(MultiGzDecoder::new(packed), limit(size))
}

/// Places and names, without folders, of a zip's CSV files.
///
/// # Errors
/// No CSV, too many files, or no zip.
pub fn members<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
) -> Result<Vec<(usize, String)>, UnpackError> {
    if archive.len() > MOST_MEMBERS {
        return Err(UnpackError::TooMany {
            members: archive.len(),
        });
    }
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

/// The content of one file of a zip, limited like [`gunzip`]'s.
///
/// # Errors
/// No such place, or it can't be read.
pub fn member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
) -> Result<impl Read, UnpackError> {
    let member = archive.by_index(index).map_err(UnpackError::Zip)?;
    let limit = limit(member.compressed_size());
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
mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        assert_eq!(Packing::of(b"\x1f\x8b\x08\0"), Packing::Gzip);
        assert_eq!(Packing::of(&zipped(&[("a.csv", b"x")])[..4]), Packing::Zip);
        assert_eq!(Packing::of(b"Tag ID,"), Packing::Plain);
        assert_eq!(Packing::of(b""), Packing::Plain);
    }

    #[test]
    fn a_zip_gives_its_csv_files_and_nothing_else() {
        let bytes = zipped(&[
            ("read me.txt", b"no"),
            ("folder/Tags.CSV", b"Tag ID\n"),
            ("__MACOSX/folder/._Tags.csv", b"no"),
        ]);
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(members(&mut archive).unwrap(), [(1, "Tags.CSV".into())]);
        let mut content = String::new();
        member(&mut archive, 1)
            .unwrap()
            .read_to_string(&mut content)
            .unwrap();
        assert_eq!(content, "Tag ID\n");
        let mut none = ZipArchive::new(Cursor::new(zipped(&[("a.txt", b"")]))).unwrap();
        assert!(matches!(members(&mut none), Err(UnpackError::NoCsv)));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let zeros = vec![b'0'; 1024 * 1024];
        for _ in 0..=ALWAYS_ALLOWED / (1024 * 1024) {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        let size = bomb.len() as u64;
        assert!(size * LARGEST_RATIO < ALWAYS_ALLOWED, "a bomb: {size}");
        let read = io::copy(&mut gunzip(&bomb[..], size), &mut io::sink());
        let error = read.unwrap_err();
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        assert!(
            matches!(inner, Some(UnpackError::TooLarge { .. })),
            "{error}"
        );
    }

    #[test]
    fn a_zip_with_too_many_files_is_refused() {
        let names: Vec<String> = (0..=MOST_MEMBERS).map(|n| format!("{n}.csv")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b""[..])).collect();
        let mut archive = ZipArchive::new(Cursor::new(zipped(&files))).unwrap();
        assert!(matches!(
            members(&mut archive),
            Err(UnpackError::TooMany { members: 65 })
        ));
    }
}
