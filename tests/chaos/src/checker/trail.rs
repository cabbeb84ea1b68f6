//! A history on a page: ids and states in order, no texts.

use super::history::{Entry, History, Token};

/// At most so many lines: the whole is in the simulator.
const LONGEST: usize = 120;

pub(super) fn trail(history: &History) -> Vec<String> {
    let mut lines: Vec<(i64, String)> = Vec::new();
    for written in &history.written {
        let event = written.event.as_deref().unwrap_or("told nobody");
        let what = format!("contact writes {} ({event})", mark(&written.token));
        lines.push((written.at, what));
    }
    for said in &history.said {
        let way = if said.inline { "inline" } else { "by a call" };
        let about = if said.fixed {
            "a fixed text".to_owned()
        } else {
            marks(&said.names)
        };
        lines.push((said.at, format!("bot says {about} {way}")));
    }
    for change in &history.changes {
        lines.push((change.at, format!("{}: {:?}", change.reason, change.owner)));
    }
    for event in &history.events {
        for attempt in &event.attempts {
            let status = attempt
                .status
                .map_or("no answer".to_owned(), |status| status.to_string());
            let applied = match attempt.applied {
                Some(false) => ", body not taken",
                _ => "",
            };
            let (number, key) = (attempt.number, &event.key);
            lines.push((
                attempt.began,
                format!("webhook {key}, attempt {number} begins"),
            ));
            lines.push((
                attempt.ended,
                format!("webhook {key}, attempt {number}: {status}{applied}"),
            ));
        }
    }
    for rest in &history.rest {
        let completes = rest.completes.as_deref().unwrap_or_default();
        let (names, faults) = (marks(&rest.names), rest.faults.join(" "));
        let what = format!("call {names} {completes}: {} {faults}", rest.status);
        lines.push((rest.at, what));
    }
    lines.sort_by_key(|(at, _)| *at);
    let begin = lines.first().map_or(0, |(at, _)| *at);
    let mut lines: Vec<String> = lines
        .into_iter()
        .map(|(at, what)| {
            let secs = (at - begin).div_euclid(1_000_000);
            let millis = (at - begin).rem_euclid(1_000_000) / 1_000;
            format!("{secs:4}.{millis:03} s  {what}")
        })
        .collect();
    lines.truncate(LONGEST);
    match &history.record {
        None => lines.push("the API does not know the conversation".into()),
        Some(record) => lines.extend(record.iter().map(recorded)),
    }
    lines
}

fn recorded(entry: &Entry) -> String {
    match entry {
        Entry::Event {
            key,
            outcome,
            merged_into,
        } => {
            let into = merged_into.as_deref().unwrap_or_default();
            format!("record: event {key} {outcome:?} {into}")
        }
        Entry::Reply {
            id,
            from,
            names,
            completes,
            delivered,
            why,
            ..
        } => {
            let completes = completes.as_deref().unwrap_or_default();
            let names = marks(names);
            format!("record: reply {id} of {from} {names} {completes} {delivered:?} {why}")
        }
    }
}

fn mark((conversation, message): &Token) -> String {
    format!("c{conversation}m{message}")
}

pub(super) fn marks(tokens: &[Token]) -> String {
    tokens.iter().map(mark).collect::<Vec<_>>().join(" ")
}
