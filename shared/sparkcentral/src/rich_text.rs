//! Shortcodes: buttons and pictures written inside a message's text.
//!
//! A shortcode is plain text, so text from a contact or a bot could form one by accident, or on
//! purpose: [`neutralise`] it wherever it isn't meant as a shortcode. The constructors check what
//! they are given and make shortcodes that can't be broken out of.

use std::borrow::Cow;
use std::ops::Range;

/// What every shortcode begins with, and what is between its parts up to its end: a button, a
/// picture, a WhatsApp template. The last three are not in Sparkcentral's documents: payments and
/// templates of the chat widget's messaging shorthand, which knows the others in the same form.
const FORMS: [(&str, &[&str]); 6] = [
    ("%[", &["](", ")"]),
    ("![", &["](", ")"]),
    ("&((", &["))&"]),
    ("$[", &["](", ")"]),
    ("%((", &["))%"]),
    ("%{{", &["}}%"]),
];

/// U+2060: invisible, zero-width, and no break between its neighbours. Chosen over U+200B, which
/// allows a line break, and U+200D, which can join emoji.
const WORD_JOINER: char = '\u{2060}';

/// Why a shortcode can't be made. Doesn't quote the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ShortcodeError {
    #[error("the label is blank: give the button a text")]
    BlankLabel,
    #[error("the label holds a bracket or a line break: leave [ ] and line breaks out")]
    LabelCharacters,
    #[error("the address is not an https:// URL with a host")]
    NotHttps,
    #[error("the address holds white space, a bracket or a control character: percent-encode it")]
    UrlCharacters,
    #[error("the payload is blank: give the button a payload")]
    BlankPayload,
    #[error("the payload holds a parenthesis or a line break: leave ( ) and line breaks out")]
    PayloadCharacters,
}

/// Text in which nothing can begin a shortcode: each opener gets an invisible word joiner behind
/// its first character. Everything else stays; neutral text is returned as it is, so a second pass
/// changes nothing.
///
/// Call it on the joined text, before it is cut into messages: two neutral texts can form an opener
/// between them.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    let mut neutral = String::new();
    let mut kept = 0;
    for (index, character) in text.char_indices() {
        let rest = &text[index..];
        if FORMS.iter().any(|(opener, _)| rest.starts_with(opener)) {
            let behind = index + character.len_utf8();
            neutral.push_str(&text[kept..behind]);
            neutral.push(WORD_JOINER);
            kept = behind;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    neutral.push_str(&text[kept..]);
    Cow::Owned(neutral)
}

/// Whether the text holds the beginning of a shortcode.
pub fn has_opener(text: &str) -> bool {
    FORMS.iter().any(|(opener, _)| text.contains(opener))
}

/// Where shortcodes are, as ranges of bytes in ascending order: each is shown as a whole or not at
/// all, so none may be cut in two.
pub fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    while start < text.len() {
        match FORMS
            .iter()
            .find_map(|(opener, parts)| length(&text[start..], opener, parts))
        {
            Some(length) => {
                spans.push(start..start + length);
                start += length;
            }
            None => start += text[start..].chars().next().map_or(1, char::len_utf8),
        }
    }
    spans
}

/// The length of the shortcode the text begins with, if it is one of this form.
fn length(text: &str, opener: &str, parts: &[&str]) -> Option<usize> {
    let mut rest = text.strip_prefix(opener)?;
    for part in parts {
        // The label ends at the first bracket, which must be the one before the target.
        let end = match part.strip_suffix('(') {
            Some(bracket) => rest.find(bracket)?,
            None => rest.find(part)?,
        };
        rest = rest[end..].strip_prefix(part)?;
    }
    Some(text.len() - rest.len())
}

/// A label that fits into a shortcode: on one line, brackets made round, without openers. Blank
/// where nothing readable is left.
pub fn label(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let round = words.join(" ").replace('[', "(").replace(']', ")");
    neutralise(&round).into_owned()
}

/// A payload that fits into a shortcode: what would end it or open another one is percent-encoded.
/// Borrowed where the payload fits as it is.
pub fn payload(payload: &str) -> Cow<'_, str> {
    let braces = payload.contains("%{{");
    let encoded = |c: char| {
        matches!(c, '(' | ')' | '[' | ']') || c.is_control() || (braces && matches!(c, '{' | '}'))
    };
    if !payload.contains(encoded) {
        return Cow::Borrowed(payload);
    }
    let mut spelt = String::with_capacity(payload.len() + 8);
    for character in payload.chars() {
        if encoded(character) {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                spelt.push_str(&format!("%{byte:02X}"));
            }
        } else {
            spelt.push(character);
        }
    }
    Cow::Owned(spelt)
}

/// A button that opens a web page: `%[label](https://…)`.
///
/// Parentheses in the address are percent-encoded, since they end the shortcode.
///
/// # Errors
/// A blank or unsuitable label; an address that isn't https or holds unsuitable characters.
pub fn link(label: &str, url: &str) -> Result<String, ShortcodeError> {
    let label = checked_label(label)?;
    let scheme = "https://";
    let after = url
        .get(..scheme.len())
        .filter(|start| start.eq_ignore_ascii_case(scheme))
        .map(|start| &url[start.len()..])
        .ok_or(ShortcodeError::NotHttps)?;
    if after.is_empty() || after.starts_with(['/', '?', '#', ':', '@']) {
        return Err(ShortcodeError::NotHttps);
    }
    let unsuitable =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '[' | ']' | '<' | '>' | '"');
    if after.contains(unsuitable) {
        return Err(ShortcodeError::UrlCharacters);
    }
    let after = after.replace('(', "%28").replace(')', "%29");
    Ok(format!("%[{label}]({scheme}{after})"))
}

/// A button that answers for the contact: `%[label](reply:payload)`. The payload comes back in the
/// next inbound message.
///
/// # Errors
/// A blank or unsuitable label or payload.
pub fn reply(label: &str, payload: &str) -> Result<String, ShortcodeError> {
    let label = checked_label(label)?;
    if payload.trim().is_empty() {
        return Err(ShortcodeError::BlankPayload);
    }
    if payload.contains(|c: char| matches!(c, '(' | ')') || c.is_control()) || has_opener(payload) {
        return Err(ShortcodeError::PayloadCharacters);
    }
    Ok(format!("%[{label}](reply:{payload})"))
}

/// A button that asks for the contact's location: `%[label](location)`.
///
/// # Errors
/// A blank or unsuitable label.
pub fn location(label: &str) -> Result<String, ShortcodeError> {
    Ok(format!("%[{}](location)", checked_label(label)?))
}

fn checked_label(label: &str) -> Result<&str, ShortcodeError> {
    if label.trim().is_empty() {
        Err(ShortcodeError::BlankLabel)
    } else if label.contains(|c: char| matches!(c, '[' | ']') || c.is_control())
        || has_opener(label)
    {
        Err(ShortcodeError::LabelCharacters)
    } else {
        Ok(label)
    }
}

#[cfg(test)]
mod tests;
