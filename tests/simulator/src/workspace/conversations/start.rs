//! Starting a conversation as a customer.

use axum::{
    Form,
    extract::State,
    response::{Html, IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    acts,
    channels::ChannelSpec,
    contact::ContactSpec,
    conversation::Channel,
    history::Queue,
    moves::{Beginning, ContactMessage},
    refusal::Refusal,
    workspace::words,
    world::World,
};

use super::{Desk, list};

/// Media a customer can write over without an admin having added a channel: that makes one.
const MEDIA: [&str; 6] = ["rtm", "smooch-rtm", "whatsapp", "fb", "instagram", "sms"];

/// The form as it was filled in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Started {
    contact: String,
    /// `channel:ID`, or `medium:ID` for one that isn't there yet.
    channel: String,
    text: String,
    /// Id of a virtual agent; empty for the channel's own.
    agent: String,
}

pub(super) fn form(world: &World, typed: &Started, alert: Option<&str>) -> Markup {
    let option = |value: &str, label: &str| {
        html! { option value=(value) selected[typed.channel == value] { (label) } }
    };
    let contact = if typed.contact.is_empty() {
        "contact-1"
    } else {
        &typed.contact
    };
    html! {
        form.card.stack method="post" action="/workspace/conversations" aria-labelledby="start" {
            h2 #start { "Start a conversation as a customer" }
            @if let Some(alert) = alert { p.alert role="alert" { strong { "Not started. " } (words::sentence(alert)) "." } }
            p { label for="contact" { "Contact" }
                input #contact name="contact" value=(contact) required autocomplete="off"; }
            p { label for="channel" { "Channel" }
                select #channel name="channel" required {
                    @if world.channels.all().next().is_some() {
                        optgroup label="Channels" {
                            @for entry in world.channels.all() {
                                (option(&format!("channel:{}", entry.id),
                                    &words::channel(&entry.display_name, &entry.medium)))
                            }
                        }
                    }
                    optgroup label="A new channel" {
                        @for medium in MEDIA {
                            @if world.channels.get(&new_channel(world, medium).id).is_err() {
                                (option(&format!("medium:{medium}"), words::medium(medium)))
                            }
                        }
                    }
                }
            }
            p { label for="text" { "First message" }
                textarea #text name="text" rows="3" required { (typed.text) } }
            @if world.agents.len() > 1 {
                p { label for="agent" { "Bot" }
                    select #agent name="agent" {
                        option value="" { "The channel’s own" }
                        @for agent in world.agents.values() {
                            option value=(agent.id) selected[agent.id == typed.agent] { (agent.name) }
                        }
                    }
                }
            }
            p.actions { button.primary { "Start" } }
        }
    }
}

/// 303 to the conversation; the list with the form as it was, if it can't be started.
pub(super) async fn start(State(desk): State<Desk>, Form(given): Form<Started>) -> Response {
    match begin(&desk, &given) {
        Ok(id) => Redirect::to(&format!("/workspace/conversations/{id}")).into_response(),
        Err(refusal) => {
            let world = desk.app.world();
            let page = list::whole(&world, Queue::New, &given, Some(&refusal.text()));
            (refusal.status(), Html(page.into_string())).into_response()
        }
    }
}

fn begin(desk: &Desk, given: &Started) -> Result<String, Refusal> {
    let contact = given.contact.trim();
    let text = given.text.trim().replace("\r\n", "\n");
    if contact.is_empty() || text.is_empty() {
        return Err(Refusal::invalid("say who writes, and what"));
    }
    acts::start(&desk.app, |world| {
        let (medium, channel) = meant(world, &given.channel)?;
        Ok(Beginning {
            agent: Some(given.agent.clone()).filter(|agent| !agent.is_empty()),
            medium,
            channel,
            contact: ContactSpec::Name(contact.into()),
            language: None,
            message: Some(ContactMessage {
                text: Some(text),
                ..ContactMessage::default()
            }),
        })
    })
}

/// The medium and channel somebody chose.
fn meant(world: &World, choice: &str) -> Result<(String, Channel), Refusal> {
    match choice.split_once(':') {
        Some(("channel", id)) => {
            let entry = world.channels.get(id)?;
            Ok((entry.medium.clone(), entry.reference()))
        }
        Some(("medium", medium)) if MEDIA.contains(&medium) => {
            Ok((medium.into(), new_channel(world, medium)))
        }
        _ => Err(Refusal::invalid("choose a channel")),
    }
}

/// The channel that comes with the first conversation of a medium, named after it.
fn new_channel(world: &World, medium: &str) -> Channel {
    let name = words::medium(medium).to_owned();
    world.channels.meant(ChannelSpec::Name(name))
}
