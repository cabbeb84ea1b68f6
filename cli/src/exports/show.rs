//! `sparkbridge exports show`: the settings. Secrets are never printed.

use anyhow::Result;

use crate::output;
use crate::place::Place;

pub(crate) async fn run(place: &Place) -> Result<()> {
    output::json(&place.configured().await?)
}
