//! The form of a rules file, as it is read. What it must hold beyond its form is in `load`.

use std::collections::BTreeMap;

use conversation::HandoverReason;
use serde::Deserialize;

/// Language to text.
pub(super) type Texts = BTreeMap<String, String>;

// No `deny_unknown_fields`: unknown keys are collected by `serde_ignored`, so that all of them are
// reported at once, together with every other problem.
#[derive(Deserialize)]
pub(super) struct File {
    pub(super) default_language: String,
    #[serde(default)]
    pub(super) greeting: Greeting,
    pub(super) no_text: Texts,
    pub(super) fallback: Fallback,
    #[serde(default)]
    pub(super) rules: Vec<Rule>,
}

#[derive(Default, Deserialize)]
pub(super) struct Greeting {
    #[serde(default)]
    pub(super) started: Texts,
    #[serde(default)]
    pub(super) delegated: Texts,
}

#[derive(Deserialize)]
pub(super) struct Fallback {
    pub(super) handover_after: u32,
    #[serde(default)]
    pub(super) text: Texts,
    #[serde(default)]
    pub(super) handover_text: Texts,
    #[serde(default)]
    pub(super) topics: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Rule {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) patterns: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) payloads: Vec<String>,
    #[serde(default)]
    pub(super) text: Texts,
    #[serde(default)]
    pub(super) topics: Vec<String>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) note: Option<String>,
    #[serde(default)]
    pub(super) handover: Option<HandoverReason>,
    #[serde(default)]
    pub(super) resolve: bool,
    #[serde(default)]
    pub(super) silent: bool,
}
