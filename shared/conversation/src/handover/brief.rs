//! What the person who takes over is told: why, what the bot asked and learned, how it stands.
//!
//! Everything people wrote is redacted first and cut then, so that no half of a number stays; white
//! space is one blank, so that nobody writes a line of their own into it; and nothing in it can be a
//! shortcode.

use std::collections::BTreeMap;

use chrono::DateTime;
use sparkcentral::Reply;
use sparkcentral::reply::MAX_NOTE_CHARS;
use sparkcentral::rich_text::neutralise;
use time::OffsetDateTime;

use super::hours::TimeZone;
use super::policy::is_vip;
use super::redact::redact;
use super::{Handover, HandoverReason};
use crate::delivery::{Delivery, OutboundReply};
use crate::event::{EventStatus, StoredEvent};
use crate::history::history;
use crate::state::Conversation;
use crate::turn::{Speaker, Utterance};

/// Most characters of [`Brief::line`]: what fits into a contact attribute.
const LINE: usize = 255;
/// Questions and answers at most, the last ones.
const PAIRS: usize = 6;

/// What is known of an episode at its handover.
#[derive(Clone)]
pub struct Brief {
    reason: HandoverReason,
    summary: Option<String>,
    /// Question and answer, oldest first.
    learned: Vec<(String, String)>,
    last_words: Option<String>,
    attributes: BTreeMap<String, String>,
    topics: Vec<String>,
    /// Of the answer that asked for people: what it was about in the end.
    last_topics: Vec<String>,
    facts: String,
}

impl Brief {
    /// Sums up the episode that ends with `handover`. Times are shown on the clock of `zone`.
    pub fn of(
        handover: &Handover,
        conversation: &Conversation,
        events: &[StoredEvent],
        replies: &[OutboundReply],
        zone: Option<TimeZone>,
    ) -> Self {
        let said = history(events, replies, conversation.episode, None, usize::MAX);
        let clean = |text: &str, most| clean(text, conversation, most);
        let mut attributes = BTreeMap::new();
        let mut topics: Vec<String> = Vec::new();
        for reply in delivered(events, replies, conversation.episode) {
            attributes.extend(reply.set_contact_attributes.clone());
            for topic in &reply.apply_topics {
                // The last intent is the last in the list.
                topics.retain(|known| known != topic);
                topics.push(topic.clone());
            }
        }
        attributes.extend(handover.attributes.clone());
        let learned = questions(&said);
        let skipped = learned.len().saturating_sub(PAIRS);
        let last_words = said.iter().rfind(|one| one.from == Speaker::Contact);
        Self {
            reason: handover.reason,
            summary: handover
                .summary
                .as_deref()
                .map(|text| clean(text, 500))
                .filter(|text| !text.is_empty()),
            learned: learned[skipped..]
                .iter()
                .map(|(question, answer)| (clean(question, 80), clean(answer, 100)))
                .collect(),
            last_words: last_words.map(|one| clean(&one.text, 200)),
            attributes: attributes
                .iter()
                .map(|(alias, value)| (clean(alias, 40), clean(value, 60)))
                .collect(),
            topics,
            last_topics: handover.topics.clone(),
            facts: facts(handover, conversation, events, &said, zone),
        }
    }

    /// Topics that the bot applied in this episode, the last intent last.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    /// The whole of it, a line each, at most 2,000 characters.
    pub fn note(&self) -> String {
        let mut lines = vec![why(self.reason).to_owned()];
        lines.extend(self.summary.iter().map(|text| format!("Summary: {text}")));
        if !self.learned.is_empty() {
            lines.push("Asked and answered:".to_owned());
            let pair = |(question, answer): &(String, String)| format!("- {question} → {answer}");
            lines.extend(self.learned.iter().map(pair));
        }
        if !self.attributes.is_empty() {
            let set = self.attributes.iter();
            let set: Vec<_> = set
                .map(|(alias, value)| format!("{alias} = {value}"))
                .collect();
            lines.push(cut(&format!("Attributes set: {}", set.join("; ")), 300));
        }
        let last = self.last_topics.iter().rev();
        let earlier = self.topics.iter().rev();
        let earlier = earlier.filter(|topic| !self.last_topics.contains(topic));
        let newest: Vec<_> = last.chain(earlier).map(|name| one_line(name)).collect();
        if !newest.is_empty() {
            lines.push(cut(&format!("Last topics: {}", newest.join(", ")), 150));
        }
        lines.extend(
            self.last_words
                .iter()
                .map(|text| format!("Contact's last words: {text}")),
        );
        lines.push(cut(&self.facts, 300));
        cut(&neutralise(&lines.join("\n")), MAX_NOTE_CHARS)
    }

    /// The heart of it in one line, at most 255 characters.
    pub fn line(&self) -> String {
        let mut parts = vec![why(self.reason).to_owned()];
        parts.extend(self.summary.clone());
        let newest = self.learned.iter().rev();
        parts.extend(newest.map(|(question, answer)| format!("{question} → {answer}")));
        if parts.len() == 1 {
            parts.extend(self.last_words.clone());
        }
        cut(&neutralise(&parts.join(" | ")), LINE)
    }
}

fn why(reason: HandoverReason) -> &'static str {
    match reason {
        HandoverReason::ContactAsked => "The contact asked for a person.",
        HandoverReason::BotAsked => "The bot asked for a person.",
        HandoverReason::NotUnderstood => "The bot did not understand the contact.",
        HandoverReason::BotFailed => "The bot failed.",
        HandoverReason::Deadline => "The bot did not answer in time.",
        HandoverReason::DeliveryFailed => "A reply of the bot could not be delivered.",
        HandoverReason::ApiAsked => "Handed over by request, from outside the conversation.",
        HandoverReason::Policy => "Handed over by a rule of the agent's settings.",
        HandoverReason::AgentPaused => "The bot is paused.",
    }
}

/// Replies of an episode that the contact got, or will get.
fn delivered<'a>(
    events: &'a [StoredEvent],
    replies: &'a [OutboundReply],
    episode: u32,
) -> Vec<&'a Reply> {
    let inline = events
        .iter()
        .filter(|event| event.episode == episode)
        .filter_map(|event| match &event.status {
            EventStatus::Answered { reply } => Some((event.received_at, &**reply)),
            _ => None,
        });
    let rest = replies
        .iter()
        .filter(|reply| {
            reply.episode == episode
                && !matches!(
                    reply.delivery,
                    Delivery::Failed { .. } | Delivery::Dropped { .. }
                )
        })
        .map(|reply| (reply.created_at, &reply.reply));
    let mut all: Vec<_> = inline.chain(rest).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, reply)| reply).collect()
}

/// Questions of the bot with the contact's next message.
fn questions(said: &[Utterance]) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut open = None;
    for utterance in said {
        match utterance.from {
            Speaker::Bot | Speaker::Api => open = question(&utterance.text).or(open),
            Speaker::Contact => {
                pairs.extend(open.take().map(|asked| (asked, utterance.text.as_str())));
            }
            Speaker::Sparkbridge => {}
        }
    }
    pairs
}

/// The last sentence of a text that asks something.
fn question(text: &str) -> Option<&str> {
    let is_mark = |c: char| matches!(c, '?' | '？' | '؟');
    // Not the mark in an address.
    let ends = |(at, mark): &(usize, char)| {
        is_mark(*mark)
            && text[at + mark.len_utf8()..]
                .chars()
                .next()
                .is_none_or(|next| !next.is_alphanumeric())
    };
    let (at, mark) = text.char_indices().rfind(|found| ends(found))?;
    let before = &text[..at];
    let start = before
        .char_indices()
        .rev()
        .find(|(place, c)| {
            let next = before[place + c.len_utf8()..].chars().next();
            *c == '\n'
                || (matches!(c, '.' | '!') || is_mark(*c)) && next.is_none_or(char::is_whitespace)
        })
        .map_or(0, |(place, c)| place + c.len_utf8());
    let asked = text[start..at + mark.len_utf8()].trim();
    (!asked.chars().all(is_mark)).then_some(asked)
}

fn facts(
    handover: &Handover,
    conversation: &Conversation,
    events: &[StoredEvent],
    said: &[Utterance],
    zone: Option<TimeZone>,
) -> String {
    let episode = events
        .iter()
        .filter(|event| event.episode == conversation.episode);
    let since = episode.map(|event| event.received_at).min();
    let of = |wanted: &[Speaker]| said.iter().filter(|one| wanted.contains(&one.from)).count();
    let mut parts = vec![format!("Asked at {}", clock(handover.requested_at, zone))];
    parts.extend(since.map(|at| format!("with the bot since {}", clock(at, zone))));
    parts.push(format!(
        "{} messages of the contact, {} of the bot",
        of(&[Speaker::Contact]),
        of(&[Speaker::Bot, Speaker::Api])
    ));
    let told = |name: &str, value: Option<&str>| {
        value.map(|value| format!("{name} {}", cut(&one_line(value), 60)))
    };
    let medium = conversation.medium().map(|medium| medium.as_str());
    parts.extend(told("medium", medium));
    parts.extend(told("channel", conversation.channel_id()));
    parts.extend(told("language", conversation.language.as_deref()));
    if is_vip(conversation) {
        parts.push("VIP".to_owned());
    }
    format!("{}.", parts.join("; "))
}

fn clock(at: OffsetDateTime, zone: Option<TimeZone>) -> String {
    let zone = zone.map_or(chrono_tz::UTC, |zone| zone.0);
    match DateTime::from_timestamp(at.unix_timestamp(), 0) {
        Some(at) => at
            .with_timezone(&zone)
            .format("%Y-%m-%d %H:%M %Z")
            .to_string(),
        None => "an unknown time".to_owned(),
    }
}

/// Free text as one redacted line of at most `most` characters.
fn clean(text: &str, conversation: &Conversation, most: usize) -> String {
    let mut text = one_line(text);
    let details = conversation.channel_details.as_ref();
    let profile = details.and_then(|details| details.contact_profile.as_ref());
    let names = profile.map(|profile| [&profile.primary_identifier, &profile.secondary_identifier]);
    for name in names.iter().flatten() {
        // A shorter one could be any word.
        if name.chars().count() >= 4 {
            text = text.replace(name.as_str(), "[contact]");
        }
    }
    cut(&redact(&text), most)
}

/// White space as single blanks, and nothing that turns or hides what follows.
fn one_line(text: &str) -> String {
    let turns = |c: char| {
        (c.is_control() && !c.is_whitespace())
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let seen = text.replace(turns, "");
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
