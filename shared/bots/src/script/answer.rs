//! From a turn to an answer. Pure.

use std::collections::BTreeMap;

use conversation::{Action, Answer, HandoverReason, ReplyAction, Trigger, Turn};
use regex::Captures;
use sparkcentral::reply::MAX_NOTE_CHARS;

use super::language::{known, pick};
use super::load::{End, Rule, Script, Templates};
use super::session::Session;
use super::template::Values;

/// Most bytes of a message that patterns look at: bounds the time of a turn, and what a rule can
/// mean stands at the beginning.
const MAX_MATCHED_BYTES: usize = 4 * 1024;

/// Answers one turn.
pub(super) fn answer(script: &Script, turn: &Turn) -> Answer {
    let before = Session::read(&turn.session);
    let mut session = before.clone();
    let actions = match &turn.trigger {
        Trigger::Started => greet(script, turn, &mut session, &script.started),
        Trigger::Delegated => greet(script, turn, &mut session, &script.delegated),
        Trigger::Message { text, payload, .. } => {
            let text = matched_text(text);
            match find(script, &text, payload.as_deref()) {
                Found::Rule(rule, language, captures) => {
                    session.misses = 0;
                    if let Some(language) = language {
                        session.language = Some(language.to_owned());
                    }
                    let language = language_of(script, turn, &session);
                    apply(script, rule, language, &values(turn, captures))
                }
                Found::Nothing(texts) => miss(script, turn, &mut session, texts),
            }
        }
    };
    // Where Sparkcentral detects the language there is nothing to remember.
    if detected(script, turn).is_some() {
        session.language.clone_from(&before.language);
    }
    Answer {
        actions,
        session: session.changed(&before),
    }
}

enum Found<'s, 't> {
    Rule(&'s Rule, Option<&'s str>, Option<Captures<'t>>),
    /// No rule; what to say until people are asked.
    Nothing(&'s Templates),
}

fn find<'s, 't>(script: &'s Script, text: &'t str, payload: Option<&str>) -> Found<'s, 't> {
    let payload = payload.map(str::trim).filter(|payload| !payload.is_empty());
    let tapped = payload.and_then(|payload| script.payloads.get(payload));
    if let Some(rule) = tapped.and_then(|index| script.rules.get(*index)) {
        return Found::Rule(rule, None, None);
    }
    if text.is_empty() {
        let nothing_at_all = payload.is_none();
        return Found::Nothing(if nothing_at_all {
            &script.no_text
        } else {
            &script.fallback.text
        });
    }
    for pattern in &script.patterns {
        if pattern.regex.is_match(text)
            && let Some(rule) = script.rules.get(pattern.rule)
        {
            return Found::Rule(
                rule,
                pattern.language.as_deref(),
                pattern.regex.captures(text),
            );
        }
    }
    Found::Nothing(&script.fallback.text)
}

fn greet(script: &Script, turn: &Turn, session: &mut Session, texts: &Templates) -> Vec<Action> {
    session.misses = 0;
    said(
        script,
        texts,
        language_of(script, turn, session),
        &values(turn, None),
    )
}

fn apply(script: &Script, rule: &Rule, language: &str, values: &Values<'_>) -> Vec<Action> {
    let mut actions = said(script, &rule.text, language, values);
    push_topics(&mut actions, &rule.topics);
    let attributes: BTreeMap<String, String> = rule
        .attributes
        .iter()
        .map(|(alias, value)| (alias.clone(), value.fill_data(values)))
        .filter(|(_, value)| !value.trim().is_empty())
        .collect();
    if !attributes.is_empty() {
        actions.push(Action::Attributes { attributes });
    }
    if let Some(note) = &rule.note {
        let text: String = note.fill(values).chars().take(MAX_NOTE_CHARS).collect();
        if !text.trim().is_empty() {
            actions.push(Action::Note { text });
        }
    }
    match rule.end {
        Some(End::Handover(reason)) => actions.push(Action::hand_over(Some(reason))),
        Some(End::Resolve) => actions.push(Action::Resolve),
        None => {}
    }
    actions
}

fn miss(script: &Script, turn: &Turn, session: &mut Session, texts: &Templates) -> Vec<Action> {
    let fallback = &script.fallback;
    session.misses = session.misses.saturating_add(1);
    let language = language_of(script, turn, session);
    let values = values(turn, None);
    if session.misses < fallback.handover_after {
        return said(script, texts, language, &values);
    }
    session.misses = 0;
    let mut actions = said(script, &fallback.handover_text, language, &values);
    push_topics(&mut actions, &fallback.topics);
    actions.push(Action::hand_over(Some(HandoverReason::NotUnderstood)));
    actions
}

fn said(script: &Script, texts: &Templates, language: &str, values: &Values<'_>) -> Vec<Action> {
    pick(texts, language, &script.default_language)
        .map(|template| (template.fill(values), template.is_rich()))
        .filter(|(text, _)| !text.trim().is_empty())
        .map(|(text, rich_text)| {
            Action::Reply(ReplyAction {
                text: Some(text),
                rich_text,
                ..ReplyAction::default()
            })
        })
        .into_iter()
        .collect()
}

fn push_topics(actions: &mut Vec<Action>, topics: &[String]) {
    if !topics.is_empty() {
        actions.push(Action::Topics {
            topics: topics.to_vec(),
        });
    }
}

fn values<'a>(turn: &'a Turn, captures: Option<Captures<'a>>) -> Values<'a> {
    Values {
        captures,
        details: turn.internal.channel_details.as_ref(),
    }
}

/// Sparkcentral's language where the file speaks it, else that of the last pattern that matched.
fn language_of<'a>(script: &'a Script, turn: &Turn, session: &Session) -> &'a str {
    let remembered = || known(session.language.as_deref()?, &script.languages);
    detected(script, turn)
        .or_else(remembered)
        .unwrap_or(&script.default_language)
}

fn detected<'a>(script: &'a Script, turn: &Turn) -> Option<&'a str> {
    known(turn.language.as_deref()?, &script.languages)
}

/// The part of a message that patterns see: its beginning, without white space around it, with one
/// kind of apostrophe.
fn matched_text(text: &str) -> String {
    let text = text.trim();
    let end = text.floor_char_boundary(MAX_MATCHED_BYTES);
    super::straight_quotes(&text[..end])
}
