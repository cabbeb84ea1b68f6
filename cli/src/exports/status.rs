//! `sparkbridge exports status`: what came in the last days, what is in the tables, what is missing.

mod render;
mod report;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use exports::{Calendar, EXPORTS, Export, Settings};
use futures::{StreamExt, TryStreamExt, stream};
use lake::{FileRecord, Ledger};
use serde::Serialize;

use self::report::Report;
use super::output;
use super::place::Place;
use super::window;

/// Questions to the ledger at once.
const AT_ONCE: usize = 16;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files that came in the last N days.
    #[arg(long, value_name = "N", default_value_t = 8)]
    days: u16,
}

/// Everything that is shown.
#[derive(Debug, Serialize)]
struct Status {
    stage: String,
    as_of: DateTime<Utc>,
    days: u16,
    /// Whether an SFTP server is set.
    configured: bool,
    exports: Vec<OfExport>,
    /// Files whose export neither directory nor name tell.
    unknown: Report,
    /// Files dropped by hand.
    inbox: Report,
}

#[derive(Debug, Serialize)]
struct OfExport {
    table: &'static str,
    #[serde(flatten)]
    report: Report,
    calendar: Calendar,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let now = Utc::now();
    let settings = place.settings().await?;
    let configured = settings.is_some();
    let settings = settings.unwrap_or_else(|| Settings::new("", ""));
    let ledger = place.ledger();
    let look = Look {
        ledger: &ledger,
        settings: &settings,
        since: now - TimeDelta::days(i64::from(args.days)),
        now,
    };
    let exports = EXPORTS
        .iter()
        .map(async |export| look.at_export(export).await);
    let status = Status {
        exports: stream::iter(exports)
            .buffered(AT_ONCE)
            .try_collect()
            .await?,
        unknown: look.at_partition("unknown").await?,
        inbox: look.at_partition("inbox").await?,
        stage: place.stage().to_owned(),
        as_of: now,
        days: args.days,
        configured,
    };
    if json {
        output::json(&status)
    } else {
        output::print(&render::text(&status))
    }
}

struct Look<'a> {
    ledger: &'a Ledger,
    settings: &'a Settings,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Look<'_> {
    async fn at_export(&self, export: &'static Export) -> Result<OfExport> {
        let calendar = self.ledger.calendar(self.settings, export, self.now);
        Ok(OfExport {
            table: export.table,
            calendar: calendar.await.context("reading the ledger")?,
            report: self.at_partition(export.table).await?,
        })
    }

    async fn at_partition(&self, partition: &str) -> Result<Report> {
        let months = window::months(self.since.date_naive(), self.now.date_naive());
        let months = months.into_iter().map(Some).chain([None]);
        let mut recent: Vec<FileRecord> = Vec::new();
        for month in months {
            let records = self.ledger.month(partition, month).await;
            let records = records.context("reading the ledger")?.into_iter();
            recent
                .extend(records.filter(|file| file.exported_at.max(file.first_seen) >= self.since));
        }
        Ok(Report::of(&recent, self.settings, self.now))
    }
}
