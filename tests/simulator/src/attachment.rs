//! The rules of an upload, apart from who may upload.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{moment::Moment, refusal::Refusal};

/// An uploaded attachment. The bytes are not kept.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Attachment {
    pub(crate) name: String,
    pub(crate) content_type: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Lower-case hex, so that a test can compare what arrived with what it sent.
    pub(crate) sha256: String,
    pub(crate) at: Moment,
}

/// What the request line and headers say about an upload, before its body is read.
pub(crate) struct Announced<'a> {
    pub(crate) name: &'a str,
    pub(crate) content_type: Option<&'a str>,
    /// Bytes.
    pub(crate) content_length: Option<u64>,
}

impl Announced<'_> {
    /// # Errors
    /// [`Refusal::Malformed`] for name, headers and a type the medium can't carry; [`Refusal::TooLarge`].
    pub(crate) fn check(
        &self,
        medium: &str,
        carried_types: &BTreeMap<String, Vec<String>>,
        limit: u64,
    ) -> Result<(), Refusal> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.name.is_empty() || !self.name.chars().all(legal) {
            return Err(Refusal::malformed(
                "the file name has characters other than A-Z, a-z, 0-9, -, _ and .",
            ));
        }
        let content_type = self
            .content_type
            .map(essence)
            .filter(|essence| essence.contains('/'))
            .ok_or_else(|| Refusal::malformed("Content-Type is missing or no media type"))?;
        let length = self
            .content_length
            .ok_or_else(|| Refusal::malformed("Content-Length is missing"))?;
        if length >= limit {
            return Err(Refusal::TooLarge(format!(
                "the attachment has {length} bytes; it must have fewer than {limit}"
            )));
        }
        if let Some(patterns) = carried_types.get(medium)
            && !patterns
                .iter()
                .any(|pattern| matches_type(pattern, &content_type))
        {
            return Err(Refusal::malformed(format!(
                "{medium} can't carry {content_type}"
            )));
        }
        Ok(())
    }
}

/// The media type without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn matches_type(pattern: &str, content_type: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => content_type
            .split_once('/')
            .is_some_and(|(given, _)| given == kind),
        None => pattern == content_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn check(
        name: &str,
        content_type: Option<&str>,
        content_length: Option<u64>,
        medium: &str,
    ) -> Result<(), Refusal> {
        let config = Config::default();
        Announced {
            name,
            content_type,
            content_length,
        }
        .check(medium, &config.carried_types, config.attachment_limit)
    }

    #[test]
    fn a_small_picture_with_a_plain_name_is_taken() {
        assert!(check("Cat_1-a.png", Some("Image/PNG; q=1"), Some(3), "whatsapp").is_ok());
    }

    #[test]
    fn a_name_with_another_character_is_malformed() {
        for name in ["", "a b.png", "a/b.png", "ä.png", "a+b.png"] {
            assert!(check(name, Some("image/png"), Some(3), "rtm").is_err());
        }
    }

    #[test]
    fn content_type_and_length_are_needed() {
        assert!(check("a.png", None, Some(3), "rtm").is_err());
        assert!(check("a.png", Some("png"), Some(3), "rtm").is_err());
        assert!(check("a.png", Some("image/png"), None, "rtm").is_err());
    }

    #[test]
    fn ten_megabytes_are_too_many() {
        let size = |size| check("a.png", Some("image/png"), Some(size), "rtm");
        assert!(size(9_999_999).is_ok());
        assert!(matches!(size(10_000_000), Err(Refusal::TooLarge(_))));
    }

    #[test]
    fn a_type_the_medium_cannot_carry_is_malformed() {
        assert!(check("a.pdf", Some("application/pdf"), Some(3), "twit").is_err());
        assert!(check("a.pdf", Some("application/pdf"), Some(3), "whatsapp").is_ok());
        assert!(check("a.pdf", Some("application/pdf"), Some(3), "brand-new").is_ok());
    }
}
