//! What is in a file on this machine, by the rules of export-load: the ledger knows a dropped file by the
//! SHA-256 of its CSV, unpacked.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use anyhow::{Context, Result};
use export_tables::unpack::{Packing, allowed, gunzip, member, members, open_zip};
use lake::{FileVersion, Origin};
use sha2::{Digest, Sha256};

/// A file to be dropped.
#[derive(Debug)]
pub(crate) struct Content {
    /// SHA-256 of the file as it is, in hex.
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// The CSV files in it, as the ledger will know them.
    pub(crate) csv: Vec<FileVersion>,
}

/// Reads a file whole, and what is packed in it.
pub(crate) fn inspect(path: &Path, name: &str) -> Result<Content> {
    let shown = path.display();
    let open = || File::open(path).with_context(|| format!("opening {shown}"));
    let (sha256, bytes) = hashed(open()?).with_context(|| format!("reading {shown}"))?;
    let mut start = Vec::new();
    open()?
        .take(4)
        .read_to_end(&mut start)
        .with_context(|| format!("reading {shown}"))?;
    let csv = match Packing::of(&start) {
        Packing::Gzip => {
            let (content, _) = hashed(gunzip(BufReader::new(open()?), bytes))
                .with_context(|| format!("unpacking {shown}"))?;
            vec![version(name.trim_end_matches(".gz"), content)]
        }
        Packing::Zip => {
            zipped(BufReader::new(open()?), bytes).with_context(|| format!("unpacking {shown}"))?
        }
        Packing::Plain => vec![version(name, sha256.clone())],
    };
    Ok(Content { sha256, bytes, csv })
}

fn version(name: &str, sha256: String) -> FileVersion {
    FileVersion {
        path: name.to_owned(),
        origin: Origin::Inbox { sha256 },
    }
}

/// The CSV files of a zip of so many bytes.
fn zipped(zip: impl Read + Seek, bytes: u64) -> Result<Vec<FileVersion>> {
    let mut archive = open_zip(zip)?;
    let found = members(&mut archive)?;
    let mut left = allowed(bytes);
    let csv = |(index, name): (usize, String)| {
        let (sha256, bytes) = hashed(member(&mut archive, index, left)?)?;
        left = left.saturating_sub(bytes);
        Ok(version(&name, sha256))
    };
    found.into_iter().map(csv).collect()
}

fn hashed(mut content: impl Read) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = match content.read(&mut buffer) {
            Ok(0) => return Ok((hex::encode(hash.finalize()), bytes)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..count]);
        bytes += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::path::PathBuf;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use lake::content_id;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const CSV: &[u8] = b"Tag ID,Tag Name\n1,blue\n";

    /// A file for one test, removed at its end.
    struct OnDisk(PathBuf);

    impl OnDisk {
        fn new(name: &str, bytes: &[u8]) -> Self {
            let name = format!("sparkbridge-content-{}-{name}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, bytes).unwrap();
            Self(path)
        }

        fn inspect(&self, name: &str) -> Result<Content> {
            inspect(&self.0, name)
        }
    }

    impl Drop for OnDisk {
        fn drop(&mut self) {
            // Best effort, like every temporary file's removal.
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            let options = SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_file_is_known_by_its_csv_however_it_is_packed() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(CSV).unwrap();
        let zip = packed(&[("read me.txt", b"no"), ("folder/Tags.CSV", CSV)]);
        let cases = [
            ("Tags.csv", CSV.to_vec(), "Tags.csv"),
            ("Tags.csv.gz", gzip.finish().unwrap(), "Tags.csv"),
            ("exports.zip", zip, "Tags.CSV"),
        ];
        for (name, bytes, csv) in cases {
            let content = OnDisk::new(name, &bytes).inspect(name).unwrap();
            assert_eq!(content.csv, [version(csv, content_id(CSV))], "{name}");
            assert_eq!(content.sha256, content_id(&bytes));
            assert_eq!(content.bytes, bytes.len() as u64);
        }
    }

    #[test]
    fn a_zip_without_a_csv_is_refused_before_it_is_sent() {
        let zip = packed(&[("__MACOSX/._Tags.csv", b"no"), ("a.txt", b"no")]);
        let error = OnDisk::new("none.zip", &zip).inspect("none.zip");
        let said = format!("{:#}", error.unwrap_err());
        assert!(said.ends_with("the zip holds no .csv file"), "{said}");
    }
}
