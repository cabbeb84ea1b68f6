//! One rule: checked and compiled into its script.

use std::collections::{BTreeMap, BTreeSet};

use conversation::HandoverReason;
use regex::{Regex, RegexBuilder};
use sparkcentral::reply::MAX_NOTE_CHARS;

use super::file;
use super::language::{ANY, is_language};
use super::load::{End, Pattern, Problems, Rule, Script, check_topics, templates};
use super::template::{Template, is_alias};

/// Most bytes one compiled pattern may take, which also bounds the time it takes to compile.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;

/// Checks the rule and adds it. A rule with problems is added as far as it goes: the script it
/// becomes part of is dropped.
pub(super) fn compile(script: &mut Script, place: &str, rule: file::Rule, problems: &mut Problems) {
    let index = script.rules.len();
    if rule.patterns.values().all(Vec::is_empty) && rule.payloads.is_empty() {
        problems.add(place, "it can never match: add patterns or payloads");
    }
    check_effects(place, &rule, problems);
    check_topics(place, &rule.topics, problems);
    let end = end(place, &rule, problems);
    let has_payloads = !rule.payloads.is_empty();
    add_payloads(script, index, place, rule.payloads, problems);
    let first = script.patterns.len();
    for (language, patterns) in rule.patterns {
        if language != ANY && !is_language(&language) {
            problems.add(
                place,
                format!("patterns.{language} is no language: write a tag such as en, or {ANY}"),
            );
        }
        for (position, pattern) in patterns.iter().enumerate() {
            match pattern_regex(pattern) {
                Ok(regex) => {
                    let language = (language != ANY).then(|| language.clone());
                    script.patterns.push(Pattern {
                        rule: index,
                        language,
                        regex,
                    });
                }
                Err(problem) => {
                    let position = position + 1;
                    problems.add(
                        place,
                        format!("patterns.{language}, number {position}: {problem}"),
                    );
                }
            }
        }
    }
    let compiled = Rule {
        text: templates(place, rule.text, &script.default_language, problems),
        topics: rule.topics,
        attributes: attributes(place, rule.attributes, problems),
        note: rule
            .note
            .and_then(|note| note_template(place, &note, problems)),
        end,
    };
    check_captures(
        place,
        &compiled,
        &script.patterns[first..],
        has_payloads,
        problems,
    );
    script.rules.push(compiled);
}

fn check_effects(place: &str, rule: &file::Rule, problems: &mut Problems) {
    let does_something = !rule.text.is_empty()
        || !rule.topics.is_empty()
        || !rule.attributes.is_empty()
        || rule.note.is_some()
        || rule.handover.is_some()
        || rule.resolve;
    if !does_something && !rule.silent {
        problems.add(
            place,
            "it does nothing: add text, or silent = true to stay silent on purpose",
        );
    }
    if rule.silent && !rule.text.is_empty() {
        problems.add(place, "it is silent and has text: remove one of the two");
    }
}

fn end(place: &str, rule: &file::Rule, problems: &mut Problems) -> Option<End> {
    use HandoverReason::{BotAsked, ContactAsked, NotUnderstood};
    match (rule.handover, rule.resolve) {
        (Some(_), true) => {
            problems.add(place, "it hands over and resolves: remove one of the two");
            None
        }
        (Some(reason @ (ContactAsked | BotAsked | NotUnderstood)), false) => {
            Some(End::Handover(reason))
        }
        (Some(_), false) => {
            problems.add(
                place,
                "this handover reason is not a bot's to give: use contact_asked, bot_asked or not_understood",
            );
            None
        }
        (None, true) => Some(End::Resolve),
        (None, false) => None,
    }
}

fn add_payloads(
    script: &mut Script,
    index: usize,
    place: &str,
    payloads: Vec<String>,
    problems: &mut Problems,
) {
    for payload in payloads {
        let payload = payload.trim().to_owned();
        if payload.is_empty() {
            problems.add(place, "a payload is empty: write or remove it");
        } else if script.payloads.insert(payload.clone(), index).is_some() {
            problems.add(
                place,
                format!("payload {payload} is used twice: keep it in one rule"),
            );
        }
    }
}

/// Compiles a pattern. The error says what to do.
fn pattern_regex(pattern: &str) -> Result<Regex, String> {
    if pattern.trim().is_empty() {
        return Err("it is empty: write or remove it".to_owned());
    }
    let regex = RegexBuilder::new(&super::straight_quotes(pattern))
        .case_insensitive(true)
        .size_limit(MAX_PATTERN_BYTES)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                "it is too large: use smaller repetitions, or [0-9] and [a-z] in place of \\d and \\w"
                    .to_owned()
            }
            other => format!("correct the regular expression: {}", one_line(&other.to_string())),
        })?;
    if regex.is_match("") {
        return Err(
            "it matches an empty text, and so every text: let it ask for something".to_owned(),
        );
    }
    Ok(regex)
}

/// The last line of the regex crate's drawing: what is wrong, without the drawing.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

fn attributes(
    place: &str,
    attributes: BTreeMap<String, String>,
    problems: &mut Problems,
) -> BTreeMap<String, Template> {
    let mut compiled = BTreeMap::new();
    for (alias, value) in attributes {
        if !is_alias(&alias) {
            problems.add(
                place,
                format!("attribute {alias}: an alias is made of letters a-z and A-Z, digits and _"),
            );
        }
        match Template::parse(&value) {
            Ok(template) => {
                compiled.insert(alias, template);
            }
            Err(problem) => problems.add(place, format!("attribute {alias}: {problem}")),
        }
    }
    compiled
}

fn note_template(place: &str, note: &str, problems: &mut Problems) -> Option<Template> {
    if note.trim().is_empty() {
        problems.add(place, "the note is empty: write or remove it");
    }
    if note.chars().count() > MAX_NOTE_CHARS {
        problems.add(
            place,
            format!("the note is over {MAX_NOTE_CHARS} characters: shorten it"),
        );
    }
    Template::parse(note)
        .map_err(|problem| problems.add(place, format!("note: {problem}")))
        .ok()
}

/// Every value a text asks for must be there whichever way the rule matched.
fn check_captures(
    place: &str,
    rule: &Rule,
    patterns: &[Pattern],
    has_payloads: bool,
    problems: &mut Problems,
) {
    let texts = || {
        rule.text
            .values()
            .chain(rule.attributes.values())
            .chain(&rule.note)
    };
    let has =
        |pattern: &Pattern, name: &str| pattern.regex.capture_names().flatten().any(|n| n == name);
    for name in texts()
        .flat_map(Template::all_captures)
        .collect::<BTreeSet<_>>()
    {
        if !patterns.iter().any(|pattern| has(pattern, name)) {
            problems.add(
                place,
                format!("{{{name}}}: no pattern captures it: write (?<{name}>…)"),
            );
        }
    }
    for name in texts()
        .flat_map(Template::needed_captures)
        .collect::<BTreeSet<_>>()
    {
        let some = patterns.iter().any(|pattern| has(pattern, name));
        let all = patterns.iter().all(|pattern| has(pattern, name)) && !has_payloads;
        if some && !all {
            problems.add(
                place,
                format!(
                    "{{{name}}} is not captured by every pattern (and never by a payload): \
                     write {{{name}|…}} with what to say then"
                ),
            );
        }
    }
}
