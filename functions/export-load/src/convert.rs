//! Bytes in, objects of tables out: the conversion itself, on a thread that may block.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use export_tables::{ConvertError, Source};
use exports::{Drift, Export, FileName, Settings, Treatment};
use lake::{FileRecord, Lake, LakeError, Landing, Services, Table, upload_writer};
use sha2::{Digest, Sha256};
use telemetry::Causes;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::fetch::is_fetch;
use crate::outcome::LoadError;

/// What stands beside a file's bytes.
#[derive(Clone)]
pub(crate) struct About {
    pub(crate) settings: Settings,
    pub(crate) hash_key: Option<Vec<u8>>,
    /// The export its place or name speaks of.
    pub(crate) hint: Option<&'static Export>,
    /// Of the dates in it, where its uploader said so.
    pub(crate) time_zone: Option<Tz>,
}

impl About {
    /// What the operator set; without settings, the defaults.
    pub(crate) async fn of(services: &Services) -> Result<Self, LoadError> {
        let settings = services.ledger.settings().await?;
        let settings = settings.unwrap_or_else(|| Settings::new("", ""));
        let hashes = settings
            .exports
            .values()
            .any(|export| export.columns.values().any(|&how| how == Treatment::Hash));
        Ok(Self {
            hash_key: match hashes {
                true => Some(services.secrets.hash_key().await?),
                false => None,
            },
            settings,
            hint: None,
            time_zone: None,
        })
    }
}

/// A conversion's end.
pub(crate) enum Converted {
    /// The objects are published.
    Published(Table),
    /// The file is at fault; nothing was published.
    Faulty {
        /// What is wrong and what to do, without any cell.
        reason: String,
    },
}

/// Converts the bytes of `record`'s file, which must be those of `landing`, and publishes the
/// objects, each whole. Blocks; `handle` is the runtime's.
pub(crate) fn convert(
    reader: impl Read + Send,
    record: &FileRecord,
    landing: &Landing,
    about: &About,
    lake: &Lake,
    handle: &Handle,
    now: DateTime<Utc>,
) -> Result<Converted, LoadError> {
    let mut reader = Hashing {
        inner: reader,
        hash: Sha256::new(),
    };
    let source = Source {
        file: &record.version.path,
        hint: about.hint,
        stamps: FileName::parse(record.version.name()).stamps,
        exported_at: record.exported_at,
        settings: &about.settings,
        time_zone: about.time_zone,
        hash_key: about.hash_key.as_deref(),
    };
    let opened = match export_tables::open(&mut reader, source) {
        Ok(opened) => opened,
        Err(error) => return faulty(error),
    };
    let table = opened.export().table;
    let id = record.version.object_id(&landing.sha256);
    let mut uploads: Vec<JoinHandle<Result<u64, LakeError>>> = Vec::new();
    let mut sink = |table: &str| {
        let key = Lake::table_key(table, record.exported_at, &id);
        let (sink, upload) = upload_writer(lake.clone(), key.clone());
        uploads.push(handle.spawn(upload));
        (sink, key)
    };
    let (rows, rows_key) = sink(table);
    let mut rejects_key = None;
    let converted = opened.run(rows, || {
        let (rejects, key) = sink("rejects");
        rejects_key = Some(key);
        Ok(rejects)
    });
    let converted = match converted {
        Ok(converted) => converted,
        Err(error) => return failed(error, uploads, handle),
    };
    // Nothing is published of bytes that are not those that were landed.
    let found = hex::encode(reader.hash.finalize());
    if found != landing.sha256 {
        return Err(LoadError::NotWhatWasLanded {
            found,
            expected: landing.sha256.clone(),
        });
    }
    let report = converted.report;
    if report.rows == 0 && report.rejected > 0 {
        let reasons: Vec<_> = report
            .rejected_by_reason
            .iter()
            .map(|(reason, rows)| format!("{reason}: {rows}"))
            .collect();
        return Ok(Converted::Faulty {
            reason: format!(
                "none of its {} rows can be read ({}); check delimiter, quotes and time format",
                report.rejected,
                reasons.join(", ")
            ),
        });
    }
    let rejects = converted.rejects;
    converted.table.finish().map_err(LoadError::Write)?;
    if let Some(rejects) = rejects {
        rejects.finish().map_err(LoadError::Write)?;
    }
    for upload in uploads {
        handle.block_on(upload)??;
    }
    Ok(Converted::Published(Table {
        landing: landing.clone(),
        table: table.to_owned(),
        rows: report.rows,
        rejected: report.rejected,
        rejected_by_reason: report
            .rejected_by_reason
            .into_iter()
            .map(|(reason, rows)| (reason.to_owned(), rows))
            .collect(),
        drift: drift(&report.drift),
        doubtful_times: report.doubtful_times,
        keys: std::iter::once(rows_key).chain(rejects_key).collect(),
        loaded_at: now,
    }))
}

/// Where the header differs, for people.
fn drift(drift: &Drift) -> Vec<String> {
    let renamed = drift
        .renamed
        .iter()
        .map(|(found, known)| format!("{found:?} is {known:?}"));
    let unknown = drift
        .unknown
        .iter()
        .map(|found| format!("{found:?} is not known: kept in unknown_columns"));
    let missing = drift
        .missing
        .iter()
        .map(|header| format!("{header:?} is missing"));
    let repeated = drift
        .repeated
        .iter()
        .map(|found| format!("{found:?} comes twice: the first one counts"));
    let named = drift
        .named_otherwise
        .map(|table| format!("its name or directory says {table}"));
    renamed
        .chain(unknown)
        .chain(missing)
        .chain(repeated)
        .chain(named)
        .collect()
}

/// A failed write says only that the upload ended; why is the upload's to say.
fn failed(
    error: ConvertError,
    uploads: Vec<JoinHandle<Result<u64, LakeError>>>,
    handle: &Handle,
) -> Result<Converted, LoadError> {
    if matches!(error, ConvertError::Write(_)) {
        for upload in uploads {
            match handle.block_on(upload)? {
                Ok(_) | Err(LakeError::GivenUp { .. }) => {}
                Err(cause) => return Err(cause.into()),
            }
        }
    }
    faulty(error)
}

/// Tells a faulty file from trouble that passes.
fn faulty(error: ConvertError) -> Result<Converted, LoadError> {
    match error {
        ConvertError::Read(error) if is_fetch(&error) => Err(LoadError::Read(error)),
        error if error.is_the_files_fault() || matches!(error, ConvertError::Read(_)) => {
            Ok(Converted::Faulty {
                reason: Causes(&error).to_string(),
            })
        }
        error => Err(LoadError::Convert(error)),
    }
}

/// Hashes what is read.
pub(crate) struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// Reads to the end: what the bytes are.
pub(crate) fn fingerprint(reader: impl Read) -> io::Result<Landing> {
    let mut reader = Hashing {
        inner: reader,
        hash: Sha256::new(),
    };
    let bytes = io::copy(&mut reader, &mut io::sink())?;
    Ok(Landing {
        sha256: hex::encode(reader.hash.finalize()),
        bytes,
        unterminated: false,
    })
}
