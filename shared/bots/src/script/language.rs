//! Which of a rule's languages an answer is written in.

use std::collections::{BTreeMap, BTreeSet};

/// The key of patterns that belong to no language.
pub(super) const ANY: &str = "any";

/// Whether `key` can name a language in a rules file: lower-case, such as `en` or `pt-br`.
pub(super) fn is_language(key: &str) -> bool {
    let mut parts = key.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_lowercase())
        && key != ANY
        && parts.all(|part| {
            (1..=8).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// The language of `known` that `named` means: the same, or without region (`de-AT`, `de_AT`: `de`).
pub(super) fn known<'a>(named: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let tag = named.trim().to_ascii_lowercase().replace('_', "-");
    let primary = tag.split('-').next().unwrap_or_default();
    known
        .get(&tag)
        .or_else(|| known.get(primary))
        .map(String::as_str)
}

/// The entry in the wanted language, else in the file's default.
pub(super) fn pick<'a, T>(
    texts: &'a BTreeMap<String, T>,
    wanted: &str,
    default: &str,
) -> Option<&'a T> {
    texts.get(wanted).or_else(|| texts.get(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_tag_or_without_its_region() {
        let file = BTreeSet::from(["de".to_owned(), "pt".to_owned(), "pt-br".to_owned()]);
        for (named, found) in [
            ("de", Some("de")),
            ("DE", Some("de")),
            ("de-AT", Some("de")),
            ("de_CH", Some("de")),
            ("pt-BR", Some("pt-br")),
            ("pt-PT", Some("pt")),
            ("en", None),
            ("German", None),
            ("", None),
        ] {
            assert_eq!(known(named, &file), found, "{named}");
        }
    }

    #[test]
    fn a_key_of_the_file_is_a_lower_case_language_tag() {
        for (key, ok) in [
            ("en", true),
            ("gsw", true),
            ("pt-br", true),
            ("any", false),
            ("EN", false),
            ("e", false),
            ("english", false),
            ("en-", false),
            ("en_us", false),
            ("", false),
        ] {
            assert_eq!(is_language(key), ok, "{key}");
        }
    }
}
