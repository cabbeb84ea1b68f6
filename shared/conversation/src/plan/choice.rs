//! Answers offered to a contact, and which of them the contact gave.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An answer offered to the contact, kept until something else is said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// As the contact reads it.
    pub label: String,
    /// What the bot is told.
    pub payload: String,
    /// The number it stands under, where it is a line of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The payload as its button carries it, where it is a button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}

// What a contact was asked tells what it is about.
impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// The choice a message is, if it is one: by the payload of the button tapped, else by the label
/// written out (whatever its case and spacing), else by the number (`2`, `2.`, `2)`, in the digits
/// of any script). Nothing is guessed: a label with words around it is no choice.
pub fn choose<'a>(choices: &'a [Choice], text: &str, payload: Option<&str>) -> Option<&'a Choice> {
    if let Some(payload) = payload {
        let spelt =
            |choice: &&Choice| choice.button.as_deref().map(str::trim) == Some(payload.trim());
        return choices.iter().find(spelt);
    }
    let said = folded(text);
    if said.is_empty() {
        return None;
    }
    choices
        .iter()
        .find(|choice| folded(&choice.label) == said)
        .or_else(|| {
            let number = number(text)?;
            choices.iter().find(|choice| choice.number == Some(number))
        })
}

/// Lower case, single spaces.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The number a text consists of, with at most a full stop or a parenthesis behind it.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.strip_suffix(['.', ')', '．', '）']).unwrap_or(text);
    if digits.is_empty() || digits.chars().count() > 3 {
        return None;
    }
    digits
        .chars()
        .try_fold(0, |number, c| Some(number * 10 + digit(c)?))
}

/// The value of a decimal digit, in the scripts whose digits people type.
fn digit(c: char) -> Option<u32> {
    // Full-width; Arabic-Indic, eastern too; Devanagari; Bengali; Thai.
    const ZEROS: [char; 6] = ['０', '٠', '۰', '०', '০', '๐'];
    c.to_digit(10).or_else(|| {
        ZEROS
            .iter()
            .map(|zero| u32::from(c).wrapping_sub(u32::from(*zero)))
            .find(|value| *value < 10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(label: &str, payload: &str, number: Option<u32>, button: Option<&str>) -> Choice {
        Choice {
            label: label.into(),
            payload: payload.into(),
            number,
            button: button.map(Into::into),
        }
    }

    #[test]
    fn numbers_and_labels_are_understood_and_nothing_is_guessed() {
        let offered = [
            choice("Yes, please", "YES", Some(1), None),
            choice("No", "NO", Some(2), None),
        ];
        for (text, expected) in [
            ("2", Some("NO")),
            ("2.", Some("NO")),
            ("2)", Some("NO")),
            (" 1 \n", Some("YES")),
            ("２", Some("NO")),
            ("٢", Some("NO")),
            ("۱", Some("YES")),
            ("yes,  PLEASE", Some("YES")),
            ("NO", Some("NO")),
            ("3", None),
            ("0", None),
            ("2 pairs", None),
            ("-2", None),
            ("2.0", None),
            ("22222222222", None),
            ("No!", None),
            ("no thanks", None),
            ("yes", None),
            ("", None),
            (" ", None),
            (".", None),
        ] {
            let found = choose(&offered, text, None).map(|choice| choice.payload.as_str());
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_button_s_number_was_never_shown() {
        let offered = [choice("Yes", "YES", None, Some("YES"))];
        assert_eq!(choose(&offered, "1", None), None);
        assert_eq!(choose(&offered, "yes", None), offered.first());
    }

    #[test]
    fn a_tapped_button_brings_the_bot_s_own_payload_back() {
        let offered = [
            choice("A", "a(1)", None, Some("a%281%29")),
            choice("B", "b", None, Some("b")),
        ];
        let payload = |text: &str, tapped| {
            choose(&offered, text, Some(tapped)).map(|choice| choice.payload.as_str())
        };
        assert_eq!(payload("A", "a%281%29"), Some("a(1)"));
        assert_eq!(
            payload("A", " b "),
            Some("b"),
            "the payload decides, not the text"
        );
        assert_eq!(payload("A", "of an older button"), None);
    }
}
