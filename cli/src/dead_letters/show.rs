//! `sparkbridge dead-letters show`.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::Utc;
use serde::Serialize;

use super::letter::Told;
use super::queue::Queue;
use super::reader::Reader;
use super::render;
use crate::output;
use crate::place::Place;
use crate::progress;

/// More than anybody reads.
const MOST: usize = 1_000;
const WITHIN: Duration = Duration::from_secs(40);

/// What a queue holds.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) queue: &'static str,
    pub(super) dead_queue: String,
    /// All of them, roughly, as SQS counts.
    pub(super) counted: u64,
    pub(super) messages: Vec<Told>,
}

pub(super) async fn run(place: &Place, queue: Queue, id: Option<&str>, json: bool) -> Result<()> {
    let name = queue.dead(place.stage());
    let spinner = progress::spinner(format!("looking into {name}"));
    let Some(mut reader) = Reader::of(place, queue).await? else {
        bail!(missing(place, &name).await);
    };
    let counts = reader.counts().await;
    let letters = reader.look(MOST, WITHIN).await;
    // Whatever happened: what was hidden shows again.
    let put_back = reader.put_back().await;
    drop(spinner);
    let letters = letters.with_context(|| format!("looking into {name}"))?;
    put_back?;
    let counts = counts?;
    let counted = counts.waiting + counts.hidden + counts.delayed;
    let wanted = |told: &Told| id.is_none_or(|id| told.id == id);
    let told = letters.into_iter().map(|letter| letter.told);
    let messages: Vec<Told> = told.filter(wanted).collect();
    if let (Some(id), true) = (id, messages.is_empty()) {
        bail!(not_found(id, &name));
    }
    let shown = Shown {
        queue: queue.name(),
        dead_queue: name,
        counted,
        messages,
    };
    if json {
        output::json(&shown)
    } else {
        output::print(&render::messages(&shown, id.is_some(), Utc::now()))
    }
}

/// Why a message isn't found.
pub(super) fn not_found(id: &str, queue: &str) -> String {
    format!(
        "no message {id:?} in {queue}: it is gone, in somebody else's hands for a minute, or behind more than \
         ten of its conversation; `sparkbridge dead-letters list` tells what there is"
    )
}

/// Why a queue isn't there.
pub(super) async fn missing(place: &Place, queue: &str) -> anyhow::Error {
    match place.outputs().await {
        Err(error) => error,
        Ok(_) => anyhow::anyhow!(
            "stage {} has no queue {queue}: deploy it again, `make deploy STAGE={0}`",
            place.stage()
        ),
    }
}
