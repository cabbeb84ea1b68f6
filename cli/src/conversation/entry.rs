//! An entry of a transcript for people: a line that says who and what, and below it what was said.

use sparkcentral::{Complete, Reply};

use super::moment::clock;
use super::told::{Delivery, Entry};
use crate::output::visible;

/// Where what was said begins: below what became of it.
const INDENT: &str = "                        ";

/// The entry, each line ended. What was said is left out without `text`.
pub(crate) fn shown(entry: &Entry, text: bool) -> String {
    let mut lines = format!("{}\n", headline(entry));
    if !text {
        return lines;
    }
    for said in said(entry) {
        for line in said.lines() {
            lines.push_str(format!("{INDENT}{}", visible(line)).trim_end());
            lines.push('\n');
        }
    }
    lines
}

/// "10:01:02  bot           sent 10:01:03  [k-1.1]".
pub(crate) fn headline(entry: &Entry) -> String {
    let what = match &entry.event {
        Some(event) => of_event(entry, event),
        None => of_reply(entry),
    };
    let id = entry.reply_id.as_ref().or(entry.turn_id.as_ref());
    let id = id.map(String::as_str).unwrap_or_default();
    let line = format!("{}  {:<12}  {what}  [{id}]", clock(entry.at), who(entry));
    visible(&line)
}

fn who(entry: &Entry) -> String {
    match &entry.token {
        Some(token) => format!("{} ({token})", entry.from),
        None => entry.from.clone(),
    }
}

fn said(entry: &Entry) -> Vec<&str> {
    match &entry.reply {
        // A reply may have several messages; `text` is the first.
        Some(reply) => {
            let texts = reply
                .messages()
                .filter_map(|message| message.text.as_deref());
            texts.collect()
        }
        None => entry.text.as_deref().into_iter().collect(),
    }
}

fn of_event(entry: &Entry, event: &str) -> String {
    let outcome = outcome(entry);
    match event {
        "message" => outcome,
        "started" => format!("started the conversation: {outcome}"),
        "delegated" => format!("gave the conversation to the bot: {outcome}"),
        other => format!("{other}: {outcome}"),
    }
}

fn outcome(entry: &Entry) -> String {
    match entry.outcome.as_deref().unwrap_or_default() {
        "in_progress" => "the bot is being asked".to_owned(),
        "queued" => "waits for the bot".to_owned(),
        "answered" => "answered at once".to_owned(),
        "turned" if entry.later => "the bot took it, to answer later".to_owned(),
        "turned" if entry.reply_ids.is_empty() => "the bot had nothing to say".to_owned(),
        "turned" => format!("answered by {}", replies(entry.reply_ids.len())),
        "not_asked" => {
            let reason = entry.reason.as_deref().unwrap_or_default();
            format!("not given to the bot: {}", because(reason))
        }
        "merged" => {
            let into = entry.merged_into.as_deref().unwrap_or_default();
            format!("given to the bot together with {into}")
        }
        "too_late" => "the bot's answer came too late and was not sent".to_owned(),
        "failed" => "the bot failed, people were asked".to_owned(),
        other => other.to_owned(),
    }
}

fn replies(number: usize) -> String {
    match number {
        1 => "1 reply".to_owned(),
        more => format!("{more} replies"),
    }
}

/// Why the bot was not asked, or a reply not sent.
fn because(reason: &str) -> &str {
    match reason {
        "handing_over" => "people had been asked to take over",
        "with_agent" => "people had the conversation",
        "resolved" => "the conversation was resolved",
        "earlier_episode" => "the conversation had left the bot and come back since",
        "not_assigned" => "Sparkcentral answered 404: the conversation was not the bot's any more",
        other => other,
    }
}

fn of_reply(entry: &Entry) -> String {
    let delivery = entry.delivery.as_ref();
    let mut parts: Vec<String> = delivery
        .map(|delivery| delivered(delivery, entry.attempts))
        .into_iter()
        .collect();
    parts.extend(entry.reply.as_ref().map(done).unwrap_or_default());
    if let Some(upload) = &entry.upload {
        parts.push(match &upload.problem {
            Some(problem) => format!("file {} left out: {problem}", upload.name),
            None => format!("file {}", upload.name),
        });
    }
    parts.join("; ")
}

/// "sent 10:01:03", "failed 10:01:03 after 5 attempts: …".
pub(crate) fn delivered(delivery: &Delivery, attempts: u32) -> String {
    let mut told = delivery.status.clone();
    if delivery.via.as_deref() == Some("webhook_answer") {
        told.push_str(" as the webhook's answer");
    }
    if let Some(at) = delivery.at {
        told.push_str(&format!(" {}", clock(at)));
    }
    if attempts > 1 {
        told.push_str(&format!(" after {attempts} attempts"));
    }
    let why = match delivery.status.as_str() {
        "unknown" => Some("it may have arrived, and is not sent again"),
        _ => delivery
            .problem
            .as_deref()
            .or_else(|| delivery.reason.as_deref().map(because)),
    };
    match why {
        Some(why) => format!("{told}: {why}"),
        None => told,
    }
}

/// What a reply does beside saying something, as far as that is nobody's own words.
fn done(reply: &Reply) -> Vec<String> {
    let mut done = Vec::new();
    let files = reply
        .messages()
        .filter(|message| message.attachment.is_some());
    match files.count() {
        0 => {}
        1 => done.push("1 attachment".to_owned()),
        more => done.push(format!("{more} attachments")),
    }
    if !reply.apply_topics.is_empty() {
        done.push(format!("topics {}", reply.apply_topics.join(", ")));
    }
    if reply.apply_tags.is_some() {
        done.push("tags".to_owned());
    }
    if !reply.set_contact_attributes.is_empty() {
        let names: Vec<&str> = reply
            .set_contact_attributes
            .keys()
            .map(String::as_str)
            .collect();
        done.push(format!("attributes {}", names.join(", ")));
    }
    if !reply.apply_conversation_notes.is_empty() {
        done.push("notes".to_owned());
    }
    match reply.complete {
        Some(Complete::Handover) => done.push("hands over to people".to_owned()),
        Some(Complete::Resolved) => done.push("resolves".to_owned()),
        None => {}
    }
    done
}

#[cfg(test)]
mod tests;
