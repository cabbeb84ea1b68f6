//! One conversation: on the left as people see it, on the right what our system did.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    refusal::Refusal,
    workspace::{
        page::{Section, page},
        words,
    },
    world::World,
};

use super::{Desk, asking::Told, compose, known, list, ours, thread};

/// What stands in the forms, and why nothing came of them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// The human agent who acts.
    pub(super) agent: String,
    /// As the customer.
    #[serde(skip)]
    pub(super) message: String,
    #[serde(skip)]
    pub(super) file: String,
    /// As the agent.
    #[serde(skip)]
    pub(super) reply: String,
    /// The virtual agent to delegate to.
    #[serde(skip)]
    pub(super) bot: String,
    #[serde(skip)]
    pub(super) comment: String,
    #[serde(skip)]
    pub(super) alert: Option<String>,
}

/// Who acts, unless somebody says otherwise.
pub(super) const AGENT: &str = "agent-1";

impl Typed {
    pub(super) fn agent(&self) -> &str {
        if self.agent.is_empty() {
            AGENT
        } else {
            &self.agent
        }
    }
}

/// A conversation's page, for an agent who isn't the usual one with the name in the query.
pub(super) fn address(id: &str, agent: &str) -> String {
    let path = format!("/workspace/conversations/{id}");
    if agent.is_empty() || agent == AGENT {
        return path;
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("agent", agent)
        .finish();
    format!("{path}?{query}")
}

pub(super) async fn show(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Query(typed): Query<Typed>,
) -> Response {
    answer(&desk, &id, StatusCode::OK, &typed).await
}

/// The address of a form's answer, asked for again.
pub(super) async fn back(Path(id): Path<String>) -> Redirect {
    Redirect::to(&address(&id, ""))
}

/// The page as an answer; 404 where there is no such conversation.
pub(super) async fn answer(desk: &Desk, id: &str, status: StatusCode, typed: &Typed) -> Response {
    let told = desk.answers.about(&desk.app, id).await;
    match whole(&desk.app.world(), id, &told, typed) {
        Ok(page) => (status, Html(page.into_string())).into_response(),
        Err(refusal) => (refusal.status(), Html(gone().into_string())).into_response(),
    }
}

fn gone() -> Markup {
    let body = html! {
        div.card.empty {
            p { strong { "There is no such conversation." } }
            p { "Its address is wrong, or the simulator was started anew: it keeps nothing." }
            p { a href="/workspace" { "All conversations" } }
        }
    };
    page(Section::Conversations, "Not found", &body)
}

fn whole(world: &World, id: &str, told: &Told, typed: &Typed) -> Result<Markup, Refusal> {
    let conversation = world.conversation(id)?;
    let queue = words::queue(conversation.queue);
    let body = html! {
        div #here hidden data-here=(address(id, &typed.agent)) {}
        div #summary.summary data-live {
            a href={ "/workspace?queue=" (queue) } { (queue) }
            (list::owner_badge(conversation))
            span { (words::channel(list::channel_name(world, conversation), &conversation.medium)) }
            @if let Some(language) = &conversation.language { span.muted { "Language: " (language) } }
            span.muted.id { (id) }
        }
        div.columns {
            section.card.conversation aria-label="Conversation" {
                div #alert data-answer {
                    @if let Some(alert) = &typed.alert {
                        p.alert role="alert" { strong { "Not done. " } (words::sentence(alert)) "." }
                    }
                }
                div #messages.log role="log" aria-label="Messages" tabindex="0" data-live="log" {
                    (thread::messages(conversation))
                }
                (compose::forms(world, conversation, typed))
            }
            div.side {
                section #known.card aria-label="What Sparkcentral knows" data-live {
                    (known::facts(world, conversation))
                }
                section #ours.card aria-label="What Sparkbridge did" data-live
                    data-live-every=[ours::ask_again_after(conversation, told)] {
                    (ours::did(conversation, told))
                }
            }
        }
    };
    let name = list::contact_name(world, conversation);
    Ok(page(Section::Conversations, name, &body))
}
