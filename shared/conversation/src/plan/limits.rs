//! What an answer must keep to beyond its shape, whoever gave it and wherever it goes.

use std::collections::BTreeSet;

use sparkcentral::attachment::check_filename;
use sparkcentral::reply::MAX_NOTE_CHARS;
use sparkcentral::rich_text;
use url::Url;

use super::file::{self, MAX_DATA_CHARS};
use super::offer::address;
use crate::action::{Action, Attachment, MAX_ACTIONS, ReplyAction};
use crate::turn::{Answer, MAX_SESSION_BYTES};

/// Most quick replies of one answer, and links of one reply: they are remembered with the conversation.
const MAX_OFFERED: usize = 30;
/// Longest label, in characters.
const MAX_LABEL_CHARS: usize = 200;
/// Longest payload, in bytes.
const MAX_PAYLOAD_BYTES: usize = 1_024;
/// Longest address, in bytes: more than signed addresses of cloud storage have.
const MAX_URL_BYTES: usize = 4_096;

/// Most problems that are told: they stand in one line of a log.
const MOST_TOLD: usize = 20;

/// The rules the answer breaks, as `path: what it must be`, such as
/// `actions[1].text: must not be empty`; of many only how many more. Holds none of the answer's words.
pub fn problems(answer: &Answer) -> Vec<String> {
    told(all_problems(answer))
}

/// As many as are told.
pub(super) fn told(mut problems: Vec<String>) -> Vec<String> {
    let more = problems.len().saturating_sub(MOST_TOLD);
    problems.truncate(MOST_TOLD);
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    problems
}

fn all_problems(answer: &Answer) -> Vec<String> {
    let mut found = Found::default();
    let actions = answer.actions.len();
    if actions > MAX_ACTIONS {
        found.add(
            "actions",
            format!("{actions} actions, at most {MAX_ACTIONS} are allowed"),
        );
    }
    for (index, action) in answer.actions.iter().enumerate() {
        found.action(&format!("actions[{index}]"), action);
        let ends = matches!(action, Action::Handover { .. } | Action::Resolve);
        if ends && index + 1 < actions {
            let rule = format!(
                "nothing may follow {}, which ends the bot's part",
                action.name()
            );
            found.add(&format!("actions[{}]", index + 1), rule);
            break;
        }
    }
    found.whole(answer);
    let bytes = answer
        .session
        .as_ref()
        .map_or(0, |session| session.to_string().len());
    if bytes > MAX_SESSION_BYTES {
        let rule = format!("{bytes} bytes, at most {MAX_SESSION_BYTES} are allowed");
        found.add("session", rule);
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn add(&mut self, path: &str, rule: impl AsRef<str>) {
        self.0.push(format!("{path}: {}", rule.as_ref()));
    }

    fn check(&mut self, fine: bool, path: impl FnOnce() -> String, rule: &str) {
        if !fine {
            self.add(&path(), rule);
        }
    }

    /// What counts over all actions.
    fn whole(&mut self, answer: &Answer) {
        let replies = || {
            answer.actions.iter().filter_map(|action| match action {
                Action::Reply(reply) => Some(reply),
                _ => None,
            })
        };
        let offered: usize = replies().map(|reply| reply.quick_replies.len()).sum();
        if offered > MAX_OFFERED {
            let rule = format!("{offered} quick replies, at most {MAX_OFFERED} are allowed");
            self.add("actions", rule);
        }
        let data: usize = replies()
            .filter_map(|reply| match &reply.attachment {
                Some(Attachment::File(file)) => file.data.as_ref().map(String::len),
                _ => None,
            })
            .sum();
        if data > MAX_DATA_CHARS {
            let rule = format!(
                "{data} characters of base64 in attachments, at most {MAX_DATA_CHARS} are \
                 allowed: give an url or s3 address"
            );
            self.add("actions", rule);
        }
    }

    fn action(&mut self, at: &str, action: &Action) {
        match action {
            Action::Reply(reply) => self.reply(at, reply),
            Action::Topics { topics } => self.entries(&format!("{at}.topics"), topics),
            Action::Tags { tags } => self.entries(&format!("{at}.tags"), tags),
            Action::Note { text } => {
                let path = || format!("{at}.text");
                self.check(!is_blank(text), path, "must not be empty");
                let fits = text.chars().count() <= MAX_NOTE_CHARS;
                let rule = format!("a note has at most {MAX_NOTE_CHARS} characters");
                self.check(fits, path, &rule);
            }
            Action::Attributes { attributes } => self.check(
                attributes.keys().all(|key| is_alias(key)),
                || format!("{at}.attributes"),
                "an alias is made of letters a-z and A-Z, digits and _ only",
            ),
            Action::Typing { .. } | Action::Handover { .. } | Action::Resolve => {}
        }
    }

    fn entries(&mut self, path: &str, entries: &[String]) {
        for (index, entry) in entries.iter().enumerate() {
            self.check(
                !is_blank(entry),
                || format!("{path}[{index}]"),
                "must not be empty",
            );
        }
    }

    fn reply(&mut self, at: &str, reply: &ReplyAction) {
        let says = reply.text.as_deref().is_some_and(|text| !is_blank(text))
            || reply.attachment.is_some()
            || !reply.quick_replies.is_empty()
            || !reply.links.is_empty();
        self.check(
            says,
            || at.to_owned(),
            "a reply needs text, an attachment, quickReplies or links",
        );
        match &reply.attachment {
            None => {}
            Some(Attachment::Uploaded(name)) => {
                if let Err(problem) = check_filename(name) {
                    self.add(&format!("{at}.attachment"), problem.to_string());
                }
            }
            Some(Attachment::File(given)) => {
                for (field, rule) in file::problems(given) {
                    self.add(&format!("{at}.attachment{field}"), rule);
                }
            }
        }
        let mut labels = BTreeSet::new();
        for (index, quick) in reply.quick_replies.iter().enumerate() {
            let at = format!("{at}.quickReplies[{index}]");
            self.label(&at, &quick.label);
            let payload = || format!("{at}.payload");
            let given = quick
                .payload
                .as_deref()
                .is_none_or(|payload| !is_blank(payload));
            self.check(given, payload, "must not be empty");
            let fits = quick.payload().len() <= MAX_PAYLOAD_BYTES;
            let rule = format!("at most {MAX_PAYLOAD_BYTES} bytes are allowed");
            self.check(fits, payload, &rule);
            let new = labels.insert(quick.label.trim().to_lowercase());
            let rule = "another quick reply has this label: the contact could not tell them apart";
            self.check(new, || format!("{at}.label"), rule);
        }
        let rule = format!("at most {MAX_OFFERED} links are allowed");
        let few = reply.links.len() <= MAX_OFFERED;
        self.check(few, || format!("{at}.links"), &rule);
        for (index, link) in reply.links.iter().enumerate() {
            let at = format!("{at}.links[{index}]");
            self.label(&at, &link.label);
            let https = Url::parse(link.url.trim()).is_ok_and(|url| url.scheme() == "https");
            let fine = https && address(&link.url).is_some() && link.url.len() <= MAX_URL_BYTES;
            let rule = format!("must be an https:// address of at most {MAX_URL_BYTES} bytes");
            self.check(fine, || format!("{at}.url"), &rule);
        }
    }

    fn label(&mut self, at: &str, label: &str) {
        let path = || format!("{at}.label");
        let readable = !is_blank(&rich_text::label(label));
        self.check(readable, path, "must not be empty");
        let rule = format!("at most {MAX_LABEL_CHARS} characters are allowed");
        self.check(label.chars().count() <= MAX_LABEL_CHARS, path, &rule);
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Whether Sparkcentral takes `key` as the alias of a contact attribute.
fn is_alias(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests;
