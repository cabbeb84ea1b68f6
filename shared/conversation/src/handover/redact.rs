//! Personal numbers and addresses out of free text, before it goes where it stays for longer.
//!
//! Errs on the side of taking out: an order number of eight digits looks like a telephone number.

/// Most characters of an IBAN, and fewest.
const IBAN: std::ops::RangeInclusive<usize> = 15..=34;
/// Digits together from which on a number is taken out.
const LONG: usize = 8;

/// The text with e-mail addresses, IBANs, card numbers, telephone numbers and other long numbers
/// replaced by what they were: `[email]`, `[iban]`, `[card]`, `[phone]`, `[number]`. Dates stay.
pub fn redact(text: &str) -> String {
    numbers(&ibans(&emails(text)))
}

fn emails(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut kept = 0;
    let signs = text.char_indices().filter(|(_, c)| matches!(c, '@' | '＠'));
    for (at, sign) in signs {
        if at < kept {
            continue;
        }
        let before = &text[kept..at];
        let after = &text[at + sign.len_utf8()..];
        let local = trailing(before, |c| {
            c.is_alphanumeric() || "._%+-'~&=/!#$*^`{|}".contains(c)
        });
        let domain = leading(after, |c| c.is_alphanumeric() || "-.".contains(c));
        let domain = domain.trim_end_matches(['.', '-']);
        if local.is_empty() || domain.is_empty() {
            continue;
        }
        redacted.push_str(&before[..before.len() - local.len()]);
        redacted.push_str("[email]");
        kept = at + sign.len_utf8() + domain.len();
    }
    redacted.push_str(&text[kept..]);
    redacted
}

fn trailing(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    text.char_indices()
        .rev()
        .take_while(|(_, c)| belongs(*c))
        .last()
        .map_or("", |(start, _)| &text[start..])
}

fn leading(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    &text[..text.find(|c| !belongs(c)).unwrap_or(text.len())]
}

fn ibans(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut redacted = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let is_inside = at > 0 && characters[at - 1].is_alphanumeric();
        match (!is_inside).then(|| iban(&characters[at..])).flatten() {
            Some(length) => {
                redacted.push_str("[iban]");
                at += length;
            }
            None => {
                redacted.push(characters[at]);
                at += 1;
            }
        }
    }
    redacted
}

/// Length of the IBAN that the text begins with, spaces between its groups included: the longest part
/// that ends with a word and whose check digits fit.
fn iban(text: &[char]) -> Option<usize> {
    let [a, b, c, d, ..] = text else { return None };
    let begins = a.is_ascii_alphabetic()
        && b.is_ascii_alphabetic()
        && c.is_ascii_digit()
        && d.is_ascii_digit();
    if !begins {
        return None;
    }
    let mut signs = Vec::new();
    let mut found = None;
    for (index, c) in text.iter().enumerate() {
        if c.is_ascii_alphanumeric() && signs.len() < *IBAN.end() {
            signs.push(c.to_ascii_uppercase());
        } else if !is_gap(*c) || is_gap(text[index - 1]) {
            break;
        }
        let ends_here = text
            .get(index + 1)
            .is_none_or(|next| !next.is_alphanumeric());
        if ends_here && IBAN.contains(&signs.len()) && !is_gap(*c) && has_check_digits(&signs) {
            found = Some(index + 1);
        }
    }
    found
}

/// ISO 7064, mod 97-10: the first four signs behind the rest, letters as 10 to 35, remainder 1.
fn has_check_digits(signs: &[char]) -> bool {
    let turned = signs[4..].iter().chain(&signs[..4]);
    let remainder = turned.fold(0, |sum, sign| match sign.to_digit(36) {
        Some(digit @ 0..=9) => (sum * 10 + digit) % 97,
        Some(letter) => (sum * 100 + letter) % 97,
        None => 0,
    });
    remainder == 1
}

fn numbers(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut redacted = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        let is_inside = at > 0 && characters[at - 1].is_numeric();
        if let Some(length) = date(rest).filter(|_| !is_inside) {
            redacted.extend(&rest[..length]);
            at += length;
            continue;
        }
        let length = number(rest);
        match kind(&rest[..length]) {
            Some(kind) => redacted.push_str(kind),
            None => redacted.extend(&rest[..length.max(1)]),
        }
        at += length.max(1);
    }
    redacted
}

/// Length of the number that the text begins with, from its first sign to its last digit, with up to
/// two separators between digits.
fn number(text: &[char]) -> usize {
    let mut length = 0;
    let mut gap = 0;
    for (index, c) in text.iter().enumerate() {
        if c.is_numeric() {
            length = index + 1;
            gap = 0;
        } else if matches!(c, '+' | '＋') && index == 0 || is_separator(*c) && gap < 2 {
            gap += 1;
            // Before the first digit, only what a telephone number can begin with.
            if length == 0 && (index > 1 || !matches!(c, '+' | '＋' | '(')) {
                return 0;
            }
        } else {
            break;
        }
    }
    length
}

fn kind(number: &[char]) -> Option<&'static str> {
    let digits: Vec<char> = number.iter().copied().filter(|c| c.is_numeric()).collect();
    let is_international = number.iter().any(|c| matches!(c, '+' | '＋'));
    let is_grouped = number.len() > digits.len();
    match digits.len() {
        13..=19 if passes_luhn(&digits) => Some("[card]"),
        7..=15 if is_international => Some("[phone]"),
        LONG..=15 if is_grouped || digits[0] == '0' => Some("[phone]"),
        LONG.. => Some("[number]"),
        _ => None,
    }
}

/// ISO/IEC 7812-1: every second digit from the right doubled, the sum a multiple of ten.
fn passes_luhn(digits: &[char]) -> bool {
    let sum = digits
        .iter()
        .rev()
        .enumerate()
        .try_fold(0, |sum, (place, digit)| {
            let digit = digit.to_digit(10)?;
            Some(
                sum + match place % 2 {
                    0 => digit,
                    _ => digit * 2 / 10 + digit * 2 % 10,
                },
            )
        });
    sum.is_some_and(|sum| sum % 10 == 0)
}

/// Length of the date that the text begins with: `2026-10-05`, `5.10.2026`, `05/10/2026`.
fn date(text: &[char]) -> Option<usize> {
    let mut parts: [(usize, u32); 3] = [(0, 0); 3];
    let mut at = 0;
    let separator = *text.iter().find(|c| matches!(c, '-' | '.' | '/'))?;
    for (index, part) in parts.iter_mut().enumerate() {
        if index > 0 {
            if text.get(at) != Some(&separator) {
                return None;
            }
            at += 1;
        }
        while let Some(digit) = text.get(at).and_then(|c| c.to_digit(10)) {
            *part = (part.0 + 1, part.1.saturating_mul(10).saturating_add(digit));
            at += 1;
            if part.0 > 4 {
                return None;
            }
        }
    }
    let day_or_month =
        |(digits, value): (usize, u32)| (1..=2).contains(&digits) && (1..=31).contains(&value);
    let year = |(digits, value): (usize, u32)| digits == 4 && (1900..=2100).contains(&value);
    let [a, b, c] = parts;
    let is_date = (year(a) && day_or_month(b) && day_or_month(c))
        || (day_or_month(a) && day_or_month(b) && year(c));
    // Nothing of a longer number behind it.
    let goes_on = text
        .get(at)
        .is_some_and(|next| is_separator(*next) && *next != ' ')
        && text.get(at + 1).is_some_and(|next| next.is_numeric());
    (is_date && !goes_on && text.get(at).is_none_or(|next| !next.is_numeric())).then_some(at)
}

/// Between the groups of an IBAN.
fn is_gap(c: char) -> bool {
    c == '-' || is_blank(c)
}

/// Between the digits of a number.
fn is_separator(c: char) -> bool {
    is_blank(c) || matches!(c, '-' | '‐' | '‑' | '–' | '.' | '/' | '(' | ')')
}

/// A blank, or nothing to be seen at all.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
