//! `sparkbridge contact`: removes a contact from every store, and shows what was removed.

mod ask;
mod erase;
mod look;
mod pass;
mod queues;
mod receipt;
mod rewrite;
mod shelf;
mod subject;
mod survey;
mod table;

use anyhow::{Context, Result};
use platform::Store;
use serde_json::json;

use crate::output;
use crate::place::Place;
use receipt::Receipt;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Remove a contact from conversations, queues and the lake, and leave a receipt.
    Erase(erase::Args),
    /// List the receipts of erasures, oldest first.
    Receipts,
}

pub(crate) async fn run(stage: &str, command: Command, json: bool) -> Result<()> {
    let place = &Place::of(stage).await?;
    match command {
        Command::Erase(args) => erase::run(place, args, json).await,
        Command::Receipts => receipts(place, json).await,
    }
}

fn store(place: &Place) -> Store {
    let client = aws_sdk_dynamodb::Client::new(place.aws());
    Store::new(client, place.conversations_table())
}

async fn receipts(place: &Place, json: bool) -> Result<()> {
    let found = store(place).receipts().await;
    let mut receipts = Vec::new();
    for (id, receipt) in found.context("reading the receipts")? {
        let receipt: Receipt = serde_json::from_value(receipt)
            .with_context(|| format!("receipt {id} can't be read; use a newer build"))?;
        receipts.push((id, receipt));
    }
    if json {
        let with_id = |(id, receipt)| json!({"id": id, "receipt": receipt});
        let receipts: Vec<_> = receipts.iter().map(|(id, r)| with_id((id, r))).collect();
        return output::json(&receipts);
    }
    output::print(&receipt::list(&receipts))
}
