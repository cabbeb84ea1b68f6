//! `sparkbridge exports report`: pictures of the exports, in one page that needs nothing else.

mod chart;
mod page;
mod period;
mod pictures;
mod questions;
mod sections;

use std::path::PathBuf;

use anyhow::{Context, Result};
use chrono::{NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::json;

use super::athena::Athena;
use crate::output;
use crate::place::Place;
use period::Period;
use questions::{Question, questions};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The first day, as YYYY-MM-DD.
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// The last day.
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
    /// Where the page is written; - is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Time zone of days and hours; left out: the schedule's, as configured.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Tz>,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let zone = match args.timezone {
        Some(zone) => zone,
        None => place.configured().await?.time_zone,
    };
    let period = Period::new(args.from, args.to, zone)?;
    let athena = Athena::of(place).await?;
    let mut answered = Vec::new();
    for question in questions(&period) {
        let answer = athena.ask(&question.sql).await;
        let answer = answer.with_context(|| format!("asking for {}", question.about))?;
        answered.push((question, answer));
    }
    let sections = answered
        .iter()
        .map(|(question, answer)| sections::section(question, &answer.to_json(), &period))
        .collect::<Result<Vec<_>>>()?;
    let page = page::page(&period, place.stage(), Utc::now(), &sections);
    if args.output.as_os_str() == "-" {
        return output::print(&page);
    }
    let shown = args.output.display().to_string();
    std::fs::write(&args.output, &page).with_context(|| format!("writing {shown}"))?;
    if json {
        let queries = answered.iter();
        let queries = queries.map(|(question, answer)| told(question, answer.rows.len()));
        return output::json(&json!({
            "file": shown,
            "bytes": page.len(),
            "from": args.from,
            "to": args.to,
            "time_zone": zone.name(),
            "sections": queries.collect::<Vec<_>>(),
        }));
    }
    output::line(&format!("{shown}: open it in a browser, or print it"))
}

fn told(question: &Question, rows: usize) -> serde_json::Value {
    json!({"section": question.about, "sql": question.sql, "rows": rows})
}
