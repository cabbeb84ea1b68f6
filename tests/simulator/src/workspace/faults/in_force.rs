//! The faults that were switched on, what they struck, and the webhooks that are under way.

use maud::{Markup, html};

use super::kinds;
use crate::{
    faults::Fault,
    moment::Moment,
    workspace::{shown::segment, words},
    world::World,
};

/// So many conversations are named.
const NAMED: usize = 5;

pub(super) fn table(world: &World, now: Moment) -> Markup {
    let faults = world.faults.all();
    // A hit of a call about no conversation and a time that is over are told nobody.
    let changes = faults.iter().any(|fault| !fault.spent(now));
    html! {
        section #in-force.card data-live data-live-every=[changes.then_some("2000")] aria-labelledby="in-force-heading" {
            div.heading {
                h2 #in-force-heading { "Switched on" }
                form method="post" action="/workspace/faults/off" {
                    button #all-off disabled[faults.is_empty()] { "Switch all off" }
                }
            }
            @if faults.is_empty() {
                p { "No fault is on: everything goes well." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Faults so far" {
                    table aria-label="Faults" {
                        thead { tr {
                            th scope="col" { "Fault" } th scope="col" { "State" } th.number scope="col" { "Hits" }
                            th scope="col" { "Ends" } th scope="col" { "Strikes" } th scope="col" { "Only for" }
                        } }
                        // The newest first: somebody has just switched it on.
                        tbody { @for fault in faults.iter().rev() { (row(fault, now)) } }
                    }
                }
            }
            (undelivered(world))
        }
    }
}

fn row(fault: &Fault, now: Moment) -> Markup {
    let spec = &fault.spec;
    html! {
        tr {
            th scope="row" { (kinds::name(spec.fault)) }
            td { @if fault.spent(now) { span.badge { "Over" } } @else { span.badge.warn { "On" } } }
            td.number { (fault.hits) }
            td {
                @match (spec.count, fault.until) {
                    (Some(count), Some(until)) => { "after " (words::count(count as usize, "time")) " or at " (words::clock(until)) }
                    (None, Some(until)) => { "at " (words::clock(until)) }
                    (count, None) => { "after " (words::count(count.unwrap_or(1) as usize, "time")) }
                }
            }
            td { (kinds::struck(spec.fault, spec.on)) }
            td {
                @match (&spec.conversation, &spec.agent) {
                    (None, None) => "",
                    (conversation, agent) => {
                        @if let Some(id) = conversation { "conversation " code.path { (id) } " " }
                        @if let Some(id) = agent { "agent " code.path { (id) } }
                    }
                }
            }
        }
    }
}

/// What Sparkcentral still has to deliver.
fn undelivered(world: &World) -> Markup {
    let late: Vec<_> = world
        .conversations
        .iter()
        .filter(|(_, conversation)| !conversation.undelivered.is_empty())
        .collect();
    let events = late
        .iter()
        .map(|(_, conversation)| conversation.undelivered.len())
        .sum();
    html! {
        @if !late.is_empty() {
            p {
                (words::count(events, "webhook")) " not delivered yet, of "
                @for (id, _) in late.iter().take(NAMED) {
                    a href={ "/workspace/conversations/" (segment(id)) } { (id) } " "
                }
                @if late.len() > NAMED { "and " (words::count(late.len() - NAMED, "other")) }
            }
        }
    }
}
