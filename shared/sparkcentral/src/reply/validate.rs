//! The rules a reply has to meet, all checked before anything is sent: a refusal by Sparkcentral
//! names no field, and comes after the bot could have mended it.

use std::fmt;
use std::io;

use super::{OutgoingMessage, Reply, Tags};
use crate::attachment::{AttachmentProblem, check_filename};
use crate::dialect::Features;
use crate::media::{MediumId, TextLimit, text_limit};

/// The longest note for human agents, in characters.
pub const MAX_NOTE_CHARS: usize = 2_000;

/// The largest reply as JSON, in bytes. Our bound: Sparkcentral publishes none, and a reply has to
/// fit into one queue message and one database item together with what is stored beside it.
pub const MAX_REPLY_BYTES: usize = 200 * 1024;

/// One broken rule: the field by its JSON path, and the rule. Prints as a sentence that tells what
/// to do; never quotes the reply's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct ReplyProblem {
    /// For example `sendMessages[1].text`; `(reply)` for the reply as a whole.
    pub field: String,
    pub rule: ReplyRule,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyRule {
    /// Neither a text that says something nor an attachment.
    EmptyMessage,
    /// A text, topic, tag, id or note without content.
    EmptyText,
    /// The attachment's file name can't exist.
    Attachment(AttachmentProblem),
    /// Longer than the medium takes. `length` is in the limit's unit.
    TextTooLong { limit: TextLimit, length: usize },
    /// The key at this place (counted from 1, keys sorted) isn't `^[a-zA-Z0-9_]+$`.
    AttributeKey { place: usize },
    /// More than [`MAX_NOTE_CHARS`].
    NoteTooLong { length: usize },
    /// Undocumented for the agent's product and not turned on.
    NotEnabled,
    /// More than [`MAX_REPLY_BYTES`].
    TooLarge { bytes: usize },
}

impl fmt::Display for ReplyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyMessage => {
                f.write_str("the message is empty: give it a text, an attachment, or both")
            }
            Self::EmptyText => f.write_str("empty: give it content or leave it out"),
            Self::Attachment(problem) => problem.fmt(f),
            Self::TextTooLong { limit, length } => write!(
                f,
                "the text measures {length}, the medium takes {limit}: shorten it or send it in parts"
            ),
            Self::AttributeKey { place } => write!(
                f,
                "key number {place} (sorted) may hold letters a-z and A-Z, digits and _ only: \
                 use the attribute's alias from Sparkcentral's settings"
            ),
            Self::NoteTooLong { length } => write!(
                f,
                "the note has {length} characters, more than {MAX_NOTE_CHARS}: shorten it or \
                 write several notes"
            ),
            Self::NotEnabled => f.write_str(
                "not enabled for this agent: leave the field out, or turn the feature on once \
                 Sparkcentral confirms that it takes it",
            ),
            Self::TooLarge { bytes } => write!(
                f,
                "the reply has {bytes} bytes as JSON, more than {MAX_REPLY_BYTES}: send it in parts"
            ),
        }
    }
}

impl Reply {
    /// Checks every rule.
    ///
    /// `medium` is where the text will be shown; without it no text limit applies. Shortcodes count
    /// by their source, which is longer than what the contact sees.
    ///
    /// # Errors
    /// All problems, in the order of [`Reply::FIELDS`].
    pub fn validate(
        &self,
        features: &Features,
        medium: Option<&MediumId>,
    ) -> Result<(), Vec<ReplyProblem>> {
        let mut problems = Problems(Vec::new());
        let limit = medium.and_then(text_limit);
        if let Some(message) = &self.send_message {
            problems.check_message("sendMessage", message, limit);
        }
        problems.check_enabled(
            "sendMessages",
            features.send_messages || self.send_messages.is_empty(),
        );
        for (index, message) in self.send_messages.iter().enumerate() {
            problems.check_message(&format!("sendMessages[{index}]"), message, limit);
        }
        problems.check_enabled(
            "indicateTyping",
            features.indicate_typing || self.indicate_typing.is_none(),
        );
        for (index, topic) in self.apply_topics.iter().enumerate() {
            problems.check_content(|| format!("applyTopics[{index}]"), topic);
        }
        problems.check_enabled(
            "applyTags",
            features.apply_tags || self.apply_tags.is_none(),
        );
        problems.check_tags(self.apply_tags.as_ref());
        for (index, key) in self.set_contact_attributes.keys().enumerate() {
            if !is_attribute_key(key) {
                let rule = ReplyRule::AttributeKey { place: index + 1 };
                problems.add("setContactAttributes", rule);
            }
        }
        problems.check_enabled(
            "applyConversationNotes",
            features.conversation_notes || self.apply_conversation_notes.is_empty(),
        );
        for (index, note) in self.apply_conversation_notes.iter().enumerate() {
            let field = || format!("applyConversationNotes[{index}].text");
            problems.check_content(field, &note.text);
            let length = note.text.chars().count();
            if length > MAX_NOTE_CHARS {
                problems.add(field(), ReplyRule::NoteTooLong { length });
            }
        }
        let bytes = self.json_len();
        if bytes > MAX_REPLY_BYTES {
            problems.add("(reply)", ReplyRule::TooLarge { bytes });
        }
        if problems.0.is_empty() {
            Ok(())
        } else {
            Err(problems.0)
        }
    }

    /// The reply's size as JSON, in bytes.
    pub fn json_len(&self) -> usize {
        let mut counter = Counter(0);
        // Serialising these types can't fail: text keys only, and the counter takes everything.
        let _ = serde_json::to_writer(&mut counter, self);
        counter.0
    }
}

/// `^[a-zA-Z0-9_]+$`, the documented form of an attribute's alias.
fn is_attribute_key(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

struct Problems(Vec<ReplyProblem>);

impl Problems {
    fn add(&mut self, field: impl Into<String>, rule: ReplyRule) {
        self.0.push(ReplyProblem {
            field: field.into(),
            rule,
        });
    }

    fn check_enabled(&mut self, field: &str, fine: bool) {
        if !fine {
            self.add(field, ReplyRule::NotEnabled);
        }
    }

    fn check_content(&mut self, field: impl Fn() -> String, text: &str) {
        if text.trim().is_empty() {
            self.add(field(), ReplyRule::EmptyText);
        }
    }

    fn check_message(&mut self, field: &str, message: &OutgoingMessage, limit: Option<TextLimit>) {
        let text = message.text.as_deref().unwrap_or_default();
        if text.trim().is_empty() && message.attachment.is_none() {
            self.add(field, ReplyRule::EmptyMessage);
        }
        if let Some(limit) = limit.filter(|limit| !limit.allows(text)) {
            let length = limit.measure(text);
            self.add(
                format!("{field}.text"),
                ReplyRule::TextTooLong { limit, length },
            );
        }
        if let Some(name) = &message.attachment
            && let Err(problem) = check_filename(name)
        {
            self.add(
                format!("{field}.attachment"),
                ReplyRule::Attachment(problem),
            );
        }
    }

    fn check_tags(&mut self, tags: Option<&Tags>) {
        match tags {
            None => {}
            Some(Tags::OnThisMessage(tags)) => {
                for (index, tag) in tags.iter().enumerate() {
                    self.check_content(|| format!("applyTags[{index}]"), tag);
                }
            }
            Some(Tags::OnMessages(tags)) => {
                for (index, tag) in tags.iter().enumerate() {
                    self.check_content(|| format!("applyTags[{index}].messageId"), &tag.message_id);
                    self.check_content(|| format!("applyTags[{index}].tag"), &tag.tag);
                }
            }
        }
    }
}

/// Counts what is written to it.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
