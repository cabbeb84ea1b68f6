//! A conversation as the contact and the agents see it.

use maud::{Markup, html};

use crate::{
    conversation::{Author, Conversation, Message, Via},
    history::Change,
    shortcodes::{Button, Rendered, Target},
    workspace::words,
};

enum Item<'a> {
    Message(&'a Message),
    Move(&'a Change),
}

impl Item<'_> {
    fn step(&self) -> u32 {
        match self {
            Item::Message(message) => message.step,
            Item::Move(change) => change.step,
        }
    }
}

/// Messages, and between them who had the conversation, in order.
pub(super) fn messages(conversation: &Conversation) -> Markup {
    let messages = conversation.messages.iter().map(Item::Message);
    let moves = conversation.history.iter().map(Item::Move);
    let mut items: Vec<_> = messages.chain(moves).collect();
    items.sort_by_key(Item::step);
    html! {
        @for item in &items {
            @match item {
                Item::Message(said) => { (message(conversation, said)) }
                Item::Move(change) => {
                    p.move data-key={ "move-" (change.step) } {
                        span { (words::moved(change)) } " " (words::clock(change.at))
                    }
                }
            }
        }
        @if conversation.typing { p.typing data-key="typing" { "The bot is typing…" } }
    }
}

fn message(conversation: &Conversation, message: &Message) -> Markup {
    let (class, who) = match message.author {
        Author::Contact => ("contact", "Customer"),
        Author::VirtualAgent => ("bot", "Bot"),
        Author::Human => ("human", "Agent"),
    };
    let tags = conversation
        .tags
        .iter()
        .filter(|tag| tag.message_id == message.id);
    html! {
        article.message.(class) data-key=(message.id) {
            p.by {
                strong { (who) } " "
                @if let Some(by) = &message.by { span { (by) } " " }
                span.muted { (words::clock(message.at)) (by_what_way(message.via)) }
            }
            @match &message.rendered {
                Some(rendered) => { (shown(conversation, message, rendered)) }
                None => {
                    @if let Some(text) = &message.text { p.text { (text) } }
                }
            }
            @if let Some(name) = &message.attachment { (attachment(conversation, message, name)) }
            @if let Some(payload) = &message.payload { p.small.muted { "Button’s payload: " code { (payload) } } }
            @for tag in tags { span.chip { "Tag: " (tag.tag) } }
        }
    }
}

fn by_what_way(via: Option<Via>) -> &'static str {
    match via {
        Some(Via::WebhookAnswer) => " · in the webhook’s answer",
        Some(Via::Rest) => " · over REST",
        Some(Via::Human) | None => "",
    }
}

/// A rich message as the contact has it: what sends something can be tapped.
fn shown(conversation: &Conversation, message: &Message, rendered: &Rendered) -> Markup {
    let Rendered {
        text,
        buttons,
        images,
        templates,
    } = rendered;
    let raw = message.text.as_deref().filter(|raw| raw.trim() != text);
    html! {
        @if !text.is_empty() { p.text { (text) } }
        @for url in images { p { "Picture: " (link(url, url)) } }
        @for template in templates { p { "Template: " code { (template) } } }
        @if !buttons.is_empty() {
            div.buttons {
                @for choice in buttons { (button(&conversation.id, choice)) }
            }
        }
        @if let Some(raw) = raw {
            details.small { summary { "As it was sent" } pre { (raw) } }
        }
    }
}

fn button(conversation: &str, button: &Button) -> Markup {
    let label = &button.label;
    match &button.leads_to {
        Target::Payload(_) => html! {
            form method="post" action={ "/workspace/conversations/" (conversation) "/tap" } data-act {
                button.tap name="label" value=(label) { (label) }
            }
        },
        Target::Url(url) => link(url, label),
        Target::Location => html! { span.chip { (label) " (asks where the contact is)" } },
    }
}

/// What somebody else names is opened elsewhere, and isn't told where it was found.
fn link(url: &str, label: &str) -> Markup {
    html! { a href=(url) target="_blank" rel="noopener noreferrer" { (label) } }
}

fn attachment(conversation: &Conversation, message: &Message, name: &str) -> Markup {
    let uploads = &conversation.attachments;
    let upload = uploads.iter().find(|upload| upload.name == name);
    html! {
        p.file { "File: " (name)
            @if message.author != Author::Contact {
                @if let Some(upload) = upload {
                    span.muted { " (" (upload.content_type) ", " (bytes(upload.size)) ")" }
                }
            }
        }
    }
}

pub(super) fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{} kB", size / 1_000),
        _ => format!("{}.{} MB", size / 1_000_000, size / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_in_its_unit() {
        for (size, told) in [(999, "999 bytes"), (1_000, "1 kB"), (2_560_000, "2.5 MB")] {
            assert_eq!(bytes(size), told);
        }
    }
}
