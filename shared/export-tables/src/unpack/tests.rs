//! Files packed to do harm.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;
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
    let mut archive = open_zip(Cursor::new(bytes)).unwrap();
    assert_eq!(members(&mut archive).unwrap(), [(1, "Tags.CSV".into())]);
    let mut content = String::new();
    member(&mut archive, 1, 7)
        .unwrap()
        .read_to_string(&mut content)
        .unwrap();
    assert_eq!(content, "Tag ID\n");
    let mut none = open_zip(Cursor::new(zipped(&[("a.txt", b"")]))).unwrap();
    assert!(matches!(members(&mut none), Err(UnpackError::NoCsv)));
}

/// What reading met.
fn refusal(read: io::Result<u64>) -> Option<UnpackError> {
    read.err()?
        .into_inner()?
        .downcast()
        .ok()
        .map(|error| *error)
}

/// A part of a zip: a local header and its content, or the end.
#[derive(Clone)]
struct Part {
    name: Vec<u8>,
    content: Vec<u8>,
    /// As stated, whatever it is.
    packed: u32,
    unpacked: u32,
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn fields(part: &Part, crc: u32) -> Vec<u8> {
    let mut bytes = [20_u16, 0, 8, 0, 0].map(u16::to_le_bytes).concat();
    for number in [crc, part.packed, part.unpacked] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(u16::try_from(part.name.len()).unwrap().to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// One local header and content, and `names` that all point there.
fn overlapping(part: &Part, crc: u32, names: &[String]) -> Vec<u8> {
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(fields(part, crc));
    zip.extend(&part.name);
    zip.extend(&part.content);
    let directory = zip.len();
    for name in names {
        let mut own = part.clone();
        own.name = name.clone().into_bytes();
        zip.extend(b"PK\x01\x02\x14\0");
        zip.extend(fields(&own, crc));
        zip.extend([0; 14]);
        zip.extend(&own.name);
    }
    let size = zip.len() - directory;
    ended(zip, names.len(), size, directory)
}

fn ended(mut zip: Vec<u8>, files: usize, size: usize, directory: usize) -> Vec<u8> {
    zip.extend(b"PK\x05\x06\0\0\0\0");
    let files = u16::try_from(files).unwrap().to_le_bytes();
    zip.extend([files, files].concat());
    for number in [size, directory] {
        zip.extend(u32::try_from(number).unwrap().to_le_bytes());
    }
    zip.extend([0, 0]);
    zip
}

/// Reads all files within what is allowed together, as a drop is read.
fn read_all(packed: Vec<u8>) -> Result<u64, UnpackError> {
    let allowed = allowed(packed.len() as u64);
    let mut left = allowed;
    let mut archive = open_zip(Cursor::new(packed))?;
    for (index, _) in members(&mut archive)? {
        let read = io::copy(&mut member(&mut archive, index, left)?, &mut io::sink());
        match read {
            Ok(bytes) => left -= bytes,
            read => return Err(refusal(read).unwrap_or(UnpackError::NoCsv)),
        }
    }
    Ok(allowed - left)
}

fn zeros(megabytes: usize) -> Vec<u8> {
    vec![b'0'; megabytes * 1024 * 1024]
}

#[test]
fn a_gzip_bomb_is_refused_before_it_is_unpacked() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = zeros(1);
    for _ in 0..=ALWAYS_ALLOWED / (1024 * 1024) {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let size = bomb.len() as u64;
    assert!(size * LARGEST_RATIO < ALWAYS_ALLOWED, "a bomb: {size}");
    let read = io::copy(&mut gunzip(&bomb[..], size), &mut io::sink());
    assert!(matches!(refusal(read), Some(UnpackError::TooLarge { .. })));
}

#[test]
fn gzip_members_one_after_another_are_counted_together() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&zeros(8)).unwrap();
    let one = encoder.finish().unwrap();
    let read = |times: usize| {
        let bomb = one.repeat(times);
        io::copy(&mut gunzip(&bomb[..], bomb.len() as u64), &mut io::sink())
    };
    assert_eq!(read(8).unwrap(), ALWAYS_ALLOWED);
    assert!(matches!(
        refusal(read(9)),
        Some(UnpackError::TooLarge {
            limit: ALWAYS_ALLOWED
        })
    ));
}

#[test]
fn files_of_a_zip_that_are_the_same_bytes_are_counted_each_time() {
    let content = zeros(16);
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    let packed = deflated(&content);
    let part = Part {
        name: b"a.csv".to_vec(),
        packed: u32::try_from(packed.len()).unwrap(),
        unpacked: u32::try_from(content.len()).unwrap(),
        content: packed,
    };
    let bomb = |files: usize| {
        let names: Vec<_> = (0..files).map(|n| format!("{n}.csv")).collect();
        overlapping(&part, crc.sum(), &names)
    };
    assert_eq!(read_all(bomb(4)).unwrap(), ALWAYS_ALLOWED);
    assert!(matches!(
        read_all(bomb(5)),
        Err(UnpackError::TooLarge { .. })
    ));
    assert!(matches!(
        read_all(bomb(64)),
        Err(UnpackError::TooLarge { .. })
    ));
}

#[test]
fn a_size_that_is_not_true_gives_no_more_than_is_there() {
    let content = b"Tag ID\n1\n".repeat(100);
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    let packed = deflated(&content);
    let honest = Part {
        name: b"a.csv".to_vec(),
        packed: u32::try_from(packed.len()).unwrap(),
        unpacked: u32::try_from(content.len()).unwrap(),
        content: packed,
    };
    let names = ["a.csv".to_owned()];
    let whole = content.len() as u64;
    assert_eq!(
        read_all(overlapping(&honest, crc.sum(), &names)).unwrap(),
        whole
    );
    for (packed, unpacked) in [
        (1, 1),
        (u32::MAX, u32::MAX),
        (0, 0),
        (honest.packed, 1),
        (honest.packed, u32::MAX - 1),
    ] {
        let lying = Part {
            packed,
            unpacked,
            ..honest.clone()
        };
        let read = read_all(overlapping(&lying, crc.sum(), &names));
        assert!(
            read.is_err() || read.is_ok_and(|bytes| bytes <= whole),
            "{packed} {unpacked}"
        );
    }
}

#[test]
fn what_is_packed_in_what_is_packed_stays_packed() {
    let inner = zipped(&[("inner.csv", &zeros(1))]);
    let outer = zipped(&[("outer.csv", &inner)]);
    assert_eq!(read_all(outer).unwrap(), inner.len() as u64);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&inner).unwrap();
    let outer = encoder.finish().unwrap();
    let read = io::copy(&mut gunzip(&outer[..], outer.len() as u64), &mut io::sink());
    assert_eq!(read.unwrap(), inner.len() as u64);
}

#[test]
fn a_zip_with_too_many_files_is_refused() {
    let names: Vec<String> = (0..=MOST_MEMBERS).map(|n| format!("{n}.csv")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b""[..])).collect();
    assert!(matches!(
        open_zip(Cursor::new(zipped(&files))),
        Err(UnpackError::TooMany { members: 65 })
    ));
    assert!(open_zip(Cursor::new(zipped(&files[1..]))).is_ok());
}

#[test]
fn a_zip_that_claims_more_files_than_it_has_room_for_is_refused_by_its_claim() {
    let claims_many = ended(vec![0; 4096], 65_535, 4_000, 10);
    assert!(matches!(
        open_zip(Cursor::new(claims_many)),
        Err(UnpackError::TooMany { members: 65_535 })
    ));
    let mut zip = vec![0; 4096];
    let at = zip.len() as u64;
    zip.extend(b"PK\x06\x06");
    zip.extend(44_u64.to_le_bytes());
    zip.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [1 << 40, 1 << 40, u64::MAX >> 1, 8_u64] {
        zip.extend(number.to_le_bytes());
    }
    let far = |at: u64, zip: &[u8]| {
        let mut zip = zip.to_vec();
        zip.extend(b"PK\x06\x07\0\0\0\0");
        zip.extend(at.to_le_bytes());
        zip.extend(1_u32.to_le_bytes());
        open_zip(Cursor::new(ended(zip, 65_535, 0, 0))).map(|_| ())
    };
    assert!(matches!(
        far(at, &zip),
        Err(UnpackError::TooMany { members }) if members == 1 << 40
    ));
    assert!(matches!(far(0, &zip), Err(UnpackError::Zip(_))));
    assert!(matches!(far(at, &[]), Err(UnpackError::Zip(_))));
}

#[test]
fn a_zip_with_two_files_of_one_name_is_refused() {
    let content = b"Tag ID\n";
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let packed = deflated(content);
    let part = Part {
        name: b"a.csv".to_vec(),
        packed: u32::try_from(packed.len()).unwrap(),
        unpacked: u32::try_from(content.len()).unwrap(),
        content: packed,
    };
    let names = ["a.csv".to_owned(), "a.csv".to_owned()];
    assert!(matches!(
        open_zip(Cursor::new(overlapping(&part, crc.sum(), &names))),
        Err(UnpackError::Doubled)
    ));
}

proptest! {
    #[test]
    fn a_zip_with_any_byte_changed_is_read_within_its_limit_or_refused(
        place: prop::sample::Index, byte: u8, cut: prop::sample::Index,
    ) {
        let mut bytes = zipped(&[("a.csv", &b"Tag ID\n1\n".repeat(50)), ("b.csv", b"x")]);
        let at = place.index(bytes.len());
        bytes[at] = byte;
        let most = allowed(bytes.len() as u64);
        prop_assert!(read_all(bytes.clone()).is_ok_and(|read| read <= most) || read_all(bytes.clone()).is_err());
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(read_all(bytes).is_err());
    }
}
