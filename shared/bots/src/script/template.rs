//! Texts with placeholders, and what may enter them.
//!
//! `{order}` is a capture group of the pattern that matched, `{contact.…}` what Sparkcentral told
//! about the contact, and `{…|otherwise}` has a text for where there is nothing. `{{` and `}}` are
//! braces.
//!
//! An operator may write shortcodes (buttons, pictures) into a text. A contact must not be able to,
//! so a value is made neutral, its ends are kept from completing an opener with the text around it,
//! and inside the operator's own shortcode it keeps letters, digits, `-` and `_` only.

use std::fmt::Write as _;

use regex::Captures;
use sparkcentral::{ChannelDetails, rich_text};

/// Most characters of one value: it comes from a message of any length.
const MAX_VALUE_CHARS: usize = 200;

/// What the rich text guard breaks openers with: invisible, no width.
const WORD_JOINER: char = '\u{2060}';

/// A text, ready to be filled.
#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(String),
    Value {
        source: Source,
        otherwise: Option<String>,
        in_shortcode: bool,
    },
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Capture(String),
    PrimaryIdentifier,
    SecondaryIdentifier,
    Attribute(String),
}

/// What placeholders stand for in one turn.
pub(super) struct Values<'a> {
    pub(super) captures: Option<Captures<'a>>,
    pub(super) details: Option<&'a ChannelDetails>,
}

impl Template {
    /// Whether the operator wrote a shortcode into the text.
    pub(super) fn is_rich(&self) -> bool {
        let rich = |part: &Part| matches!(part, Part::Literal(text) if rich_text::has_opener(text));
        self.parts.iter().any(rich)
    }

    /// Reads a text. The error says what to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        // The operator's own words so far, to know whether a placeholder stands in a shortcode.
        let mut written = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let from_brace = &rest[at..];
            if from_brace.starts_with("{{") || from_brace.starts_with("}}") {
                literal.push_str(&from_brace[..1]);
                rest = &from_brace[2..];
                continue;
            }
            let end = from_brace.find('}').filter(|end| *end > 0).ok_or_else(|| {
                "a single brace stands alone: write {name} for a value, {{ or }} for a brace"
                    .to_owned()
            })?;
            written.push_str(&literal);
            parts.push(Part::Literal(std::mem::take(&mut literal)));
            let in_shortcode = ends_in_shortcode(&written);
            parts.push(placeholder(&from_brace[1..end], in_shortcode)?);
            rest = &from_brace[end + 1..];
        }
        literal.push_str(rest);
        parts.push(Part::Literal(literal));
        Ok(Self { parts })
    }

    /// The capture groups that a pattern must have: those without a text for when they are absent.
    pub(super) fn needed_captures(&self) -> impl Iterator<Item = &str> {
        self.captures(true)
    }

    /// Every capture group named.
    pub(super) fn all_captures(&self) -> impl Iterator<Item = &str> {
        self.captures(false)
    }

    fn captures(&self, needed_only: bool) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(move |part| match part {
            Part::Value {
                source: Source::Capture(name),
                otherwise,
                ..
            } if !needed_only || otherwise.is_none() => Some(name.as_str()),
            Part::Value { .. } | Part::Literal(_) => None,
        })
    }

    /// The text for a contact or a note: values can't form shortcodes.
    pub(super) fn fill(&self, values: &Values<'_>) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => filled.push_str(literal),
                Part::Value {
                    source,
                    otherwise,
                    in_shortcode,
                } => match values.get(source) {
                    Some(value) if *in_shortcode => filled.extend(value.chars().filter(is_plain)),
                    Some(value) => push_neutral(&mut filled, &value),
                    None => push_otherwise(&mut filled, otherwise.as_deref()),
                },
            }
        }
        filled
    }

    /// The text for data (an attribute's value), where nothing reads shortcodes.
    pub(super) fn fill_data(&self, values: &Values<'_>) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => filled.push_str(literal),
                Part::Value {
                    source, otherwise, ..
                } => {
                    let value = values.get(source);
                    filled.push_str(
                        value
                            .as_deref()
                            .or(otherwise.as_deref())
                            .unwrap_or_default(),
                    );
                }
            }
        }
        filled
    }
}

impl Values<'_> {
    /// The cleaned value, `None` where there is none or it is blank.
    fn get(&self, source: &Source) -> Option<String> {
        let profile = || self.details?.contact_profile.as_ref();
        let value = match source {
            Source::Capture(name) => self.captures.as_ref()?.name(name)?.as_str(),
            Source::PrimaryIdentifier => &profile()?.primary_identifier,
            Source::SecondaryIdentifier => &profile()?.secondary_identifier,
            Source::Attribute(alias) => {
                let attributes = self.details?.contact_attributes.as_ref()?;
                &attributes
                    .iter()
                    .find(|entry| entry.attribute == *alias)?
                    .value
            }
        };
        let value = clean(value);
        (!value.is_empty()).then_some(value)
    }
}

fn placeholder(inner: &str, in_shortcode: bool) -> Result<Part, String> {
    let (name, otherwise) = match inner.split_once('|') {
        Some((name, otherwise)) => (name.trim(), Some(otherwise.to_owned())),
        None => (inner.trim(), None),
    };
    let source = match name.strip_prefix("contact.") {
        Some("primary_identifier") => Source::PrimaryIdentifier,
        Some("secondary_identifier") => Source::SecondaryIdentifier,
        Some(field) => match field.strip_prefix("attributes.") {
            Some(alias) if is_alias(alias) => Source::Attribute(alias.to_owned()),
            Some(_) | None => {
                return Err(format!(
                    "{{{name}}} is unknown: write contact.primary_identifier, \
                     contact.secondary_identifier or contact.attributes. and an alias"
                ));
            }
        },
        None if is_alias(name) => Source::Capture(name.to_owned()),
        None => {
            return Err(format!(
                "{{{name}}} can't name a value: write the name of a capture group, made of \
                 letters, digits and _"
            ));
        }
    };
    if otherwise.is_none() && !matches!(source, Source::Capture(_)) {
        return Err(format!(
            "{{{name}}} may be absent: write {{{name}|…}} with what to say then (it may be empty)"
        ));
    }
    Ok(Part::Value {
        source,
        otherwise,
        in_shortcode,
    })
}

/// Whether Sparkcentral takes `key` as the alias of a contact attribute.
pub(super) fn is_alias(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// One line of at most [`MAX_VALUE_CHARS`], without control characters.
fn clean(value: &str) -> String {
    let mut clean = String::new();
    for word in value.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            let space = if clean.is_empty() { "" } else { " " };
            // Writing to a String can't fail.
            let _ = write!(clean, "{space}{word}");
        }
        if clean.len() > MAX_VALUE_CHARS * 4 {
            break;
        }
    }
    clean.chars().take(MAX_VALUE_CHARS).collect()
}

fn is_plain(c: &char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// What a shortcode's opener can be cut behind.
const OPENING: [char; 6] = ['%', '!', '&', '$', '(', '{'];

/// Appends a value that holds no opener and completes none with what stands before or comes after.
fn push_neutral(filled: &mut String, value: &str) {
    if value.starts_with(['[', '(', '{']) {
        filled.push(WORD_JOINER);
    }
    filled.push_str(&rich_text::neutralise(value));
    if value.ends_with(OPENING) {
        filled.push(WORD_JOINER);
    }
}

/// Appends what the operator wants said without a value. Where that is nothing, leaving a value out
/// must not join an opener from the text around it.
fn push_otherwise(filled: &mut String, otherwise: Option<&str>) {
    match otherwise {
        Some(text) if !text.is_empty() => filled.push_str(text),
        Some(_) | None if filled.ends_with(OPENING) => filled.push(WORD_JOINER),
        Some(_) | None => {}
    }
}

/// Whether the end of the text lies inside a shortcode that began in it.
fn ends_in_shortcode(text: &str) -> bool {
    const KINDS: [(&str, &[&str]); 3] = [
        ("%[", &["](", ")"]),
        ("![", &["](", ")"]),
        ("&((", &["))&"]),
    ];
    let mut rest = text;
    loop {
        let next = KINDS
            .iter()
            .filter_map(|(opener, closers)| Some((rest.find(opener)? + opener.len(), *closers)))
            .min_by_key(|(at, _)| *at);
        let Some((at, closers)) = next else {
            return false;
        };
        rest = &rest[at..];
        for closer in closers {
            match rest.find(closer) {
                Some(at) => rest = &rest[at + closer.len()..],
                None => return true,
            }
        }
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
