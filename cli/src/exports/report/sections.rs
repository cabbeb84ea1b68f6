//! From an answer to a section of the page: a sentence, a chart, the figures, the query.

use anyhow::{Context, Result};
use maud::Markup;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::period::Period;
use super::pictures::{self, Hour};
use super::questions::{Question, Topic};

/// A section of the page.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What is counted, in a sentence.
    pub(super) about: &'static str,
    /// `None`: there was nothing to count.
    pub(super) picture: Option<Markup>,
    pub(super) figures: Markup,
    pub(super) sql: String,
}

/// The section that shows an answer.
pub(super) fn section(question: &Question, rows: &[Value], period: &Period) -> Result<Section> {
    let (id, title, about) = heading(question.topic);
    let drawn = match question.topic {
        Topic::Volume => pictures::volume(&read::<Hour>(rows)?, period)?,
        Topic::FirstResponse => pictures::first_response(&read(rows)?),
        Topic::Csat => pictures::csat(&read(rows)?),
        Topic::Handovers => pictures::handovers(&read(rows)?),
        Topic::Containment => pictures::containment(&read(rows)?),
        Topic::Presence => pictures::presence(&read(rows)?),
    };
    let (picture, figures) = drawn;
    Ok(Section {
        id,
        title,
        about,
        picture: (!rows.is_empty()).then_some(picture),
        figures,
        sql: question.sql.clone(),
    })
}

fn heading(topic: Topic) -> (&'static str, &'static str, &'static str) {
    match topic {
        Topic::Volume => (
            "volume",
            "Volume",
            "Messages that were not deleted: contacts' messages by hour of the day and channel, and both directions by day.",
        ),
        Topic::FirstResponse => (
            "first-response",
            "First response",
            "The time within which half, nine and nineteen of twenty resolved conversations had their first response.",
        ),
        Topic::Csat => (
            "csat",
            "Satisfaction",
            "Scores that contacts gave to conversations resolved in these days; 4 and 5 count as satisfied.",
        ),
        Topic::Handovers => (
            "handovers",
            "Handovers by reason",
            "Handovers from a virtual agent that a person answered in these days, by Sparkcentral's reason.",
        ),
        Topic::Containment => (
            "containment",
            "Bot containment",
            "Of the conversations resolved in these days, those a virtual agent resolved without any person's response.",
        ),
        Topic::Presence => (
            "presence",
            "Agents' presence",
            "Hours that agents were available or away within these days.",
        ),
    }
}

fn read<T: DeserializeOwned>(rows: &[Value]) -> Result<Vec<T>> {
    let rows = rows.iter().map(|row| T::deserialize(row));
    rows.collect::<Result<_, _>>()
        .context("the answer is not as the question asked")
}

#[cfg(test)]
#[path = "sections_tests.rs"]
mod tests;
