//! `sparkbridge exports backfill`: landed files of some days, loaded again.

use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use exports::EXPORTS;
use futures::{StreamExt, TryStreamExt, stream};
use lake::{FileRecord, FileVersion, Lake, Ledger, State};
use serde_json::json;

use super::files;
use super::pull::table_name;
use super::reopen::{notification, reopen, reopened};
use super::wait::{self, Awaited};
use super::window;
use crate::output::{self, count};
use crate::place::Place;
use crate::progress;

/// Calls to AWS at once.
const AT_ONCE: usize = 16;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The first day whose files are loaded again, as YYYY-MM-DD.
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// The last day. A file belongs to the last day of its window.
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
    /// Only this export, by its table's name; may be given several times.
    #[arg(long, value_name = "TABLE", value_parser = table_name)]
    table: Vec<String>,
}

/// What became of the request for one file.
enum Asked {
    Again(FileVersion),
    /// Its bytes are not in raw/ any more.
    Expired(String),
    /// It changed in the meantime; whoever changed it loads it.
    Busy,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    ensure!(
        args.from <= args.to,
        "--from {} is after --to {}: give the earlier day first",
        args.from,
        args.to
    );
    let lake = place.lake().await?;
    let ledger = place.ledger();
    let bar = progress::spinner("looking into the ledger");
    let records = records(&ledger, &args).await?;
    drop(bar);
    let (dropped, files): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|record| record.version.raw_key().is_none());
    let by_hand: Vec<String> = dropped.into_iter().map(|file| file.version.path).collect();

    let bar = progress::bar(files.len(), "asking");
    let asked = ask(place, &lake, &ledger, files, &bar).await?;
    drop(bar);
    let mut awaited = Vec::new();
    let mut expired = Vec::new();
    for asked in asked {
        match asked {
            Asked::Again(file) => awaited.push(Awaited::new(file)),
            Asked::Expired(path) => expired.push(path),
            Asked::Busy => {}
        }
    }
    let bar = progress::bar(awaited.len(), "loading");
    let waited = wait::settle(&ledger, &awaited, &bar).await?;
    drop(bar);
    let reports = files::reports(&waited);
    if json {
        output::json(&json!({ "files": reports, "expired": expired, "by_hand": by_hand }))?;
    } else {
        output::print(&files::render(&reports))?;
        let again = reports.iter().filter(|file| file.table.is_some()).count();
        output::line(&format!("{} loaded again", count(again, "file")))?;
        for path in &expired {
            let path = output::visible(path);
            output::line(&format!("left as it is, raw/ has it no more: {path}"))?;
        }
        for path in &by_hand {
            let path = output::visible(path);
            output::line(&format!(
                "left as it is, dropped by hand: {path}: `sparkbridge exports upload --again`"
            ))?;
        }
    }
    files::judge(&reports)
}

/// The files of the days that can be loaded again.
async fn records(ledger: &Ledger, args: &Args) -> Result<Vec<FileRecord>> {
    let tables: Vec<&str> = if args.table.is_empty() {
        EXPORTS.iter().map(|export| export.table).collect()
    } else {
        args.table.iter().map(String::as_str).collect()
    };
    let months = window::months(args.from, args.to);
    let mut partitions = Vec::new();
    for table in tables.iter().copied().chain(["unknown"]) {
        let months = months.iter().copied().map(Some);
        partitions.extend(months.chain([None]).map(|month| (table, month)));
    }
    partitions.push(("inbox", None));
    let queries = partitions.into_iter().map(async |(partition, month)| {
        let records = ledger.month(partition, month).await;
        anyhow::Ok((partition, records.context("reading the ledger")?))
    });
    let found: Vec<_> = stream::iter(queries)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut records = Vec::new();
    for (partition, of_partition) in found {
        // Of these the ledger knows the table only once they are loaded.
        let any_table = matches!(partition, "unknown" | "inbox") && !args.table.is_empty();
        records.extend(of_partition.into_iter().filter(|record| {
            let day = window::day(record);
            (args.from..=args.to).contains(&day)
                && reopened(record).is_some()
                && (!any_table || is_of(record, &args.table))
        }));
    }
    Ok(records)
}

fn is_of(record: &FileRecord, tables: &[String]) -> bool {
    match &record.state {
        State::Loaded(loaded) => tables.contains(&loaded.table),
        _ => false,
    }
}

/// Puts each file back to landed, and tells export-load of it.
async fn ask(
    place: &Place,
    lake: &Lake,
    ledger: &Ledger,
    files: Vec<FileRecord>,
    bar: &indicatif::ProgressBar,
) -> Result<Vec<Asked>> {
    let sqs = aws_sdk_sqs::Client::new(place.aws());
    let name = place.landed_queue();
    let queue = sqs.get_queue_url().queue_name(&name).send().await;
    let queue = queue
        .with_context(|| {
            format!(
                "finding the queue {name}; is stage {} deployed?",
                place.stage()
            )
        })?
        .queue_url
        .unwrap_or_default();
    let (sqs, queue) = (&sqs, &queue);
    let asks = files.into_iter().map(async |record| {
        let asked = ask_one(sqs, queue, lake, ledger, record).await;
        bar.inc(1);
        asked
    });
    stream::iter(asks).buffered(AT_ONCE).try_collect().await
}

async fn ask_one(
    sqs: &aws_sdk_sqs::Client,
    queue: &str,
    lake: &Lake,
    ledger: &Ledger,
    record: FileRecord,
) -> Result<Asked> {
    let key = record.version.raw_key().unwrap_or_default();
    match lake.read(&key).await {
        Ok(_) => {}
        Err(error) if error.is_absent() => return Ok(Asked::Expired(record.version.path)),
        Err(error) => return Err(error).context("looking for a file in raw/"),
    }
    if !reopen(ledger, &record).await? {
        return Ok(Asked::Busy);
    }
    sqs.send_message()
        .queue_url(queue)
        .message_body(notification(lake.bucket(), &key))
        .send()
        .await
        .context("telling export-load of a file; run the same backfill again")?;
    Ok(Asked::Again(record.version))
}
