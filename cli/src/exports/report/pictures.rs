//! What each answer looks like: a chart, and the same as figures.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::NaiveDate;
use maud::{Markup, html};
use serde::Deserialize;

use super::chart::{Bar, Series, bars, columns, figure_of, fold};
use super::period::Period;

/// A chart, and its figures.
pub(super) type Drawn = (Markup, Markup);

#[derive(Deserialize)]
pub(super) struct Hour {
    hour_utc: String,
    channel: Option<String>,
    inbound: f64,
    outbound: f64,
}

#[derive(Deserialize)]
pub(super) struct FirstResponse {
    channel: Option<String>,
    conversations: f64,
    p50_s: Option<f64>,
    p90_s: Option<f64>,
    p95_s: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Score {
    channel: Option<String>,
    score: u8,
    answers: f64,
}

#[derive(Deserialize)]
pub(super) struct Reason {
    reason: String,
    handovers: f64,
    average_wait_s: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Containment {
    channel: Option<String>,
    resolved: f64,
    contained: f64,
}

#[derive(Deserialize)]
pub(super) struct Presence {
    agent: Option<String>,
    state: Option<String>,
    seconds: f64,
}

fn named(channel: Option<&String>) -> String {
    channel.cloned().unwrap_or_else(|| "(no name)".to_owned())
}

pub(super) fn volume(rows: &[Hour], period: &Period) -> Result<Drawn> {
    let mut by_hour: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let days: Vec<NaiveDate> = period.days().collect();
    let (mut inbound, mut outbound) = (vec![0.0; days.len()], vec![0.0; days.len()]);
    for row in rows {
        let (day, hour) = period.local(&row.hour_utc)?;
        let hours = by_hour
            .entry(named(row.channel.as_ref()))
            .or_insert_with(|| vec![0.0; 24]);
        hours[hour as usize] += row.inbound;
        if let Ok(place) = days.binary_search(&day) {
            inbound[place] += row.inbound;
            outbound[place] += row.outbound;
        }
    }
    let hours: Vec<String> = (0..24).map(|hour| format!("{hour:02}")).collect();
    let figures = html! {
        table {
            thead { tr { th { "Channel" } @for hour in &hours { th.number { (hour) } } } }
            tbody {
                @for (channel, values) in &by_hour {
                    tr { td { (channel) } @for value in values { td.number { (figure_of(*value)) } } }
                }
            }
        }
    };
    let by_channel = by_hour.into_iter();
    let by_channel = fold(
        by_channel
            .map(|(name, values)| Series { name, values })
            .collect(),
    );
    let labels: Vec<String> = days
        .iter()
        .map(|day| day.format("%-d %b").to_string())
        .collect();
    let by_day = [
        Series {
            name: "from contacts".into(),
            values: inbound,
        },
        Series {
            name: "to contacts".into(),
            values: outbound,
        },
    ];
    let picture = html! {
        h3 { "By hour of the day and channel" }
        (columns("Contacts' messages by hour of the day, stacked by channel", &hours, &by_channel))
        h3 { "By day" }
        (columns("Messages by day, stacked by direction", &labels, &by_day))
    };
    Ok((picture, figures))
}

pub(super) fn first_response(rows: &[FirstResponse]) -> Drawn {
    let longest = rows.iter().filter_map(|row| row.p95_s).fold(0.0, f64::max);
    let chart = |name: &str, of: fn(&FirstResponse) -> Option<f64>| {
        let all = rows.iter().map(|row| Bar {
            label: named(row.channel.as_ref()),
            value: of(row).unwrap_or(0.0),
            shown: duration(of(row)),
        });
        html! {
            h3 { (name) }
            (bars(&format!("First response, {name}, by channel"), &all.collect::<Vec<_>>(), Some(longest)))
        }
    };
    let picture = html! {
        div.side-by-side {
            div { (chart("Half within", |row| row.p50_s)) }
            div { (chart("90 % within", |row| row.p90_s)) }
            div { (chart("95 % within", |row| row.p95_s)) }
        }
    };
    let figures = html! {
        table {
            thead { tr {
                th { "Channel" } th.number { "Conversations" } th.number { "50 %" } th.number { "90 %" } th.number { "95 %" }
            } }
            tbody { @for row in rows { tr {
                td { (named(row.channel.as_ref())) }
                td.number { (figure_of(row.conversations)) }
                @for value in [row.p50_s, row.p90_s, row.p95_s] { td.number { (duration(value)) } }
            } } }
        }
    };
    (picture, figures)
}

pub(super) fn csat(rows: &[Score]) -> Drawn {
    let channels: BTreeSet<String> = rows.iter().map(|row| named(row.channel.as_ref())).collect();
    let answers = |channel: &str, score: u8| -> f64 {
        let here = rows
            .iter()
            .filter(|row| named(row.channel.as_ref()) == channel && row.score == score);
        here.map(|row| row.answers).sum()
    };
    let summary = |channel: &str| {
        let all: f64 = (1..=5).map(|score| answers(channel, score)).sum();
        let sum: f64 = (1..=5)
            .map(|score| f64::from(score) * answers(channel, score))
            .sum();
        let satisfied = answers(channel, 4) + answers(channel, 5);
        (all, sum / all, 100.0 * satisfied / all)
    };
    let all: Vec<Bar> = channels
        .iter()
        .map(|channel| {
            let (answers, average, satisfied) = summary(channel);
            Bar {
                label: channel.clone(),
                value: satisfied,
                shown: format!(
                    "{satisfied:.0} % satisfied, {average:.2} on average of {}",
                    answers_of(answers)
                ),
            }
        })
        .collect();
    let figures = html! {
        table {
            thead { tr { th { "Channel" } @for score in 1..=5 { th.number { (score) } } } }
            tbody { @for channel in &channels { tr {
                td { (channel) }
                @for score in 1..=5u8 { td.number { (figure_of(answers(channel, score))) } }
            } } }
        }
    };
    (
        bars("Satisfied contacts by channel, percent", &all, Some(100.0)),
        figures,
    )
}

pub(super) fn handovers(rows: &[Reason]) -> Drawn {
    let all: Vec<Bar> = rows
        .iter()
        .map(|row| Bar {
            label: row.reason.clone(),
            value: row.handovers,
            shown: format!(
                "{}, answered after {} on average",
                figure_of(row.handovers),
                duration(row.average_wait_s)
            ),
        })
        .collect();
    let figures = html! {
        table {
            thead { tr { th { "Reason" } th.number { "Handovers" } th.number { "Average wait" } } }
            tbody { @for row in rows { tr {
                td { (row.reason) }
                td.number { (figure_of(row.handovers)) }
                td.number { (duration(row.average_wait_s)) }
            } } }
        }
    };
    (bars("Handovers by reason", &all, None), figures)
}

pub(super) fn containment(rows: &[Containment]) -> Drawn {
    let percent = |row: &Containment| 100.0 * row.contained / row.resolved.max(1.0);
    let all: Vec<Bar> = rows
        .iter()
        .map(|row| Bar {
            label: named(row.channel.as_ref()),
            value: percent(row),
            shown: format!(
                "{:.0} %: {} of {}",
                percent(row),
                figure_of(row.contained),
                figure_of(row.resolved)
            ),
        })
        .collect();
    let figures = html! {
        table {
            thead { tr { th { "Channel" } th.number { "Resolved" } th.number { "Contained" } th.number { "Percent" } } }
            tbody { @for row in rows { tr {
                td { (named(row.channel.as_ref())) }
                td.number { (figure_of(row.resolved)) }
                td.number { (figure_of(row.contained)) }
                td.number { (format!("{:.1}", percent(row))) }
            } } }
        }
    };
    (
        bars("Bot containment by channel, percent", &all, Some(100.0)),
        figures,
    )
}

pub(super) fn presence(rows: &[Presence]) -> Drawn {
    let agents: BTreeSet<String> = rows.iter().map(|row| named(row.agent.as_ref())).collect();
    let agents: Vec<String> = agents.into_iter().collect();
    let mut by_state: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in rows {
        let state = named(row.state.as_ref());
        let hours = by_state
            .entry(state)
            .or_insert_with(|| vec![0.0; agents.len()]);
        if let Ok(place) = agents.binary_search(&named(row.agent.as_ref())) {
            hours[place] += (row.seconds / 360.0).round() / 10.0;
        }
    }
    let figures = html! {
        table {
            thead { tr { th { "Agent" } @for state in by_state.keys() { th.number { (state) ", h" } } } }
            tbody { @for (place, agent) in agents.iter().enumerate() { tr {
                td { (agent) }
                @for hours in by_state.values() { td.number { (figure_of(hours[place])) } }
            } } }
        }
    };
    let series = by_state.into_iter();
    let series = fold(
        series
            .map(|(name, values)| Series { name, values })
            .collect(),
    );
    (
        columns(
            "Hours of presence by agent, stacked by state",
            &agents,
            &series,
        ),
        figures,
    )
}

fn answers_of(answers: f64) -> String {
    let plural = if answers == 1.0 { "" } else { "s" };
    format!("{} answer{plural}", figure_of(answers))
}

/// Seconds as people say them.
pub(super) fn duration(seconds: Option<f64>) -> String {
    match seconds {
        None => "–".to_owned(),
        Some(s) if s < 120.0 => format!("{s:.0} s"),
        Some(s) if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        Some(s) if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        Some(s) => format!("{:.1} d", s / 86_400.0),
    }
}
