//! What went over the wire about a conversation: webhooks to our system, and its calls of the REST API.

use maud::{Markup, html};
use serde_json::Value;

use crate::{
    conversation::Conversation,
    fault_spec::FaultKind,
    records::{Answer, RestCall, WebhookAttempt},
    workspace::words,
};

/// Every attempt, newest first.
pub(super) fn webhooks(conversation: &Conversation) -> Markup {
    let under_way = conversation.undelivered.len();
    html! {
        @if under_way > 0 { p.muted { "Under way: " (words::count(under_way, "event")) "." } }
        @if conversation.webhooks.is_empty() && under_way == 0 { p.muted { "Nothing was told to a bot yet." } }
        ul.steps { @for attempt in conversation.webhooks.iter().rev() { (webhook(attempt)) } }
    }
}

fn webhook(attempt: &WebhookAttempt) -> Markup {
    let (class, outcome) = outcome(attempt);
    html! {
        li data-key={ "webhook-" (attempt.key) "-" (attempt.attempt) "-" (attempt.copy) } { details {
            summary {
                (words::clock(attempt.at)) " "
                span.what {
                    (words::event(attempt.event))
                    @if attempt.copy > 0 { ", copy " (attempt.copy) }
                    @if attempt.attempt > 1 { ", attempt " (attempt.attempt) }
                }
                " " @if attempt.attempt > 0 { span.muted { (attempt.latency_ms) " ms" } }
                " " span.badge.(class) {
                    @if let Some(status) = attempt.status { (status) ", " }
                    (outcome)
                }
            }
            dl.facts {
                div { dt { "Key" } dd { code { (attempt.key) } } }
                div { dt { "Attempt" } dd { @if attempt.attempt == 0 { "never sent" } @else { (attempt.attempt) } } }
                @if let Some(error) = &attempt.error { div { dt { "Problem" } dd { (words::sentence(error)) } } }
                @if let Some(reason) = attempt.answer.as_ref().and_then(|answer| answer.reason.as_ref()) {
                    div { dt { "Not applied" } dd { (words::sentence(reason)) } }
                }
                @if let Some(answer) = &attempt.answer { (ignored(&answer.ignored)) }
            }
            @if let Some(answer) = &attempt.answer { (json(&answer.body)) }
        } }
    }
}

fn outcome(attempt: &WebhookAttempt) -> (&'static str, String) {
    match (&attempt.answer, attempt.attempt) {
        (
            Some(Answer {
                applied: true,
                body,
                ..
            }),
            _,
        ) => match asked_for(body) {
            asked if asked.is_empty() => ("good", "received".into()),
            asked => ("good", asked),
        },
        (Some(_), _) => ("warn", "answer not applied".into()),
        (None, 0) => ("", "not sent".into()),
        (None, _) if attempt.status.is_some() => ("bad", "failed".into()),
        (None, _) => ("bad", "no answer".into()),
    }
}

/// Every call, newest first.
pub(super) fn rest(conversation: &Conversation) -> Markup {
    html! {
        @if conversation.rest.is_empty() { p.muted { "Sparkcentral’s REST API was not called." } }
        ul.steps {
            @for (number, call) in conversation.rest.iter().enumerate().rev() { (rest_call(number, call)) }
        }
    }
}

fn rest_call(number: usize, call: &RestCall) -> Markup {
    let lost = call.faults.contains(&FaultKind::DropAfterAccept);
    let (look, outcome) = match call.status < 300 {
        true if lost => ("warn", "applied, answer lost"),
        true => ("good", "applied"),
        false => ("bad", "refused"),
    };
    let asked = asked_for(&call.body);
    html! {
        li data-key={ "call-" (number) } { details {
            summary {
                (words::clock(call.at)) " "
                span.what {
                    @if !asked.is_empty() { (words::sentence(&asked)) }
                    @else if call.path.contains("/attachments/") { "Upload of a file" }
                    @else { @if call.body.is_null() { "Call that was not read" } @else { "Call without content" } }
                }
                " " span.muted { (call.latency_ms) " ms" }
                " " span.badge.(look) { (call.status) ", " (outcome) }
            }
            dl.facts {
                div { dt { "Call" } dd { code { (call.method) " " (call.path) } } }
                @if let Some(error) = &call.error { div { dt { "Problem" } dd { (words::sentence(error)) } } }
                @if !call.faults.is_empty() {
                    div { dt { "Faults" } dd { @for fault in &call.faults { span.chip { (words::plain(&name(fault))) } " " } } }
                }
                (ignored(&call.ignored))
            }
            (json(&call.body))
        } }
    }
}

/// What serde calls it.
fn name(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn ignored(parts: &[String]) -> Markup {
    html! {
        @if !parts.is_empty() {
            div { dt { "Without effect" } dd { @for part in parts { p { (words::sentence(part)) } } } }
        }
    }
}

/// The parts of a reply by name: "message, topics, handover".
fn asked_for(body: &Value) -> String {
    let Some(fields) = body.as_object() else {
        return String::new();
    };
    let named = fields.iter().filter(|(_, value)| !value.is_null());
    let parts: Vec<_> = named.map(|(field, value)| part(field, value)).collect();
    parts.join(", ")
}

fn part(field: &str, value: &Value) -> String {
    match (field, value.as_str()) {
        ("sendMessage", _) => "message".into(),
        ("sendMessages", _) => "messages".into(),
        ("indicateTyping", Some("START")) => "typing".into(),
        ("indicateTyping", _) => "no more typing".into(),
        ("applyTopics", _) => "topics".into(),
        ("applyTags", _) => "tags".into(),
        ("setContactAttributes", _) => "attributes".into(),
        ("applyConversationNotes", _) => "notes".into(),
        ("complete", Some("HANDOVER")) => "handover".into(),
        ("complete", Some("RESOLVED")) => "resolved".into(),
        (other, _) => other.into(),
    }
}

/// As it went over the wire, for who wants to know it exactly.
pub(super) fn json(body: &Value) -> Markup {
    let empty = body.is_null() || body.as_object().is_some_and(serde_json::Map::is_empty);
    html! {
        @if !empty { pre { (serde_json::to_string_pretty(body).unwrap_or_default()) } }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_is_told_by_its_parts() {
        for (body, parts) in [
            (json!({}), ""),
            (json!(null), ""),
            (
                json!({"sendMessage": {"text": "a"}, "complete": null}),
                "message",
            ),
            (
                json!({"applyTopics": ["a"], "complete": "HANDOVER"}),
                "topics, handover",
            ),
            (json!({"indicateTyping": "STOP"}), "no more typing"),
            (json!({"brandNew": 1}), "brandNew"),
        ] {
            assert_eq!(asked_for(&body), parts, "{body}");
        }
    }
}
