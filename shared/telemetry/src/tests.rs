//! Lines as they are written.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::Value;
use tracing::Level;

use super::*;

#[test]
fn a_talkative_level_never_makes_libraries_talk() {
    let filter = filter("webhook-intake", "DEBUG");
    for own in [
        "webhook_intake",
        "webhook_intake::intake",
        "platform::store",
    ] {
        assert!(filter.would_enable(own, &Level::DEBUG), "{own}");
        assert!(!filter.would_enable(own, &Level::TRACE), "{own}");
    }
    for other in ["aws_smithy_runtime", "hyper::client", "lambda_runtime", ""] {
        assert!(!filter.would_enable(other, &Level::INFO), "{other}");
        assert!(filter.would_enable(other, &Level::WARN), "{other}");
    }
    assert!(!filter.would_enable(NOISE, &Level::ERROR));
}

#[test]
fn what_is_not_a_level_is_warn() {
    for level in ["", "loud", "info,hyper=debug"] {
        let filter = filter("webhook-intake", level);
        assert!(!filter.would_enable("platform", &Level::INFO), "{level}");
        assert!(filter.would_enable("platform", &Level::WARN), "{level}");
    }
    let silent = filter("webhook-intake", "off");
    assert!(!silent.would_enable("platform", &Level::ERROR));
}

/// What was written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What two events with this text in a field are written as.
fn written(text: &str) -> String {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = lines(filter("tests", "warn"), move || writer.clone());
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(file = text, error = %text, "a file {text}");
        tracing::warn!("the next");
    });
    String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
}

/// Texts of what breaks lines and JSON.
fn unruly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\r\n",
            "\n",
            "\u{1b}[2J",
            "\u{9b}31m",
            "\u{0}",
            "\u{85}",
            "\u{2028}",
            "\u{7f}",
            "\"",
            "\\",
            "\\n",
            "{\"level\":\"ERROR\"}",
            "}\n{",
            "%0d%0a",
            "\u{202e}",
        ])
        .prop_map(ToOwned::to_owned),
        ".{0,4}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn an_event_is_one_line_of_json_whatever_its_fields_hold(text in unruly()) {
        let all = written(&text);
        let lines: Vec<&str> = all.split_terminator('\n').collect();
        prop_assert_eq!(lines.len(), 2, "{}", all);
        let told: Value = serde_json::from_str(lines[0]).unwrap();
        prop_assert_eq!(told["file"].as_str(), Some(text.as_str()));
        prop_assert_eq!(&told["level"], "WARN");
        let commands = all.contains(['\r', '\u{1b}', '\0']);
        prop_assert!(!commands);
    }

    #[test]
    fn words_that_are_kept_in_line_end_no_line_and_command_nothing(text in unruly()) {
        let mut kept = text.clone();
        keep_in_line(&mut kept);
        let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        prop_assert!(!kept.contains(ends));
        prop_assert_eq!(kept.chars().count(), text.chars().count());
    }
}
