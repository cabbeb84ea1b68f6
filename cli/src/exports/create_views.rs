//! `sparkbridge exports create-views`: the views, kept by Athena for whoever asks there.

use anyhow::{Context, Result};
use exports::views::{create_statement, view_names};
use serde_json::json;

use super::athena::Athena;
use crate::output;
use crate::place::Place;

pub(crate) async fn run(place: &Place, json: bool) -> Result<()> {
    let athena = Athena::of(place).await?;
    let mut created = Vec::new();
    for name in view_names() {
        let Some(statement) = create_statement(name) else {
            continue;
        };
        let made = athena.run(&statement).await;
        made.with_context(|| format!("creating the view {name}"))?;
        created.push(name);
        if !json {
            output::line(name)?;
        }
    }
    if json {
        output::json(&json!({ "views": created }))?;
    }
    Ok(())
}
