//! What the model can do beside talking, and what it asked for.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{Action, BedrockSettings, HandoverReason, QuickReply, ReplyAction};
use serde_json::{Value, json};
use sparkcentral::rich_text;

use super::wire::ToolUse;

const MAX_QUICK_REPLIES: usize = 10;
const MAX_LABEL_CHARS: usize = 80;
const MAX_SUMMARY_CHARS: usize = 2_000;
const REASONS: [HandoverReason; 3] = [
    HandoverReason::ContactAsked,
    HandoverReason::BotAsked,
    HandoverReason::NotUnderstood,
];

/// The tools that the settings allow.
pub(super) fn tools(settings: &BedrockSettings) -> Value {
    let tools = specifications(settings).into_iter();
    let tools = tools.map(|(name, description, schema)| {
        json!({"toolSpec": {
            "name": name,
            "description": description,
            "inputSchema": {"json": schema},
        }})
    });
    json!({ "tools": tools.collect::<Vec<_>>() })
}

fn specifications(settings: &BedrockSettings) -> Vec<(&'static str, &'static str, Value)> {
    let reasons = REASONS.map(HandoverReason::as_str);
    let mut tools = vec![(
        "handover",
        "Gives the conversation to a person. Use contact_asked when the contact wants a person, \
         not_understood when you can't make out what is wanted, bot_asked otherwise.",
        object(
            json!({
                "reason": {"type": "string", "enum": reasons},
                "summary": {
                    "type": "string",
                    "description": "What the person should know, in two or three sentences.",
                },
            }),
            &["reason", "summary"],
        ),
    )];
    if settings.may_resolve {
        tools.push((
            "resolve",
            "Closes the conversation. Only when the contact has nothing more to ask.",
            object(json!({}), &[]),
        ));
    }
    if !settings.topics.is_empty() {
        let topics = json!({
            "type": "array",
            "items": {"type": "string", "enum": settings.topics},
            "minItems": 1,
        });
        tools.push((
            "topics",
            "Notes what the conversation is about.",
            object(json!({"topics": topics}), &["topics"]),
        ));
    }
    if !settings.attributes.is_empty() {
        let attributes: serde_json::Map<_, _> = settings
            .attributes
            .iter()
            .map(|(alias, holds)| {
                (
                    alias.clone(),
                    json!({"type": "string", "description": holds}),
                )
            })
            .collect();
        tools.push((
            "attributes",
            "Notes what the contact told about themselves. Only what the contact said.",
            object(Value::Object(attributes), &[]),
        ));
    }
    if settings.quick_replies {
        let labels = json!({
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 20},
            "minItems": 1,
            "maxItems": MAX_QUICK_REPLIES,
        });
        tools.push((
            "reply",
            "Says something to the contact and offers short answers to tap, instead of writing the \
             text yourself.",
            object(
                json!({"text": {"type": "string"}, "quick_replies": labels}),
                &["text", "quick_replies"],
            ),
        ));
    }
    tools
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

/// What the model asked for, or what it is to be told about it. What the settings don't allow is not
/// done, whatever the model asks.
pub(super) fn action(
    used: &ToolUse<'_>,
    settings: &BedrockSettings,
) -> Result<Action, &'static str> {
    let input = used.input;
    match used.name {
        "handover" => Ok(handover(input)),
        "resolve" if settings.may_resolve => Ok(Action::Resolve),
        "topics" => topics(input, settings).ok_or("Error: none of these topics exists."),
        "attributes" => attributes(input, settings).ok_or("Error: no such attribute, or no value."),
        "reply" if settings.quick_replies => reply(input).ok_or("Error: the text is missing."),
        _ => Err("Error: there is no such tool."),
    }
}

fn handover(input: &Value) -> Action {
    let reason = input
        .get("reason")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let reason = REASONS
        .into_iter()
        .find(|known| known.as_str() == reason.trim());
    let summary = text(input.get("summary"));
    Action::Handover {
        reason: Some(reason.unwrap_or(HandoverReason::BotAsked)),
        profile: None,
        summary: summary.map(|summary| summary.chars().take(MAX_SUMMARY_CHARS).collect()),
    }
}

fn topics(input: &Value, settings: &BedrockSettings) -> Option<Action> {
    let named = input.get("topics")?;
    let named: Vec<&str> = match named {
        Value::String(topic) => vec![topic],
        named => named.as_array()?.iter().filter_map(Value::as_str).collect(),
    };
    let known = |name: &&str| {
        settings
            .topics
            .iter()
            .find(|topic| topic.eq_ignore_ascii_case(name.trim()))
    };
    let topics: Vec<String> = named.iter().filter_map(known).cloned().collect();
    (!topics.is_empty()).then_some(Action::Topics { topics })
}

fn attributes(input: &Value, settings: &BedrockSettings) -> Option<Action> {
    let attributes: BTreeMap<String, String> = settings
        .attributes
        .keys()
        .filter_map(|alias| Some((alias.clone(), text(input.get(alias))?)))
        .collect();
    (!attributes.is_empty()).then_some(Action::Attributes { attributes })
}

fn reply(input: &Value) -> Option<Action> {
    let labels = input.get("quick_replies").and_then(Value::as_array);
    let mut seen = BTreeSet::new();
    let quick_replies = labels
        .into_iter()
        .flatten()
        .filter_map(|label| text(Some(label)))
        // What could not be tapped or told apart is left out.
        .filter(|label| label.chars().count() <= MAX_LABEL_CHARS)
        .filter(|label| !rich_text::label(label).trim().is_empty())
        .filter(|label| seen.insert(label.to_lowercase()))
        .map(|label| QuickReply {
            label,
            payload: None,
        })
        .take(MAX_QUICK_REPLIES)
        .collect();
    Some(Action::Reply(ReplyAction {
        text: Some(text(input.get("text"))?),
        quick_replies,
        ..ReplyAction::default()
    }))
}

/// A value as text, where there is one.
fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}
