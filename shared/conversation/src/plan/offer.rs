//! What stands under a text: links, answers to choose from, a word about a file.

use sparkcentral::rich_text::{self, neutralise};
use sparkcentral::{TextLimit, split_text, split_text_around};
use url::Url;

use super::choice::{Choice, number};
use crate::action::{Link, QuickReply};

/// A line under a text.
pub(super) struct Line {
    text: String,
    /// A shortcode: never cut, not even over the limit.
    whole: bool,
}

impl Line {
    /// Text; neutralised here.
    pub(super) fn text(text: &str) -> Self {
        Self {
            text: neutralise(text).into_owned(),
            whole: false,
        }
    }

    fn button(text: String) -> Self {
        Self { text, whole: true }
    }
}

/// A link as a line: a button, or `label: address`.
pub(super) fn link(link: &Link, buttons: bool) -> Line {
    let address = address(&link.url).unwrap_or_else(|| link.url.clone());
    let label = rich_text::label(&link.label);
    if buttons && let Ok(button) = rich_text::link(&label, &address) {
        return Line::button(button);
    }
    Line::text(&match label.as_str() {
        "" => address,
        label if label == address => address,
        label => format!("{label}: {address}"),
    })
}

/// An address with everything encoded that could begin or end a shortcode, so that it works both
/// inside one and as plain text. `None` where it is no URL with a host.
pub(super) fn address(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    url.host()?;
    let whole = url.as_str();
    // Brackets before the path belong to an IPv6 address.
    let path = whole.len() - url[url::Position::BeforePath..].len();
    let mut address = whole[..path].to_owned();
    for character in whole[path..].chars() {
        match character {
            '[' => address.push_str("%5B"),
            ']' => address.push_str("%5D"),
            '(' => address.push_str("%28"),
            ')' => address.push_str("%29"),
            '{' => address.push_str("%7B"),
            '}' => address.push_str("%7D"),
            other => address.push(other),
        }
    }
    Some(address)
}

/// Answers to choose from, as lines and as what is remembered. `before` were offered earlier in the
/// same answer: numbers go on.
pub(super) fn choices(
    offered: &[QuickReply],
    buttons: bool,
    before: &[Choice],
) -> (Vec<Line>, Vec<Choice>) {
    // A number beside labels that are numbers would say two things.
    let numbered = !offered.iter().any(|choice| number(&choice.label).is_some());
    let mut next = before
        .iter()
        .filter_map(|choice| choice.number)
        .max()
        .unwrap_or(0);
    let mut lines = Vec::new();
    let mut choices: Vec<Choice> = Vec::new();
    for quick in offered {
        let label = rich_text::label(&quick.label);
        let mut choice = Choice {
            label: quick.label.split_whitespace().collect::<Vec<_>>().join(" "),
            payload: quick.payload().to_owned(),
            number: None,
            button: None,
        };
        let taken = |spelt: &str| {
            let earlier = before.iter().chain(&choices);
            let same = |known: &&Choice| known.button.as_deref() == Some(spelt);
            earlier
                .clone()
                .find(same)
                .is_some_and(|known| known.payload != quick.payload())
        };
        let button = buttons
            .then(|| spelt(quick.payload(), taken))
            .and_then(|spelt| Some((rich_text::reply(&label, &spelt).ok()?, spelt)));
        match button {
            Some((shortcode, spelt)) => {
                lines.push(Line::button(shortcode));
                choice.button = Some(spelt);
            }
            None if numbered => {
                next += 1;
                choice.number = Some(next);
                lines.push(Line::text(&format!("{next}. {label}")));
            }
            None => lines.push(Line::text(&format!("- {label}"))),
        }
        choices.push(choice);
    }
    (lines, choices)
}

/// The payload as a button can carry it, told apart from others that would be spelt the same.
fn spelt(payload: &str, taken: impl Fn(&str) -> bool) -> String {
    let plain = rich_text::payload(payload.trim()).into_owned();
    if !taken(&plain) {
        return plain;
    }
    (2..)
        .map(|count| format!("{plain}~{count}"))
        .find(|spelt| !taken(spelt))
        .unwrap_or(plain)
}

/// A text with lines under it, cut into messages the medium takes. Lines stay whole, and together
/// with each other and the text's end where they fit.
pub(super) fn pieces(
    text: Option<&str>,
    rich: bool,
    lines: &[Line],
    limit: Option<TextLimit>,
) -> Vec<String> {
    let fits = |text: &str| limit.is_none_or(|limit| limit.allows(text));
    let mut pieces = match (text, limit) {
        (None, _) => Vec::new(),
        (Some(text), None) => vec![text.to_owned()],
        (Some(text), Some(limit)) if rich => {
            split_text_around(text, limit, &rich_text::spans(text))
        }
        (Some(text), Some(limit)) => split_text(text, limit),
    };
    let all: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let all = all.join("\n");
    if all.is_empty() {
        return pieces;
    }
    if let Some(last) = pieces.last_mut() {
        let joined = format!("{last}\n{all}");
        if fits(&joined) {
            *last = joined;
            return pieces;
        }
    }
    let mut current = String::new();
    for line in lines {
        let joined = match current.as_str() {
            "" => line.text.clone(),
            current => format!("{current}\n{}", line.text),
        };
        if fits(&joined) {
            current = joined;
            continue;
        }
        if !current.is_empty() {
            pieces.push(std::mem::take(&mut current));
        }
        match limit {
            Some(limit) if !line.whole && !fits(&line.text) => {
                pieces.extend(split_text(&line.text, limit));
            }
            _ => current.clone_from(&line.text),
        }
    }
    if !current.is_empty() {
        pieces.push(current);
    }
    pieces
}

#[cfg(test)]
mod tests;
