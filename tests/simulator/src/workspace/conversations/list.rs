//! The queues, and the conversations of one of them.

use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    conversation::{Author, Conversation, Message},
    history::{Owner, Queue},
    moment::Moment,
    workspace::{
        page::{Section, page},
        words,
    },
    world::World,
};

use super::{
    Desk,
    start::{self, Started},
};

/// More than a screen can take, and little enough to be quick.
const SHOWN: usize = 100;

#[derive(Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    queue: Option<Queue>,
}

pub(super) async fn show(State(desk): State<Desk>, Query(choice): Query<Choice>) -> Html<String> {
    let world = desk.app.world();
    let queue = choice.queue.unwrap_or(Queue::New);
    Html(whole(&world, queue, &Started::default(), None).into_string())
}

/// There is no list of all.
pub(super) async fn all() -> Redirect {
    Redirect::to("/workspace")
}

/// The page, with what was typed into the form and why nothing came of it.
pub(super) fn whole(world: &World, queue: Queue, typed: &Started, alert: Option<&str>) -> Markup {
    let body = html! {
        div #here hidden data-here={ "/workspace?queue=" (words::queue(queue)) } {}
        div.with-side {
            div {
                (queues(world, queue))
                section #list.card.flush aria-label={ (words::queue(queue)) " conversations" } data-live {
                    (conversations(world, queue))
                }
            }
            (start::form(world, typed, alert))
        }
    };
    page(Section::Conversations, "Conversations", &body)
}

fn queues(world: &World, here: Queue) -> Markup {
    let count = |queue| {
        world
            .conversations
            .values()
            .filter(|c| c.queue == queue)
            .count()
    };
    html! {
        nav #queues.tabs aria-label="Queues" data-live {
            @for queue in [Queue::New, Queue::Pending, Queue::Resolved] {
                a href={ "/workspace?queue=" (words::queue(queue)) }
                    aria-current=[(queue == here).then_some("page")] {
                    (words::queue(queue)) " " span.count { (count(queue)) }
                }
            }
        }
    }
}

fn conversations(world: &World, queue: Queue) -> Markup {
    let mut found: Vec<_> = world
        .conversations
        .values()
        .filter(|c| c.queue == queue)
        .collect();
    found.sort_by_key(|conversation| {
        std::cmp::Reverse(conversation.last_activity().map(Moment::unix_millis))
    });
    let left_out = found.len().saturating_sub(SHOWN);
    html! {
        @if found.is_empty() { (empty(world, queue)) }
        @else {
            ul.rows {
                @for conversation in found.into_iter().take(SHOWN) { (row(world, conversation)) }
            }
        }
        @if left_out > 0 {
            p.muted.more { "Not shown: " (words::count(left_out, "conversation")) " with older activity." }
        }
    }
}

fn empty(world: &World, queue: Queue) -> Markup {
    html! {
        div.empty {
            @if world.conversations.is_empty() {
                p { strong { "Nobody has written yet." } }
                @if world.agents.is_empty() {
                    p { "There is no bot either: conversations stay in New until one is registered with POST /sim/agents." }
                } @else {
                    p { "Write a first message and press Start: the bot picks it up." }
                    p { "Then ask for a person, and answer as an agent: all of it happens here." }
                }
            } @else {
                p { strong { "No conversation is " (match queue {
                    Queue::New => "waiting for a person",
                    Queue::Pending => "with the bot or an agent",
                    Queue::Resolved => "resolved",
                }) "." } }
                p { (match queue {
                    Queue::New => "New holds those nobody has: what the bot hands over arrives here.",
                    Queue::Pending => "Pending holds those somebody has: what the bot picks up arrives here.",
                    Queue::Resolved => "Resolved holds those that are over, until the contact writes again.",
                }) }
            }
        }
    }
}

fn row(world: &World, conversation: &Conversation) -> Markup {
    let id = &conversation.id;
    html! {
        li data-key=(id) {
            p.who {
                a href={ "/workspace/conversations/" (id) } { (contact_name(world, conversation)) }
                span.muted { (words::channel(channel_name(world, conversation), &conversation.medium)) }
            }
            p.when { @if let Some(at) = conversation.last_activity() { (words::clock(at)) } }
            p.snippet { (snippet(conversation.messages.last())) }
            p.marks {
                (owner_badge(conversation))
                @for topic in &conversation.topics { span.chip { (topic) } }
            }
        }
    }
}

pub(super) fn contact_name<'a>(world: &'a World, conversation: &'a Conversation) -> &'a str {
    let contact = world.contacts.get(&conversation.contact);
    contact.map_or(&conversation.contact.1, |contact| {
        &contact.profile.primary_identifier
    })
}

pub(super) fn channel_name<'a>(world: &'a World, conversation: &'a Conversation) -> &'a str {
    let channel = &conversation.channel;
    let entry = world.channels.get(&channel.id);
    entry.map_or(&channel.name, |entry| entry.shown_as(&channel.name))
}

/// Who has it, distinguished by words as much as by colour.
pub(super) fn owner_badge(conversation: &Conversation) -> Markup {
    let owner = words::owner(conversation.owner.as_ref());
    match &conversation.owner {
        Some(Owner::VirtualAgent { .. }) => html! { span.badge.bot { (words::sentence(&owner)) } },
        Some(Owner::Human { .. }) => html! { span.badge.human { "Agent " (owner) } },
        None if conversation.queue == Queue::Resolved => html! { span.muted { "Nobody has it" } },
        None => html! { span.badge.warn { "Nobody has it" } },
    }
}

/// Who spoke last, and the beginning of what was said.
fn snippet(message: Option<&Message>) -> Markup {
    let Some(message) = message else {
        return html! { span.muted { "No message yet" } };
    };
    let who = match message.author {
        Author::Contact => "Customer",
        Author::VirtualAgent => "Bot",
        Author::Human => "Agent",
    };
    let rendered = message
        .rendered
        .as_ref()
        .map(|rendered| rendered.text.as_str());
    let text = rendered.or(message.text.as_deref()).unwrap_or_default();
    html! {
        span.muted { (who) ": " }
        @if text.is_empty() { span.muted { (message.attachment.as_ref().map_or("no words", |_| "a file")) } }
        @else { (words::beginning(text, 140)) }
    }
}
