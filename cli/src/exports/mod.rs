//! `sparkbridge exports`: the scheduled exports, from the settings to the answers.

mod answer;
mod athena;
mod backfill;
mod configure;
mod content;
mod create_views;
mod files;
mod pull;
mod query;
mod raw_text;
mod reconcile;
mod rejects;
mod reopen;
mod report;
mod secret_file;
mod show;
mod status;
mod sync;
mod trust_host;
mod upload;
mod wait;
mod window;

use anyhow::Result;

pub(crate) use self::status::{Newest, newest};
use crate::place::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Set the SFTP server, the schedules and what is kept of each column, and the secrets.
    Configure(configure::Args),
    /// Print the settings as JSON. Secrets are never printed.
    Show,
    /// Look at the SFTP server's key, and trust it from now on.
    TrustHost(trust_host::Args),
    /// Fetch every new file and load it into the tables.
    Pull(pull::Args),
    /// Load files that were fetched before again, after a change of settings or code.
    Backfill(backfill::Args),
    /// Load files that were downloaded by hand.
    Upload(upload::Args),
    /// Show what came, what is in the tables, and what is missing.
    Status(status::Args),
    /// List rows that could not be read.
    Rejects(rejects::Args),
    /// Ask the tables a question in SQL.
    Query(query::Args),
    /// Draw the exports of some days: volume, first response, CSAT, handovers, containment, presence.
    Report(report::Args),
    /// Let Athena keep the views, for those who ask there.
    CreateViews,
    /// Compare the exports with each other, and with our own conversations.
    Reconcile(reconcile::Args),
}

pub(crate) async fn run(stage: &str, command: Command, json: bool) -> Result<()> {
    let place = &Place::of(stage).await?;
    match command {
        Command::Configure(args) => configure::run(place, args, json).await,
        Command::Show => show::run(place).await,
        Command::TrustHost(args) => trust_host::run(place, args, json).await,
        Command::Pull(args) => pull::run(place, args, json).await,
        Command::Backfill(args) => backfill::run(place, args, json).await,
        Command::Upload(args) => upload::run(place, args, json).await,
        Command::Status(args) => status::run(place, args, json).await,
        Command::Rejects(args) => rejects::run(place, args, json).await,
        Command::Query(args) => query::run(place, args, json).await,
        Command::Report(args) => report::run(place, args, json).await,
        Command::CreateViews => create_views::run(place, json).await,
        Command::Reconcile(args) => reconcile::run(place, args, json).await,
    }
}
