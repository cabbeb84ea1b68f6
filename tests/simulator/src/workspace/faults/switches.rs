//! A switch for each fault.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::kinds::{CALLS, Switch, WEBHOOKS, target};
use crate::{
    fault_spec::Target,
    moment::Moment,
    refusal::Refusal,
    workspace::{
        fields::{Attempt, Fields, alert, at, typed},
        words,
    },
    world::World,
};

/// Offered for the conversation's id; the newest.
const OFFERED: usize = 50;

pub(super) fn all(world: &World, now: Moment, attempt: Option<&Attempt>) -> Markup {
    html! {
        datalist #conversations {
            @for (id, conversation) in world.conversations.iter().rev().take(OFFERED) {
                option value=(id) { (words::medium(&conversation.medium)) " · " (conversation.channel.name) }
            }
        }
        h2 { "Webhooks" }
        div.cards { @for switch in &WEBHOOKS { (card(switch, world, now, attempt)) } }
        h2 { "Calls" }
        p.hint { "These strike what Sparkbridge sends through Sparkcentral's API. A bot that answers in time answers within the webhook, without a call, and meets none of them." }
        div.cards { @for switch in &CALLS { (card(switch, world, now, attempt)) } }
    }
}

fn card(switch: &Switch, world: &World, now: Moment, attempt: Option<&Attempt>) -> Markup {
    let attempt = at(attempt, switch.value);
    let fault = switch.value;
    let plain = words::plain(fault);
    let id = |field: &str| format!("{fault}-{field}");
    let on = world.faults.all().iter();
    let on = on
        .filter(|known| known.spec.fault == switch.kind && !known.spent(now))
        .count();
    html! {
        section.card id=(fault) aria-labelledby=(id("heading")) {
            div.heading {
                h3 id=(id("heading")) { (words::sentence(&plain)) }
                p id=(id("state")) data-live { @if on > 0 { span.badge.warn { "On" } } @else { span.badge { "Off" } } }
            }
            p id=(id("seen")) { (switch.seen) }
            (alert(attempt))
            form method="post" action={ "/workspace/faults#" (fault) } aria-labelledby=(id("heading"))
                aria-describedby=(id("seen")) {
                input type="hidden" name="fault" value=(fault);
                div.pair.narrow-first {
                    (number(&id("count"), "count", "Times", "1", (1, 1_000_000), attempt))
                    div.field {
                        label for=(id("conversation")) { "Conversation" }
                        input id=(id("conversation")) name="conversation" list="conversations" autocomplete="off"
                            spellcheck="false" placeholder="all" value=(typed(attempt, "conversation", ""));
                    }
                }
                details open[attempt.is_some()] {
                    summary { "More" }
                    (number(&id("seconds"), "seconds", "Seconds", "", (0, 86_400), attempt))
                    p.hint { "Whatever comes first ends it: the times or the seconds. Empty both: once." }
                    (agents(&id("agent"), world, attempt))
                    @if switch.on.len() > 1 { (targets(&id("on"), switch.on, attempt)) }
                    @if let Some(own) = &switch.own {
                        (number(&id(own.field), own.field, own.label, "", (own.min, own.max), attempt))
                        p.hint { (own.hint) }
                    }
                }
                button { "Switch on " (plain) }
            }
        }
    }
}

fn number(
    id: &str,
    field: &str,
    label: &str,
    at_first: &str,
    (min, max): (u32, u32),
    attempt: Option<&Attempt>,
) -> Markup {
    let step = if field == "seconds" { "any" } else { "1" };
    html! {
        div.field {
            label for=(id) { (label) }
            input id=(id) name=(field) type="number" min=(min) max=(max) step=(step) value=(typed(attempt, field, at_first));
        }
    }
}

fn agents(id: &str, world: &World, attempt: Option<&Attempt>) -> Markup {
    let chosen = typed(attempt, "agent", "");
    html! {
        div.field {
            label for=(id) { "Virtual agent" }
            select id=(id) name="agent" {
                option value="" { "All" }
                @for (id, agent) in &world.agents {
                    option value=(id) selected[id == chosen] { (agent.name) " (" (id) ")" }
                }
            }
        }
    }
}

fn targets(id: &str, on: &[Target], attempt: Option<&Attempt>) -> Markup {
    let chosen = typed(attempt, "on", "conversations");
    html! {
        div.field {
            label for=(id) { "On" }
            select id=(id) name="on" {
                @for (value, name) in on.iter().copied().map(target) {
                    option value=(value) selected[value == chosen] { (name) }
                }
            }
        }
    }
}

/// What a form comes to, as the control face takes it.
///
/// # Errors
/// [`Refusal::Invalid`]: a number that is none.
pub(super) fn spec(fields: &Fields) -> Result<Value, Refusal> {
    Ok(json!({
        "fault": fields.text("fault"),
        "count": fields.whole("count", "Times")?,
        "seconds": fields.number("seconds", "Seconds")?,
        "conversation": fields.given("conversation"),
        "agent": fields.given("agent"),
        "on": fields.given("on").unwrap_or("conversations"),
        "status": fields.whole("status", "Status")?,
        "delay_ms": fields.whole("delay_ms", "Delay")?,
        "copies": fields.whole("copies", "Copies")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::kinds::named;
    use super::*;
    use crate::{
        control::read,
        fault_spec::{
            FaultSpec,
            Target::{Conversations, Presence, Token},
        },
    };

    fn check(sent: &str) -> Result<(), Refusal> {
        let spec: FaultSpec = read(spec(&Fields::read(sent.as_bytes()))?)?;
        spec.check()
    }

    #[test]
    fn each_switch_offers_what_its_fault_can_strike_and_nothing_else() {
        for switch in WEBHOOKS.iter().chain(&CALLS) {
            let fault = switch.value;
            assert_eq!(json!(switch.kind), fault);
            for on in [Conversations, Token, Presence] {
                let offered = if switch.on.is_empty() {
                    on == Conversations
                } else {
                    switch.on.contains(&on)
                };
                let sent = format!("fault={fault}&count=1&on={}", target(on).0);
                assert_eq!(check(&sent).is_ok(), offered, "{sent}");
            }
        }
    }

    #[test]
    fn each_field_of_its_own_is_taken_within_its_bounds() {
        let own = WEBHOOKS.iter().chain(&CALLS);
        for (fault, own) in own.filter_map(|switch| Some((switch.value, switch.own.as_ref()?))) {
            for (number, fits) in [(own.min, true), (own.max, true), (own.max + 1, false)] {
                let sent = format!("fault={fault}&{}={number}", own.field);
                assert_eq!(check(&sent).is_ok(), fits, "{sent}");
            }
        }
    }

    #[test]
    fn empty_fields_are_left_to_the_fault() {
        let sent = "fault=slow&count=&seconds=&conversation=&agent=&on=conversations&delay_ms=";
        assert!(check(sent).is_ok());
        assert!(check("fault=slow&count=many").is_err());
        assert!(check("fault=weather").is_err());
        assert_eq!(named("weather"), None);
    }
}
