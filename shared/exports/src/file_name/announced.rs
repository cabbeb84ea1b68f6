//! The export and the organisation in a file's name.

use super::is_separator;
use crate::{EXPORTS, Export};

/// What stands before the stamps or the UUID: the organisation, then the export.
pub(super) fn organisation_and_export(before: &str) -> (Option<String>, Option<&'static Export>) {
    let text = before.trim_end_matches(is_separator);
    if let Some((start, export)) = announced_at_end(text) {
        return (some_text(&text[..start]), Some(export));
    }
    // A new kind of export: only brackets then tell where the organisation ends.
    let organisation = text
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
        .filter(|(_, kind)| !kind.trim_matches(is_separator).is_empty())
        .and_then(|(organisation, _)| some_text(organisation));
    (organisation, announced_anywhere(text))
}

fn some_text(text: &str) -> Option<String> {
    let text = text.trim_matches(is_separator);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Letters and digits, lower case, with the byte each begins at.
fn letters(text: &str) -> Vec<(usize, char)> {
    let alphanumeric = text.char_indices().filter(|(_, c)| c.is_alphanumeric());
    alphanumeric
        .map(|(at, c)| (at, c.to_ascii_lowercase()))
        .collect()
}

/// The vendor's name without separators and without the plural's `s`.
fn spelling(export: &Export) -> Vec<char> {
    let all: Vec<char> = letters(export.name).into_iter().map(|(_, c)| c).collect();
    all.strip_suffix(&['s'])
        .map_or(all.clone(), <[char]>::to_vec)
}

/// The export that the text ends with, and where its name begins; nothing needs to stand before it.
/// No export's name ends in another's, so there is one at most.
fn announced_at_end(text: &str) -> Option<(usize, &'static Export)> {
    let letters = letters(text);
    // In brackets the whole part is the name.
    let part = text.rfind('[').map_or(0, |open| open + 1);
    let plural = usize::from(letters.last().is_some_and(|(_, c)| *c == 's'));
    for export in EXPORTS {
        let name = spelling(export);
        for cut in [0, plural] {
            let Some(end) = letters.len().checked_sub(cut) else {
                continue;
            };
            let Some(start) = end.checked_sub(name.len()) else {
                continue;
            };
            if !letters[start..end].iter().map(|(_, c)| c).eq(name.iter()) {
                continue;
            }
            let at = letters[start].0;
            if part == 0
                || text
                    .get(part..at)
                    .is_some_and(|before| before.chars().all(is_separator))
            {
                return Some((at, export));
            }
        }
    }
    None
}

/// The one export whose name stands somewhere in the text as words of its own.
pub(super) fn announced_anywhere(text: &str) -> Option<&'static Export> {
    let letters = letters(text);
    let mut found: Vec<(usize, usize, &'static Export)> = Vec::new();
    for export in EXPORTS {
        let name = spelling(export);
        for start in 0..letters.len().saturating_sub(name.len() - 1) {
            let end = start + name.len();
            if !letters[start..end].iter().map(|(_, c)| c).eq(name.iter()) {
                continue;
            }
            let plural = letters.get(end).is_some_and(|(_, c)| *c == 's');
            let end = if plural && is_boundary(&letters, end + 1) {
                end + 1
            } else {
                end
            };
            if is_boundary(&letters, start) && is_boundary(&letters, end) {
                found.push((start, end, export));
            }
        }
    }
    let whole = |&(start, end, _): &(usize, usize, &'static Export)| {
        !found
            .iter()
            .any(|&(s, e, _)| s <= start && end <= e && e - s > end - start)
    };
    let mut exports = found
        .iter()
        .copied()
        .filter(whole)
        .map(|(.., export)| export);
    let export = exports.next()?;
    exports.all(|other| other == export).then_some(export)
}

/// Whether a word begins at this letter: after a separator, or between letters and digits.
fn is_boundary(letters: &[(usize, char)], index: usize) -> bool {
    let (Some(before), Some(after)) = (
        index.checked_sub(1).and_then(|i| letters.get(i)),
        letters.get(index),
    ) else {
        return true;
    };
    before.0 + before.1.len_utf8() != after.0 || before.1.is_numeric() != after.1.is_numeric()
}
