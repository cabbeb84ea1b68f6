//! Words nobody could have written by chance, put wherever people's words, names, addresses or secrets
//! can stand; and the search for them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;
use uuid::Uuid;

use crate::lines::Line;

/// What must stand in no log.
pub(crate) struct Marks {
    /// Of this run.
    run: String,
    made: AtomicU32,
    /// Where each was put, and how it may be spelt in a log.
    all: Mutex<Vec<(String, Vec<String>)>>,
}

impl Marks {
    pub(crate) fn new() -> Self {
        Self {
            run: Uuid::new_v4().simple().to_string()[..12].to_owned(),
            made: AtomicU32::new(0),
            all: Mutex::default(),
        }
    }

    /// A word for a place.
    pub(crate) fn word(&self, place: &str) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let word = format!("zq{number}x{}", self.run);
        self.keep(place, &word);
        word
    }

    /// An e-mail address for a place.
    pub(crate) fn mail(&self, place: &str) -> String {
        format!("{}@example.com", self.word(place))
    }

    /// A phone number for a place.
    pub(crate) fn phone(&self, place: &str) -> String {
        let digits = Uuid::new_v4().as_u128() % 10_000_000_000_000;
        let number = format!("49{digits:013}");
        self.keep(place, &number);
        format!("+{number}")
    }

    /// Something that is there already, such as a secret.
    pub(crate) fn keep(&self, place: &str, value: &str) {
        let known = (place.to_owned(), spellings(value));
        self.all.lock().unwrap().push(known);
    }

    /// Every line that holds one of them, and where it was put; and every line with what looks like an
    /// e-mail address or a phone number, whoever put it there.
    pub(crate) fn found_in(&self, lines: &[Line]) -> Vec<String> {
        let mail = Regex::new(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}").unwrap();
        let phone = Regex::new(r"(^|[^0-9A-Za-z.:+-])\+[1-9][0-9]{7,14}([^0-9]|$)").unwrap();
        let all = self.all.lock().unwrap();
        let mut found = Vec::new();
        for Line { function, text } in lines {
            let lower = text.to_lowercase();
            for (place, spellings) in all.iter() {
                let has = |spelt: &String| text.contains(spelt) || lower.contains(spelt);
                if spellings.iter().any(has) {
                    found.push(format!("{function} logged {place}: {text}"));
                }
            }
            for (what, pattern) in [("an e-mail address", &mail), ("a phone number", &phone)] {
                if pattern.is_match(text) {
                    found.push(format!("{function} logged {what}: {text}"));
                }
            }
        }
        found
    }
}

/// As it is, in lower case, in hex, and in base64 wherever in it the value begins.
fn spellings(value: &str) -> Vec<String> {
    let mut spellings = vec![value.to_owned(), value.to_lowercase(), hex::encode(value)];
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(value.as_bytes());
        let spelt = STANDARD_NO_PAD.encode(&bytes);
        // Characters at the ends hold bits of what stands beside the value.
        let begin = (before * 8).div_ceil(6);
        let end = bytes.len() * 8 / 6;
        spellings.push(spelt[begin..end].to_owned());
    }
    spellings
}

mod tests {
    use super::*;

    fn found(marks: &Marks, text: String) -> usize {
        let function = "webhook-intake".to_owned();
        marks.found_in(&[Line { function, text }]).len()
    }

    #[test]
    fn a_line_that_leaks_is_found_however_the_word_is_spelt() {
        let marks = Marks::new();
        let word = marks.word("a text");
        let inner = STANDARD_NO_PAD.encode(format!("{{\"text\":\"{word}\"}}"));
        let shifted = STANDARD_NO_PAD.encode(format!(" {{\"text\":\"{word}\"}}"));
        let shifted_again = STANDARD_NO_PAD.encode(format!("  {{\"text\":\"{word}\"}}"));
        for line in [
            word.clone(),
            format!("{{\"level\":\"ERROR\",\"error\":\"unknown field `{word}`\"}}"),
            format!("Some(Message {{ text: \"{}\" }})", word.to_uppercase()),
            format!("https://example.com/?q=a%20{word}%0A"),
            hex::encode(format!("a {word}")),
            inner,
            shifted,
            shifted_again,
        ] {
            assert_eq!(found(&marks, line.clone()), 1, "{line}");
        }
        let secret = "whsec_c3BhcmticmlkZ2UtdGVzdC1rZXk";
        marks.keep("a secret", secret);
        assert_eq!(found(&marks, format!("key={secret}")), 1);
        let phone = marks.phone("a contact");
        assert_eq!(found(&marks, phone[1..].to_owned()), 1);
    }

    #[test]
    fn addresses_and_numbers_are_found_that_nobody_marked() {
        let marks = Marks::new();
        for line in [
            r#"{"Conversation":"contact-1@example.com"}"#,
            r#"{"error":"no such user +491701234567"}"#,
            "+491701234567",
        ] {
            assert_eq!(found(&marks, line.to_owned()), 1, "{line}");
        }
    }

    #[test]
    fn what_a_log_holds_anyway_is_no_leak() {
        let marks = Marks::new();
        marks.word("a text");
        for line in [
            r#"{"Timestamp":1772443800000,"Function":"bot-turn","Agent":"demo","Outcome":"answered"}"#,
            r#"{"timestamp":"2026-03-02T09:30:00+01:00","level":"WARN"}"#,
            "START RequestId: 7d0c6b1e-0000-4000-8000-123456789012 Version: $LATEST",
            r#"{"offset":"+00:00","bytes":12345678901}"#,
            "see shared@local and a@b",
        ] {
            assert_eq!(found(&marks, line.to_owned()), 0, "{line}");
        }
    }
}
