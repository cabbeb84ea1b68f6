//! From a rules file to compiled rules, or to everything that is wrong in it.

use std::collections::{BTreeMap, BTreeSet};

use conversation::HandoverReason;
use regex::Regex;

use super::file::{self, File, Texts};
use super::language::is_language;
use super::rule;
use super::template::Template;
use crate::RuleProblem;

/// Language to compiled text.
pub(super) type Templates = BTreeMap<String, Template>;

/// Rules, ready to answer.
pub(super) struct Script {
    pub(super) default_language: String,
    /// Languages the file has texts in.
    pub(super) languages: BTreeSet<String>,
    pub(super) started: Templates,
    pub(super) delegated: Templates,
    pub(super) no_text: Templates,
    pub(super) fallback: Fallback,
    pub(super) rules: Vec<Rule>,
    /// In the file's order: the first that matches wins.
    pub(super) patterns: Vec<Pattern>,
    /// Payload to index of its rule.
    pub(super) payloads: BTreeMap<String, usize>,
}

pub(super) struct Fallback {
    pub(super) handover_after: u32,
    pub(super) text: Templates,
    pub(super) handover_text: Templates,
    pub(super) topics: Vec<String>,
}

pub(super) struct Rule {
    pub(super) text: Templates,
    pub(super) topics: Vec<String>,
    pub(super) attributes: BTreeMap<String, Template>,
    pub(super) note: Option<Template>,
    pub(super) end: Option<End>,
}

/// How a rule ends the bot's part.
#[derive(Clone, Copy)]
pub(super) enum End {
    Handover(HandoverReason),
    Resolve,
}

pub(super) struct Pattern {
    /// Index of its rule.
    pub(super) rule: usize,
    /// `None`: it belongs to no language.
    pub(super) language: Option<String>,
    pub(super) regex: Regex,
}

/// What is wrong, collected.
#[derive(Default)]
pub(super) struct Problems(Vec<RuleProblem>);

impl Problems {
    pub(super) fn add(&mut self, place: &str, problem: impl Into<String>) {
        self.0.push(RuleProblem {
            place: place.to_owned(),
            problem: problem.into(),
        });
    }
}

/// Reads, checks and compiles a file of rules.
pub(super) fn load(rules: &str) -> Result<Script, Vec<RuleProblem>> {
    let mut unknown = Vec::new();
    let file: File = toml::Deserializer::parse(rules)
        .and_then(|toml| serde_ignored::deserialize(toml, |key| unknown.push(key.to_string())))
        .map_err(|error| vec![unreadable(rules, &error)])?;
    let mut problems = Problems::default();
    for key in unknown {
        let (place, key) = place_of(&file, &key);
        problems.add(
            &place,
            format!("{key} is an unknown key: correct or remove it"),
        );
    }
    let script = compile(file, &mut problems);
    if problems.0.is_empty() {
        Ok(script)
    } else {
        Err(problems.0)
    }
}

fn compile(file: File, problems: &mut Problems) -> Script {
    let default = file.default_language;
    if !is_language(&default) {
        problems.add(
            "default_language",
            "write a lower-case language tag such as en or pt-br",
        );
    }
    let fallback = file.fallback;
    if !(1..=10).contains(&fallback.handover_after) {
        problems.add(
            "fallback",
            "handover_after must be 1 to 10 messages in a row",
        );
    }
    if fallback.handover_after > 1 && fallback.text.is_empty() {
        problems.add(
            "fallback",
            "add text: it is said to messages that no rule understands",
        );
    }
    if file.no_text.is_empty() {
        problems.add(
            "no_text",
            "add a text: it is said to messages without text, such as pictures",
        );
    }
    check_topics("fallback", &fallback.topics, problems);
    // Messages of their own have no pattern, so no captures either.
    let mut plain = |place: &str, texts| {
        let templates = templates(place, texts, &default, problems);
        for name in templates
            .values()
            .flat_map(Template::needed_captures)
            .collect::<BTreeSet<_>>()
        {
            problems.add(
                place,
                format!("{{{name}}} has no value here: only rules capture values"),
            );
        }
        templates
    };
    let mut script = Script {
        started: plain("greeting.started", file.greeting.started),
        delegated: plain("greeting.delegated", file.greeting.delegated),
        no_text: plain("no_text", file.no_text),
        fallback: Fallback {
            handover_after: fallback.handover_after,
            text: plain("fallback.text", fallback.text),
            handover_text: plain("fallback.handover_text", fallback.handover_text),
            topics: fallback.topics,
        },
        default_language: default,
        languages: BTreeSet::new(),
        rules: Vec::new(),
        patterns: Vec::new(),
        payloads: BTreeMap::new(),
    };
    let mut names = BTreeSet::new();
    for (index, rule) in file.rules.into_iter().enumerate() {
        let place = rule_place(index, &rule);
        if rule.name.trim().is_empty() {
            problems.add(&place, "give the rule a name");
        } else if !names.insert(rule.name.clone()) {
            problems.add(&place, "another rule has the same name: give each its own");
        }
        rule::compile(&mut script, &place, rule, problems);
    }
    let texts = [
        &script.started,
        &script.delegated,
        &script.no_text,
        &script.fallback.text,
    ];
    let languages = texts
        .into_iter()
        .chain(script.rules.iter().map(|rule| &rule.text));
    script.languages = languages.flat_map(BTreeMap::keys).cloned().collect();
    script
}

/// Compiles a text in its languages.
pub(super) fn templates(
    place: &str,
    texts: Texts,
    default: &str,
    problems: &mut Problems,
) -> Templates {
    if !texts.is_empty() && !texts.contains_key(default) {
        problems.add(
            place,
            format!("add the text in the file's default language, {default}"),
        );
    }
    let mut templates = Templates::new();
    for (language, text) in texts {
        if !is_language(&language) {
            problems.add(
                place,
                format!("{language} is no language: write a lower-case tag such as en or pt-br"),
            );
        }
        if text.trim().is_empty() {
            problems.add(
                place,
                format!("the text in {language} is empty: write or remove it"),
            );
        }
        match Template::parse(&text) {
            Ok(template) => {
                templates.insert(language, template);
            }
            Err(problem) => problems.add(place, format!("text in {language}: {problem}")),
        }
    }
    templates
}

pub(super) fn check_topics(place: &str, topics: &[String], problems: &mut Problems) {
    if topics.iter().any(|topic| topic.trim().is_empty()) {
        problems.add(
            place,
            "a topic is empty: write its name as in Sparkcentral, or remove it",
        );
    }
}

fn rule_place(index: usize, rule: &file::Rule) -> String {
    match rule.name.trim() {
        "" => format!("rule {} of the file", index + 1),
        name => format!("rule {name}"),
    }
}

/// Of a path such as `rules.2.patern`: the rule by its name, and the key.
fn place_of(file: &File, path: &str) -> (String, String) {
    let in_rule = || {
        let (index, key) = path.strip_prefix("rules.")?.split_once('.')?;
        let index = index.parse().ok()?;
        Some((rule_place(index, file.rules.get(index)?), key.to_owned()))
    };
    in_rule().unwrap_or_else(|| ("the file".to_owned(), path.to_owned()))
}

/// A file that TOML or the form of a rules file does not allow: reading stops at the first.
fn unreadable(rules: &str, error: &toml::de::Error) -> RuleProblem {
    let place = match error.span() {
        Some(span) => {
            let before = rules.get(..span.start).unwrap_or(rules);
            format!("line {}", before.matches('\n').count() + 1)
        }
        None => "the file".to_owned(),
    };
    RuleProblem {
        place,
        problem: error.message().to_owned(),
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
