//! Texts an operator writes for contacts, in one language or several.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text, or one per language: `"Hello"`, or `{ en = "Hello", fr = "Bonjour" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum LocalText {
    /// The same for everybody.
    One(String),
    /// By language tag, such as `en` or `pt-BR`; the first in the alphabet is the default.
    PerLanguage(BTreeMap<String, String>),
}

impl LocalText {
    /// The text for a language: its own, else that of the language without its region, else the
    /// entry `default`, else the first one. `None` where it is blank.
    pub fn in_language(&self, language: Option<&str>) -> Option<&str> {
        let text = match self {
            Self::One(text) => Some(text),
            Self::PerLanguage(texts) => {
                let exact = |tag: &str| {
                    let same = |(known, _): &(&String, &String)| known.eq_ignore_ascii_case(tag);
                    texts.iter().find(same).map(|(_, text)| text)
                };
                let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or(tag).to_owned();
                language
                    .and_then(|tag| exact(tag).or_else(|| exact(&primary(tag))))
                    .or_else(|| exact("default"))
                    .or_else(|| texts.values().next())
            }
        };
        text.map(String::as_str)
            .filter(|text| !text.trim().is_empty())
    }
}

impl From<&str> for LocalText {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> LocalText {
        let pairs = pairs
            .iter()
            .map(|(tag, text)| ((*tag).into(), (*text).into()));
        LocalText::PerLanguage(pairs.collect())
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let both = texts(&[("en", "Hello"), ("fr", "Bonjour"), ("pt-BR", "Oi")]);
        for (asked, expected) in [
            (Some("fr"), "Bonjour"),
            (Some("FR-be"), "Bonjour"),
            (Some("pt_br"), "Hello"),
            (Some("pt-br"), "Oi"),
            (Some("de"), "Hello"),
            (None, "Hello"),
        ] {
            assert_eq!(both.in_language(asked), Some(expected), "{asked:?}");
        }
        let with_default = texts(&[("default", "Hi"), ("aa", "Other")]);
        assert_eq!(with_default.in_language(Some("de")), Some("Hi"));
    }

    #[test]
    fn a_blank_text_is_none() {
        assert_eq!(LocalText::from(" ").in_language(None), None);
        assert_eq!(texts(&[]).in_language(Some("en")), None);
    }
}
