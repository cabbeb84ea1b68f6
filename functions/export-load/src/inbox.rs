//! Files dropped by hand: plain, gzip or zip. Read twice, once for what they are and once for their
//! rows; what counts is the content, so that the same download dropped twice is loaded once.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use export_tables::unpack::{self, Packing, UnpackError, allowed, gunzip, member, members};
use exports::{Export, FileName};
use lake::{
    FileRecord, FileVersion, InboxKey, Lake, Landing, Origin, Saved, Services, State, Telemetry,
    content_id,
};
use telemetry::Causes;
use tokio::runtime::Handle;
use zip::ZipArchive;

use crate::convert::{About, convert, fingerprint};
use crate::fetch::{Blocks, is_fetch, stream};
use crate::load::conclude;
use crate::outcome::{LoadError, Outcome, told};

/// Notes that the uploader may attach to the object.
const TIME_ZONE: &str = "time-zone";
const TABLE: &str = "table";
const EXPORTED_AT: &str = "exported-at";

/// A dropped object.
#[derive(Clone)]
struct Dropped {
    key: String,
    name: String,
    size: u64,
    packing: Packing,
    exported_at: DateTime<Utc>,
    time_zone: Option<Tz>,
    table: Option<&'static Export>,
}

/// One CSV in it.
#[derive(Clone)]
struct Csv {
    name: String,
    /// Its place in a zip.
    index: usize,
    landing: Landing,
}

/// Loads everything in a dropped file; whether it is dealt with.
pub(crate) async fn load_inbox(services: &Services, telemetry: &Telemetry, key: &InboxKey) -> bool {
    let begin = |name: &str| {
        let mut record = telemetry.begin();
        record.file = Some(name.to_owned());
        record
    };
    let whole = begin(&key.0);
    let looked = look(services, key).await;
    let (dropped, files) = match looked {
        Ok(Looked::Files(dropped, files)) => (dropped, files),
        Ok(Looked::Faulty(outcome)) => return told(Ok(outcome), whole),
        Err(error) => return told(Err(error), whole),
    };
    let mut done = true;
    for file in files {
        let record = begin(&format!("{}!{}", key.0, file.name));
        done &= told(load(services, &dropped, &file).await, record);
    }
    done
}

enum Looked {
    Files(Dropped, Vec<Csv>),
    Faulty(Outcome),
}

/// What is in a dropped file.
async fn look(services: &Services, key: &InboxKey) -> Result<Looked, LoadError> {
    let object = services.lake.read(&key.0).await?;
    let note = |name: &str| object.metadata.get(name).map(String::as_str);
    let exported_at = note(EXPORTED_AT).and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    let start = match object.size {
        0 => bytes::Bytes::new(),
        size => services.lake.range(&key.0, 0..size.min(4)).await?,
    };
    let dropped = Dropped {
        key: key.0.clone(),
        name: key.name().to_owned(),
        size: object.size,
        packing: Packing::of(&start),
        exported_at: exported_at.map_or(object.modified, |at| at.to_utc()),
        time_zone: note(TIME_ZONE).and_then(|zone| zone.parse().ok()),
        table: note(TABLE).and_then(Export::by_table),
    };
    drop(object);
    let (lake, handle, of) = (services.lake.clone(), Handle::current(), dropped.clone());
    let found = tokio::task::spawn_blocking(move || fingerprints(&lake, &handle, &of)).await?;
    let error = match found {
        Ok(files) => return Ok(Looked::Files(dropped, files)),
        Err(error) if is_fetch(&error) => return Err(LoadError::Read(error)),
        Err(error) => error,
    };
    let reason = Causes(&error).to_string();
    let kept = format!(
        "quarantine/{}/{}",
        key.0,
        content_id(dropped.exported_at.to_rfc3339().as_bytes())
    );
    services.lake.copy(&key.0, &kept).await?;
    Ok(Looked::Faulty(Outcome::Quarantined { reason }))
}

/// The CSV files in a dropped one. Blocks.
fn fingerprints(lake: &Lake, handle: &Handle, dropped: &Dropped) -> io::Result<Vec<Csv>> {
    if dropped.packing != Packing::Zip {
        let landing = with_csv(lake, handle, dropped, 0, |content| fingerprint(content))??;
        let name = dropped.name.trim_end_matches(".gz").to_owned();
        return Ok(vec![Csv {
            name,
            index: 0,
            landing,
        }]);
    }
    let mut archive = open_zip(lake, handle, dropped)?;
    let found = members(&mut archive).map_err(io::Error::other)?;
    let mut left = allowed(dropped.size);
    let csv = |(index, name)| {
        let content = member(&mut archive, index, left).map_err(unpack_error)?;
        let landing = fingerprint(content)?;
        left = left.saturating_sub(landing.bytes);
        Ok(Csv {
            name,
            index,
            landing,
        })
    };
    found.into_iter().map(csv).collect()
}

/// Gives one CSV of a dropped file to `act`, unpacked. Blocks.
fn with_csv<T>(
    lake: &Lake,
    handle: &Handle,
    dropped: &Dropped,
    index: usize,
    act: impl FnOnce(&mut (dyn Read + Send)) -> T,
) -> io::Result<T> {
    if dropped.packing == Packing::Zip {
        let mut archive = open_zip(lake, handle, dropped)?;
        let limit = allowed(dropped.size);
        let mut content = member(&mut archive, index, limit).map_err(unpack_error)?;
        return Ok(act(&mut content));
    }
    let object = handle.block_on(lake.read(&dropped.key));
    let mut content = stream(object.map_err(io::Error::other)?, handle);
    Ok(match dropped.packing {
        Packing::Gzip => act(&mut gunzip(content, dropped.size)),
        Packing::Plain | Packing::Zip => act(&mut content),
    })
}

fn open_zip(lake: &Lake, handle: &Handle, dropped: &Dropped) -> io::Result<ZipArchive<Blocks>> {
    let blocks = Blocks::new(
        lake.clone(),
        handle.clone(),
        dropped.key.clone(),
        dropped.size,
    );
    unpack::open_zip(blocks).map_err(unpack_error)
}

/// An error of S3 that the unpacking met stays S3's.
fn unpack_error(error: UnpackError) -> io::Error {
    match error {
        UnpackError::Zip(zip::result::ZipError::Io(error)) if is_fetch(&error) => error,
        error => io::Error::other(error),
    }
}

async fn load(services: &Services, dropped: &Dropped, csv: &Csv) -> Result<Outcome, LoadError> {
    let saved = match noted(services, dropped, csv).await? {
        saved if matches!(saved.record.state, State::Loaded(_)) => return Ok(Outcome::Known),
        saved => saved,
    };
    let mut about = About::of(services).await?;
    about.hint = dropped.table.or_else(|| FileName::parse(&csv.name).export);
    about.time_zone = dropped.time_zone;
    let (lake, handle) = (services.lake.clone(), Handle::current());
    let (of, file, record) = (dropped.clone(), csv.clone(), saved.record.clone());
    let converted = tokio::task::spawn_blocking(move || {
        with_csv(&lake, &handle, &of, file.index, |content| {
            convert(
                content,
                &record,
                &file.landing,
                &about,
                &lake,
                &handle,
                Utc::now(),
            )
        })
        .map_err(LoadError::Read)?
    })
    .await??;
    conclude(
        services,
        saved,
        csv.landing.clone(),
        &dropped.key,
        converted,
    )
    .await
}

/// The content's record: a new one, or the one of the same content dropped before. A file that was
/// quarantined may be dropped again, after the settings were mended.
async fn noted(services: &Services, dropped: &Dropped, csv: &Csv) -> Result<Saved, LoadError> {
    let version = FileVersion {
        path: csv.name.clone(),
        origin: Origin::Inbox {
            sha256: csv.landing.sha256.clone(),
        },
    };
    let landed = State::Landed(csv.landing.clone());
    match services.ledger.file(&version).await? {
        None => {
            let record = FileRecord {
                version,
                first_seen: Utc::now(),
                exported_at: dropped.exported_at,
                attempts: 1,
                published: Vec::new(),
                erased: None,
                state: landed,
            };
            Ok(services.ledger.create(record).await?)
        }
        Some(saved) if matches!(saved.record.state, State::Quarantined { .. }) => {
            let record = FileRecord {
                attempts: saved.record.attempts + 1,
                state: landed,
                ..saved.record.clone()
            };
            Ok(services.ledger.save(&saved, record).await?)
        }
        Some(saved) => Ok(saved),
    }
}
