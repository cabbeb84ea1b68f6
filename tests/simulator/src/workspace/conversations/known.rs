//! What Sparkcentral has on record about a conversation and its contact.

use maud::{Markup, html};

use crate::{
    conversation::Conversation,
    survey::{Survey, SurveyStatus},
    workspace::words,
    world::World,
};

use super::{list, thread};

pub(super) fn facts(world: &World, conversation: &Conversation) -> Markup {
    let contact = world.contacts.get(&conversation.contact);
    html! {
        h2 { "What Sparkcentral knows" }
        dl.facts {
            div { dt { "Queue" } dd { (words::queue(conversation.queue)) } }
            div { dt { "Owner" } dd { (list::owner_badge(conversation)) } }
            div { dt { "Topics" } dd { (chips(&conversation.topics)) } }
            @if !conversation.ignored_topics.is_empty() {
                div { dt { "Unknown topics" } dd { (chips(&conversation.ignored_topics)) } }
            }
            div { dt { "Tags" } dd { (tags(conversation)) } }
            div { dt { "Notes" } dd {
                @if conversation.notes.is_empty() { (nothing()) }
                @for note in &conversation.notes { p.text { (note.text) " " span.muted { (words::clock(note.at)) } } }
            } }
            div { dt { "Attributes" } dd {
                @let attributes = contact.map_or(&[][..], |contact| &contact.attributes);
                @if attributes.is_empty() { (nothing()) }
                @for known in attributes {
                    p { strong { (known.attribute) } ": " (known.value) " "
                        span.muted { "(" (words::plain(&known.source.to_lowercase())) ")" } }
                }
            } }
            @if let Some(contact) = contact {
                div { dt { "Contact" } dd {
                    (contact.profile.primary_identifier)
                    @if !contact.profile.secondary_identifier.is_empty() { ", " (contact.profile.secondary_identifier) }
                    @if contact.profile.vip { " " span.badge.warn { "VIP" } }
                } }
            }
            @if let Some(answer) = &conversation.csat { div { dt { "Survey" } dd { (survey(answer)) } } }
            @if !conversation.attachments.is_empty() {
                div { dt { "Uploads" } dd {
                    @for upload in &conversation.attachments {
                        p { (upload.name) " " span.muted { "(" (upload.content_type) ", " (thread::bytes(upload.size)) ")" } }
                    }
                } }
            }
        }
        details.fold data-key="history" {
            summary { "History of moves " span.count { (conversation.history.len()) } }
            div.scroll tabindex="0" role="group" aria-label="History of moves" { (history(conversation)) }
        }
    }
}

fn nothing() -> Markup {
    html! { span.muted { "none" } }
}

fn chips(names: &[String]) -> Markup {
    html! {
        @if names.is_empty() { (nothing()) }
        @for name in names { span.chip { (name) } " " }
    }
}

fn tags(conversation: &Conversation) -> Markup {
    html! {
        @if conversation.tags.is_empty() { (nothing()) }
        @for tag in &conversation.tags {
            @let message = conversation.messages.iter().find(|message| message.id == tag.message_id);
            @let text = message.and_then(|message| message.text.as_deref()).unwrap_or_default();
            p { span.chip { (tag.tag) } " " span.muted { "on “" (words::beginning(text, 40)) "”" } }
        }
    }
}

fn survey(survey: &Survey) -> Markup {
    html! {
        @match (survey.status, survey.score) {
            (SurveyStatus::Successful, Some(score)) => { (score) " of 5" }
            (SurveyStatus::Successful, None) => { "answered" }
            (SurveyStatus::Skipped, _) => { "skipped" }
            (SurveyStatus::NoResponse, _) => { "no answer" }
            (SurveyStatus::NotRecognized, _) => { "an answer that wasn’t understood" }
        }
        @if let Some(comment) = &survey.comment { ": " (comment) }
    }
}

fn history(conversation: &Conversation) -> Markup {
    html! {
        table {
            thead { tr { th { "Time" } th { "What happened" } th { "Queue" } th { "Owner" } } }
            tbody {
                @for change in &conversation.history {
                    tr {
                        td { (words::clock(change.at)) }
                        td {
                            (words::moved(change))
                            @if let Some(resolution) = &change.resolution {
                                @for said in [&resolution.reason, &resolution.comment].into_iter().flatten() {
                                    br; span.muted { (said) }
                                }
                            }
                        }
                        td { (words::queue(change.queue)) }
                        td { (words::owner(change.owner.as_ref())) }
                    }
                }
            }
        }
    }
}
