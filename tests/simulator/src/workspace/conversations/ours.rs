//! What our system did with a conversation: what it tells itself, and between that what went over the wire.

use maud::{Markup, html};

use crate::{conversation::Conversation, workspace::words};

use super::{
    account::{Account, Delivery, Entry, Handover},
    asking::{Told, virtual_agent},
    calls,
};

/// Milliseconds after which a page asks again by itself: where something is under way, of which the
/// simulator isn't told.
pub(super) fn ask_again_after(conversation: &Conversation, told: &Told) -> Option<u32> {
    let delivered = conversation.undelivered.is_empty();
    match told {
        Told::NoAddress => None,
        Told::Asked => Some(1_000),
        Told::Account(account) if !account.is_settled() => Some(1_500),
        Told::Account(_) | Told::Unknown if !delivered => Some(1_500),
        // An answer that was promised comes when it comes; an API that is away comes back some time.
        Told::Account(account) if !account.awaiting.is_empty() => Some(5_000),
        Told::Unavailable(_) => Some(5_000),
        Told::Account(_) | Told::Unknown => None,
    }
}

pub(super) fn did(conversation: &Conversation, told: &Told) -> Markup {
    let account = match told {
        Told::Account(account) => Some(&**account),
        _ => None,
    };
    html! {
        h2 { "What Sparkbridge did" }
        (part("state", "State", None, &html! {
            @match account {
                Some(account) => (state(conversation, account)),
                None => (nothing_told(conversation, told)),
            }
        }))
        (part("webhooks", "Webhooks", Some(conversation.webhooks.len()), &calls::webhooks(conversation)))
        @if let Some(account) = account {
            (part("turns", "Turns", Some(account.turns().count()), &turns(account)))
            (part("outbox", "Outbox", Some(account.outbox().count()), &outbox(account)))
        } @else {
            @let unknown = html! { p.muted { "Not known: see State." } };
            (part("turns", "Turns", None, &unknown))
            (part("outbox", "Outbox", None, &unknown))
        }
        (part("calls", "REST calls", Some(conversation.rest.len()), &calls::rest(conversation)))
    }
}

fn part(id: &str, name: &str, count: Option<usize>, inside: &Markup) -> Markup {
    html! {
        section.part #(id) aria-label=(name) {
            h3 { (name) @if let Some(count) = count { " " span.count { (count) } } }
            (inside)
        }
    }
}

fn nothing_told(conversation: &Conversation, told: &Told) -> Markup {
    let agent = virtual_agent(conversation);
    html! {
        @match told {
            Told::NoAddress => {
                @if let Some(agent) = agent {
                    p { "The agent " (agent) " was registered without its conversation API: what it did inside is not known here." }
                } @else {
                    p { "No bot has had this conversation." }
                }
            }
            Told::Unavailable(why) => {
                p.warning { strong { "Sparkbridge’s conversation API can’t be had. " } (why) }
                p.muted { "Everything else on this page is up to date. It is asked again every few seconds." }
            }
            Told::Unknown => p { "Sparkbridge has not heard of this conversation: no webhook has reached it." },
            Told::Asked | Told::Account(_) => p.muted { "Sparkbridge is being asked…" },
        }
    }
}

fn state(conversation: &Conversation, account: &Account) -> Markup {
    let unaware = account.state == "with_bot" && conversation.virtual_agent().is_none();
    let (class, what) = match account.state.as_str() {
        "with_bot" if unaware => ("", "The bot had it last, as far as Sparkbridge was told."),
        "with_bot" => ("good", "The bot answers."),
        "handing_over" => (
            "warn",
            "People were asked to take over. Sparkcentral has not confirmed it yet.",
        ),
        "with_agent" => ("", "People have it. The bot is not asked."),
        "resolved" => (
            "",
            "It is over. The bot is asked when Sparkcentral gives it the conversation again.",
        ),
        _ => ("", ""),
    };
    html! {
        p { span.badge.(class) { (words::sentence(&words::plain(&account.state))) } " " (what) }
        @if unaware {
            p.muted { "Sparkcentral tells bots nothing of what people do: the next call shows it." }
        }
        dl.facts {
            div { dt { "Episode" } dd { (account.episode) } }
            @if !account.changed_at.is_empty() { div { dt { "Changed" } dd { (words::clock_of(&account.changed_at)) } } }
            @if let Some(turn) = &account.in_flight {
                div { dt { "In flight" } dd { "The bot is being asked, until " (words::clock_of(&turn.until)) " at most" } }
            }
            @let waiting = account.waiting.len().max(usize::try_from(account.queued_turns).unwrap_or(usize::MAX));
            @if waiting > 0 { div { dt { "Waiting" } dd { (words::count(waiting, "turn")) " for the bot" } } }
            @if !account.awaiting.is_empty() {
                div { dt { "Promised" } dd { "The bot answers " (words::count(account.awaiting.len(), "turn")) " later" } }
            }
        }
        @if let Some(handover) = &account.handover { (handed_over(handover)) }
    }
}

fn handed_over(handover: &Handover) -> Markup {
    html! {
        div.box {
            p { strong { "Handover" } " because " (reason(&handover.reason)) " "
                span.muted { (words::clock_of(&handover.requested_at)) } }
            @if let Some(summary) = &handover.summary { p.text { (summary) } }
            @if !handover.topics.is_empty() { p { "Topics: " @for topic in &handover.topics { span.chip { (topic) } " " } } }
            @if !handover.profiles.is_empty() { p { "Profiles: " @for name in &handover.profiles { span.chip { (name) } " " } } }
        }
    }
}

/// After "because".
fn reason(name: &str) -> String {
    match name {
        "contact_asked" => "the contact asked for a person".into(),
        "bot_asked" => "the bot asked for people".into(),
        "not_understood" => "the bot did not understand, several times".into(),
        "bot_failed" => "the bot could not be reached, or gave answers that can’t be used".into(),
        "deadline" => "no answer came in time".into(),
        "delivery_failed" => "a reply could not be delivered".into(),
        "api_asked" => "somebody asked for it through the API".into(),
        "policy" => "a rule of the agent’s settings says so".into(),
        "agent_paused" => "the agent is paused".into(),
        other => words::plain(other),
    }
}

fn turns(account: &Account) -> Markup {
    html! {
        @if account.turns().next().is_none() { p.muted { "No event has become a turn yet." } }
        ul.steps { @for turn in account.turns() { (one_turn(account, turn)) } }
    }
}

fn one_turn(account: &Account, turn: &Entry) -> Markup {
    let id = turn.turn_id.as_deref().unwrap_or_default();
    let (class, outcome) = outcome(turn);
    let promised = account.awaiting.iter().any(|awaited| awaited == id);
    html! {
        li data-key={ "turn-" (id) } { details {
            summary {
                (words::clock_of(&turn.at)) " "
                span.what {
                    @match (&turn.text, turn.event.as_deref()) {
                        (Some(text), _) if !text.is_empty() => { "“" (words::beginning(text, 60)) "”" }
                        (_, Some("started")) => "Conversation started",
                        (_, Some("delegated")) => "Conversation delegated",
                        (_, Some(event)) => (words::sentence(&words::plain(event))),
                        (_, None) => "Event",
                    }
                }
                " " span.badge.(class) { (outcome) }
                @if promised { " " span.badge.warn { "answer promised" } }
            }
            dl.facts {
                div { dt { "Turn" } dd { code { (id) } } }
                @if let Some(episode) = turn.episode { div { dt { "Episode" } dd { (episode) } } }
                @if turn.outcome.as_deref() == Some("answered") { div { dt { "Answer" } dd { "in the webhook’s response" } } }
                @if let Some(reason) = &turn.reason { div { dt { "Reason" } dd { (words::plain(reason)) } } }
                @if let Some(into) = &turn.merged_into { div { dt { "Part of turn" } dd { code { (into) } } } }
                @if !turn.reply_ids.is_empty() {
                    div { dt { "Replies" } dd { @for id in &turn.reply_ids { code { (id) } " " } } }
                }
            }
        } }
    }
}

/// What became of a turn, in a few words.
fn outcome(turn: &Entry) -> (&'static str, String) {
    let (class, words) = match turn.outcome.as_deref().unwrap_or_default() {
        "in_progress" => ("warn", "the bot is being asked"),
        "queued" => ("warn", "waits for the bot"),
        "answered" => ("good", "answered at once"),
        "turned" if turn.later => ("", "the bot answers later"),
        "turned" if turn.reply_ids.is_empty() => ("", "the bot had nothing to say"),
        "turned" => ("good", "answered over REST"),
        "not_asked" => ("", "the bot was not asked"),
        "merged" => ("", "asked together with another"),
        "too_late" => ("warn", "answered too late: not sent"),
        "failed" => ("bad", "the bot failed: people were asked"),
        other => return ("", words::plain(other)),
    };
    (class, words.into())
}

fn outbox(account: &Account) -> Markup {
    html! {
        @if account.outbox().next().is_none() {
            p.muted { "Nothing had to be sent over REST: what was answered went in the webhooks’ responses." }
        }
        ul.steps { @for reply in account.outbox() { (one_reply(reply)) } }
    }
}

fn one_reply(reply: &Entry) -> Markup {
    let id = reply.reply_id.as_deref().unwrap_or_default();
    let delivery = reply.delivery.as_ref();
    let (class, delivered) = delivery.map_or(("", String::new()), delivered);
    html! {
        li data-key={ "reply-" (id) } { details {
            summary {
                (words::clock_of(&reply.at)) " "
                span.what { (from(&reply.from)) @if let Some(text) = &reply.text { ": “" (words::beginning(without_buttons(text), 50)) "”" } }
                " " span.badge.(class) { (delivered) }
            }
            dl.facts {
                div { dt { "Reply" } dd { code { (id) } } }
                @if let Some(turn) = &reply.turn_id { div { dt { "To turn" } dd { code { (turn) } } } }
                @if let Some(episode) = reply.episode { div { dt { "Episode" } dd { (episode) } } }
                @if let Some(attempts) = reply.attempts { div { dt { "Attempts" } dd { (attempts) } } }
                @if let Some(at) = delivery.and_then(|delivery| delivery.at.as_ref()) {
                    div { dt { "Settled" } dd { (words::clock_of(at)) } }
                }
                @if let Some(problem) = delivery.and_then(|delivery| delivery.problem.as_ref()) {
                    div { dt { "Problem" } dd { (problem) } }
                }
            }
            (calls::json(&reply.reply))
        } }
    }
}

/// A text up to its first shortcode.
fn without_buttons(text: &str) -> &str {
    let words = text.split("%[").next().unwrap_or_default();
    if words.trim().is_empty() { text } else { words }
}

fn from(source: &str) -> &str {
    match source {
        "bot" => "Bot’s answer",
        "api" => "Through the API",
        "handover" => "Handover to people",
        "sparkbridge" => "Text of the settings",
        other => other,
    }
}

fn delivered(delivery: &Delivery) -> (&'static str, String) {
    let (class, words) = match delivery.status.as_str() {
        "pending" => ("warn", "waits to be sent"),
        "sending" => ("warn", "is being sent"),
        "sent" => ("good", "sent"),
        "failed" => ("bad", "not delivered"),
        "unknown" => ("warn", "may have arrived: not sent again"),
        "dropped" => {
            let reason = delivery.reason.as_deref().unwrap_or_default();
            return ("warn", format!("not sent: {}", dropped(reason)));
        }
        other => return ("", words::plain(other)),
    };
    (class, words.into())
}

fn dropped(reason: &str) -> String {
    match reason {
        "not_assigned" => "no longer the bot’s".into(),
        "handing_over" => "people had been asked".into(),
        "with_agent" => "people had it".into(),
        "resolved" => "it was over".into(),
        "earlier_episode" => "of an earlier episode".into(),
        other => words::plain(other),
    }
}
