//! `sparkbridge exports status`: what came in the last days, what is in the tables, what is missing.

mod render;
mod report;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use exports::{Calendar, EXPORTS, Export, Finding, Settings};
use futures::{StreamExt, TryStreamExt, stream};
use lake::{FileRecord, Ledger};
use serde::Serialize;

use self::report::Report;
use super::window;
use crate::output;
use crate::place::Place;

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

/// What came last of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) table: &'static str,
    /// Where the newest window in the tables ends.
    pub(crate) window_end: Option<DateTime<Utc>>,
    /// Seconds since then.
    pub(crate) age_secs: Option<i64>,
    /// Seconds since the first missing window ended.
    pub(crate) late_by_secs: Option<i64>,
    /// Files that can't be read.
    pub(crate) quarantined: usize,
}

/// Monthly exports are among them.
const LAST_DAYS: u16 = 40;

/// What came last of each export.
pub(crate) async fn newest(
    place: &Place,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<Newest>> {
    let ledger = place.ledger();
    let look = Look::new(&ledger, settings, LAST_DAYS, now);
    let newest = look.at_exports().await?.into_iter().map(|of| {
        let mut findings = of.calendar.findings.iter();
        Newest {
            table: of.table,
            window_end: of.report.newest_window_end,
            age_secs: of.report.age_secs,
            late_by_secs: findings.find_map(|finding| match finding {
                Finding::Late { by_secs, .. } => Some(*by_secs),
                _ => None,
            }),
            quarantined: of.report.quarantined.len(),
        }
    });
    Ok(newest.collect())
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let now = Utc::now();
    let settings = place.settings().await?;
    let configured = settings.is_some();
    let settings = settings.unwrap_or_else(|| Settings::new("", ""));
    let ledger = place.ledger();
    let look = Look::new(&ledger, &settings, args.days, now);
    let status = Status {
        exports: look.at_exports().await?,
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

impl<'a> Look<'a> {
    fn new(ledger: &'a Ledger, settings: &'a Settings, days: u16, now: DateTime<Utc>) -> Self {
        Self {
            ledger,
            settings,
            since: now - TimeDelta::days(i64::from(days)),
            now,
        }
    }

    async fn at_exports(&self) -> Result<Vec<OfExport>> {
        let exports = EXPORTS
            .iter()
            .map(async |export| self.at_export(export).await);
        stream::iter(exports).buffered(AT_ONCE).try_collect().await
    }

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
