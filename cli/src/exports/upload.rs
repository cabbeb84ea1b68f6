//! `sparkbridge exports upload`: files downloaded by hand, into the inbox and from there into the tables.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::primitives::ByteStream;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use lake::{FileRecord, Lake, Ledger, State};
use serde::Serialize;
use serde_json::json;

use super::content::{Content, inspect};
use super::files::{self, FileReport};
use super::pull::table_name;
use super::reopen::reopen;
use super::wait::{self, Awaited};
use crate::output;
use crate::place::Place;
use crate::progress;

/// S3's limit of an object that is written in one go.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// CSV, plain, gzip or zip.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The export, by its table's name, where neither name nor header tell.
    #[arg(long, value_name = "TABLE", value_parser = table_name)]
    table: Option<String>,
    /// The time zone of the times in the files, an IANA name. Left out: as the settings say.
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    time_zone: Option<Tz>,
    /// Load content again that was loaded before: after a change of the settings.
    #[arg(long)]
    again: bool,
    /// Don't wait until the files are loaded.
    #[arg(long)]
    no_wait: bool,
}

fn time_zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| {
        "no such time zone: write its IANA name, like Europe/Brussels or UTC".to_owned()
    })
}

/// One file on its way.
#[derive(Serialize)]
struct Upload {
    file: String,
    key: String,
    bytes: u64,
    /// All of it was in the tables before: nothing was sent.
    already_loaded: bool,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    // Everything is looked at before anything is sent.
    let bar = progress::spinner("reading");
    let mut ready = Vec::new();
    for file in &args.files {
        let name = name(file)?;
        let content = inspect(file, name)?;
        ensure!(
            content.bytes <= LARGEST,
            "{} is larger than 5 GiB, S3's limit: pack it with gzip",
            file.display()
        );
        ready.push((file, name, content));
    }
    drop(bar);
    let lake = place.lake().await?;
    let ledger = place.ledger();
    let mut uploads = Vec::new();
    let mut awaited = Vec::new();
    for (file, name, content) in ready {
        let known = known(&ledger, &content).await?;
        let is_loaded = |record: &FileRecord| matches!(record.state, State::Loaded(_));
        let all_loaded =
            known.iter().flatten().filter(|r| is_loaded(r)).count() == content.csv.len();
        let key = format!("inbox/{}/{name}", &content.sha256[..16]);
        let already_loaded = all_loaded && !args.again;
        for (version, known) in content.csv.iter().zip(&known) {
            awaited.push(Awaited {
                version: version.clone(),
                attempts: known.as_ref().map(|record| record.attempts),
            });
            // What was quarantined is tried again anyway.
            if let (true, Some(record)) = (args.again, known)
                && is_loaded(record)
            {
                reopen(&ledger, record).await?;
            }
        }
        if !already_loaded {
            send(&lake, &key, file, &args).await?;
        }
        uploads.push(Upload {
            file: file.display().to_string(),
            key,
            bytes: content.bytes,
            already_loaded,
        });
    }
    let reports = if args.no_wait {
        Vec::new()
    } else {
        let bar = progress::bar(awaited.len(), "loading");
        files::reports(&wait::settle(&ledger, &awaited, &bar).await?)
    };
    if json {
        output::json(&json!({ "uploads": uploads, "files": reports }))?;
    } else {
        output::print(&told(&uploads, &reports))?;
    }
    files::judge(&reports)
}

fn name(file: &Path) -> Result<&str> {
    let name = file.file_name().and_then(|name| name.to_str());
    name.with_context(|| format!("{} has no name that S3 takes: rename it", file.display()))
}

/// What the ledger has of each CSV.
async fn known(ledger: &Ledger, content: &Content) -> Result<Vec<Option<FileRecord>>> {
    let saved = ledger
        .files(&content.csv)
        .await
        .context("reading the ledger")?;
    let record_of = |version: &lake::FileVersion| {
        let same = |saved: &&lake::Saved| saved.record.version.origin == version.origin;
        saved.iter().find(same).map(|saved| saved.record.clone())
    };
    Ok(content.csv.iter().map(record_of).collect())
}

/// Streams a file into the inbox, with what export-load should know of it.
async fn send(lake: &Lake, key: &str, file: &Path, args: &Args) -> Result<()> {
    let shown = file.display().to_string();
    let written = std::fs::metadata(file).and_then(|about| about.modified());
    let written = written.with_context(|| format!("reading {shown}"))?;
    let body = ByteStream::from_path(file);
    let body = body.await.with_context(|| format!("reading {shown}"))?;
    let bar = progress::spinner(format!("uploading {shown}"));
    let sent = lake.put_file(key, body, notes(args, written.into())).await;
    drop(bar);
    sent.with_context(|| format!("uploading {shown}"))
}

/// The object's metadata.
fn notes(args: &Args, written: DateTime<Utc>) -> Vec<(String, String)> {
    let at = written.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut notes = vec![("exported-at".to_owned(), at)];
    if let Some(zone) = args.time_zone {
        notes.push(("time-zone".to_owned(), zone.name().to_owned()));
    }
    if let Some(table) = &args.table {
        notes.push(("table".to_owned(), table.clone()));
    }
    notes
}

fn told(uploads: &[Upload], reports: &[FileReport]) -> String {
    let mut text = files::render(reports);
    for upload in uploads {
        let file = output::visible(&upload.file);
        if upload.already_loaded {
            text.push_str(&format!(
                "{file}: loaded before, nothing was sent; --again loads it again\n"
            ));
        } else {
            text.push_str(&format!("{file}: uploaded\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_say_what_was_said_and_when_the_file_was_written() {
        let mut args = Args {
            files: Vec::new(),
            table: None,
            time_zone: None,
            again: false,
            no_wait: false,
        };
        let written = DateTime::from_timestamp(1_795_000_000, 7).unwrap();
        let at = ("exported-at".to_owned(), "2026-11-18T11:06:40Z".to_owned());
        assert_eq!(notes(&args, written), [at]);
        args.table = Some("tags".into());
        args.time_zone = Some(Tz::Europe__Brussels);
        assert_eq!(
            notes(&args, written)[1..],
            [
                ("time-zone".to_owned(), "Europe/Brussels".to_owned()),
                ("table".to_owned(), "tags".to_owned()),
            ]
        );
    }

    #[test]
    fn a_zone_is_an_iana_name() {
        assert_eq!(time_zone("UTC"), Ok(Tz::UTC));
        assert!(time_zone("CEST?").is_err());
    }
}
