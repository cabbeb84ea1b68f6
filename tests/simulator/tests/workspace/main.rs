//! The conversations in the workspace, as a browser without script has them.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod conversation;
mod live;
mod queues;
mod safety;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::{Bot, Sim, browsing::Shown, quick};

pub(crate) async fn with_bot() -> (Sim, Bot) {
    let (sim, bot) = (Sim::start(quick()).await, Bot::start().await);
    sim.agent(&bot.url, json!({})).await;
    (sim, bot)
}

/// Starts a conversation with the form on the list and returns its id.
pub(crate) async fn start(sim: &Sim, contact: &str, text: &str) -> String {
    let fields = [
        ("contact", contact),
        ("channel", "medium:rtm"),
        ("text", text),
    ];
    let started = sim.submit("/workspace/conversations", &fields).await;
    id_of(&started)
}

pub(crate) fn id_of(started: &Shown) -> String {
    assert_eq!(started.status, 303, "{}", started.page);
    let location = started.location.as_deref().unwrap();
    location
        .strip_prefix("/workspace/conversations/")
        .unwrap()
        .into()
}

pub(crate) async fn delivered(sim: &Sim, id: &str) -> Value {
    sim.until(id, |now| now["undelivered_webhooks"] == 0).await
}
