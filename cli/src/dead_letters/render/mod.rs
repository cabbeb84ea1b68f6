//! Dead letters for people.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::letter::Told;
use super::list::Listed;
use super::queue::Queue;
use super::redrive::{Redriven, Why};
use super::show::Shown;
use crate::output::{Align, Table, age, count, number, visible};

/// Names told in a cell; JSON has all.
const NAMED: usize = 3;

pub(super) fn list(stage: &str, listed: &[Listed]) -> String {
    let mut table = Table::new([
        ("queue", Align::Left),
        ("messages", Align::Right),
        ("oldest", Align::Right),
        ("agents", Align::Left),
        ("concerns", Align::Left),
    ]);
    for of in listed {
        let concerned = match of.files.is_empty() {
            true => &of.conversations,
            false => &of.files,
        };
        table.row([
            of.queue,
            &number(of.messages),
            &of.oldest_secs.map(age).unwrap_or_default(),
            &some(&of.agents),
            &some(concerned),
        ]);
    }
    let mut text = table.render();
    let full = listed.iter().find(|of| of.messages > 0);
    match full {
        None => text = format!("no dead letters in stage {}\n", visible(stage)),
        Some(Listed { queue, .. }) => text.push_str(&format!(
            "\nread them:    sparkbridge dead-letters show {queue}\n\
             send them on: sparkbridge dead-letters redrive {queue} --all\n"
        )),
    }
    text
}

fn some(names: &BTreeSet<String>) -> String {
    let mut told: Vec<String> = names.iter().take(NAMED).cloned().collect();
    if names.len() > NAMED {
        told.push(format!("{} more", names.len() - NAMED));
    }
    told.join(", ")
}

pub(super) fn messages(shown: &Shown, is_one: bool, now: DateTime<Utc>) -> String {
    if shown.messages.is_empty() {
        return match shown.counted {
            0 => format!("no dead letters in {}\n", shown.dead_queue),
            _ => format!(
                "{} of {} are in somebody else's hands: look again in a minute\n",
                count(
                    usize::try_from(shown.counted).unwrap_or(usize::MAX),
                    "message"
                ),
                shown.dead_queue
            ),
        };
    }
    let each: Vec<String> = shown
        .messages
        .iter()
        .map(|told| message(told, now))
        .collect();
    let mut text = each.join("\n");
    let unseen = shown.counted.saturating_sub(shown.messages.len() as u64);
    if !is_one && unseen > 0 {
        text.push_str(&format!(
            "\nabout {} more are behind these in the same conversations, or in somebody else's hands\n",
            number(unseen)
        ));
    }
    text
}

fn message(told: &Told, now: DateTime<Utc>) -> String {
    let mut lines = vec![("message".to_owned(), told.id.clone())];
    let mut add = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| (name.to_owned(), value)));
    };
    add(
        "queued",
        told.sent_at.map(|at| {
            let since = age((now - at).num_seconds());
            format!("{} ({since} ago)", at.format("%Y-%m-%d %H:%M:%S UTC"))
        }),
    );
    add(
        "received",
        told.receive_count
            .map(|times| format!("{times} times, this look included")),
    );
    add("agent", told.concerns.agent.clone());
    add("conversation", told.concerns.conversation_id.clone());
    for file in &told.concerns.files {
        add("file", Some(file.clone()));
    }
    add("group", told.message_group_id.clone());
    add("deduplication id", told.message_deduplication_id.clone());
    for (name, attribute) in &told.attributes {
        let value = format!("{} ({})", attribute.value, attribute.kind);
        add(&format!("attribute {name}"), Some(value));
    }
    add("body", Some(told.body.clone()));
    let width = lines
        .iter()
        .map(|(name, _)| visible(name).chars().count())
        .max();
    let width = width.unwrap_or_default();
    let lines = lines
        .iter()
        .map(|(name, value)| format!("{:width$}  {}\n", visible(name), visible(value)));
    lines.collect()
}

pub(super) fn redriven(done: &Redriven) -> String {
    let mut text = String::new();
    for sent in &done.sent {
        let mut about: Vec<String> = sent.concerns.files.clone();
        about.extend(
            sent.concerns
                .agent
                .as_ref()
                .map(|agent| format!("agent {agent}")),
        );
        about.extend(
            sent.concerns
                .conversation_id
                .as_ref()
                .map(|id| format!("conversation {id}")),
        );
        let about = match about.is_empty() {
            true => String::new(),
            false => format!(" ({})", visible(&about.join(", "))),
        };
        text.push_str(&format!("sent {}{about}\n", visible(&sent.id)));
    }
    for stays in &done.stay {
        text.push_str(&format!(
            "left {}: {}\n",
            visible(&stays.id),
            why(stays.why)
        ));
    }
    match done.sent.len() {
        0 if done.stay.is_empty() => text.push_str("there was nothing to send\n"),
        sent => text.push_str(&format!(
            "{} sent to {}\n",
            count(sent, "message"),
            done.sent_to
        )),
    }
    text
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Repeat => "SQS takes it for a repeat of what was sent within the last five minutes",
        Why::Behind => "it is behind another message of its conversation that stays",
        Why::CameBack => "it was sent, and has failed again already",
    }
}

/// What to do about what stays.
pub(super) fn stay(done: &Redriven, queue: Queue) -> String {
    let stay = count(done.stay.len(), "message");
    if done.stay.iter().any(|stays| stays.why == Why::CameBack) {
        return format!(
            "{stay} left: what failed is not mended; the log group of the function that serves the queue tells why"
        );
    }
    format!(
        "{stay} left: run `sparkbridge dead-letters redrive {} --all` again in five minutes",
        queue.name()
    )
}

#[cfg(test)]
mod tests;
