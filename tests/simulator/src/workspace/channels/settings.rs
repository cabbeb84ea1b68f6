//! A channel's page: its settings, or what became of Twitter's authorisation.

use std::time::Duration;

use maud::{Markup, html};
use serde_json::{Value, json};

use super::{access, address, name};
use crate::{
    channels::{
        access::Team,
        settings::Entry,
        twitter::{self, Asked, Standing},
    },
    history::Queue,
    refusal::Refusal,
    workspace::{
        fields::{Attempt, Fields, alert, typed, warning},
        shown::{self, UNITS, in_units},
        words,
    },
};

/// The form of the settings.
pub(super) const FORM: &str = "settings";

pub(super) fn body(
    entry: &Entry,
    teams: &[Team],
    saved: bool,
    attempt: Option<&Attempt>,
) -> Markup {
    html! {
        (back())
        @if saved { p.notice role="status" { "Saved." } }
        section.card aria-labelledby="about-heading" {
            h2 #about-heading { "About" }
            (about(entry))
        }
        form.card method="post" action=(address(&entry.id)) aria-labelledby="settings-heading" {
            h2 #settings-heading { "Settings" }
            (alert(attempt))
            div.field.limited {
                label for="display-name" { "Display name" }
                input #display-name name="display_name" value=(typed(attempt, "display_name", &entry.display_name))
                    required maxlength="255" autocomplete="off" aria-describedby="display-name-hint";
                p #display-name-hint.hint { "What agents see, 1 to 255 characters. The exports show it, too." }
            }
            (ownership(entry, attempt))
            fieldset {
                legend { "Auto-resolve" }
                p.hint { "Conversations are resolved so long after the last message or change." }
                div.grid.pairs {
                    (waiting(NEW, entry, attempt))
                    (waiting(PENDING, entry, attempt))
                }
            }
            (access::fields(&entry.access, teams, attempt))
            button.primary { "Save" }
        }
    }
}

fn back() -> Markup {
    html! { p { a href="/workspace/channels" { "All channels" } } }
}

fn about(entry: &Entry) -> Markup {
    html! {
        dl.facts {
            div { dt { "Name" } dd { (name(entry)) } }
            div { dt { "Medium" } dd { (words::medium(&entry.medium)) } }
            @if let Some(url) = &entry.url { div { dt { "Twitter channel URL" } dd { (url) } } }
            div { dt { "Id" } dd { code { (entry.id) } } }
            div {
                dt { "Added" }
                dd { (shown::at(entry.added_at)) @if entry.implicit { ", by a conversation that named it" } }
            }
        }
    }
}

fn ownership(entry: &Entry, attempt: Option<&Attempt>) -> Markup {
    let on = attempt.map_or(entry.auto_ownership, |attempt| {
        attempt.fields.ticks("auto_ownership", "on")
    });
    html! {
        fieldset {
            legend { "Ownership" }
            label.check {
                input type="checkbox" name="auto_ownership" value="on" checked[on] aria-describedby="ownership-hint";
                span { "Auto-ownership" }
            }
            p #ownership-hint.hint { "The first agent who replies has the conversation until it is resolved. Without it nobody has it after a reply, unless somebody takes it." }
        }
    }
}

/// A time of auto-resolve: queue, its field, its label, the name of its unit's field.
type Wait = (Queue, &'static str, &'static str, &'static str);

const NEW: Wait = (Queue::New, "new", "Resolve New after", "new_unit");
const PENDING: Wait = (
    Queue::Pending,
    "pending",
    "Resolve Pending after",
    "pending_unit",
);

fn waiting(
    (queue, field, label, unit_field): Wait,
    entry: &Entry,
    attempt: Option<&Attempt>,
) -> Markup {
    let known = entry.auto_resolve.after(queue).unwrap_or(Duration::ZERO);
    let (number, unit) = in_units(known);
    let number = number.to_string();
    let unit = typed(attempt, unit_field, unit);
    html! {
        div.pair {
            div.field {
                label for=(field) { (label) }
                input id=(field) name=(field) type="number" min="0" step="any" required
                    value=(typed(attempt, field, &number));
            }
            div.field {
                label for=(unit_field) { "Unit" span.visually-hidden { " of " (label) } }
                select id=(unit_field) name=(unit_field) {
                    @for (_, name, _) in UNITS {
                        option value=(name) selected[name == unit] { (name) }
                    }
                }
            }
        }
    }
}

/// What the form comes to, as the control face takes it.
///
/// # Errors
/// [`Refusal::Invalid`]: a time that is no number, or of no known unit.
pub(super) fn edit(fields: &Fields) -> Result<Value, Refusal> {
    Ok(json!({
        "display_name": fields.text("display_name"),
        "auto_ownership": fields.ticks("auto_ownership", "on"),
        "auto_resolve": {"new_seconds": seconds(fields, NEW)?, "pending_seconds": seconds(fields, PENDING)?},
        "access": access::edit(fields),
    }))
}

fn seconds(fields: &Fields, (_, field, label, unit_field): Wait) -> Result<f64, Refusal> {
    let number = fields.number(field, label)?.filter(|&number| number > 0.0);
    let number = number.ok_or_else(|| Refusal::invalid(format!("{label} takes more than 0")))?;
    let unit = fields.text(unit_field);
    let known = UNITS.iter().find(|(_, name, _)| *name == unit);
    let (_, _, seconds) = known
        .ok_or_else(|| Refusal::invalid(format!("{label}: days, hours, minutes or seconds")))?;
    Ok(number * f64::from(*seconds))
}

/// A channel that was asked for, of which Twitter has said nothing good yet.
pub(super) fn not_there_yet(asked: &Asked) -> Markup {
    html! {
        (back())
        section #asked.card data-live aria-labelledby="asked-heading" {
            h2 #asked-heading { "Twitter's authorisation" }
            @match asked.standing {
                Standing::WaitingForAuthorization => {
                    p role="status" {
                        span.badge.warn { "Waiting" }
                        " Twitter waits for the account's owner, until " (words::clock(asked.expires))
                        ". Until then there is no channel."
                    }
                    p { a.button href=(asked.page) { "Go to Twitter" } }
                }
                Standing::Cancelled => {
                    (warning("The authorisation was cancelled: no channel was added."))
                    (again())
                }
                Standing::Expired => {
                    (warning("The authorisation has expired: no channel was added."))
                    (again())
                }
            }
        }
    }
}

fn again() -> Markup {
    html! {
        form method="post" action="/workspace/channels" {
            input type="hidden" name="medium" value=(twitter::MEDIUM);
            button.primary { "Ask Twitter again" }
        }
    }
}

pub(super) fn no_channel(refusal: &Refusal) -> Markup {
    html! { (warning(&refusal.text())) (back()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(times: &str) -> Result<Value, Refusal> {
        edit(&Fields::read(
            format!("display_name=Shop&{times}").as_bytes(),
        ))
    }

    #[test]
    fn a_time_is_read_with_its_unit() {
        let edit = sent("new=1.5&new_unit=hours&pending=30&pending_unit=days").unwrap();
        assert_eq!(
            edit["auto_resolve"],
            json!({"new_seconds": 5400.0, "pending_seconds": 2_592_000.0})
        );
        assert_eq!(edit["auto_ownership"], false);
    }

    #[test]
    fn a_time_that_is_none_is_refused_by_its_label() {
        for times in [
            "new=&new_unit=days&pending=1&pending_unit=days",
            "new=0&new_unit=days&pending=1&pending_unit=days",
            "new=x&new_unit=days&pending=1&pending_unit=days",
            "new=1&new_unit=years&pending=1&pending_unit=days",
        ] {
            let refused = sent(times).unwrap_err().text();
            assert!(refused.contains("Resolve New after"), "{refused}");
        }
    }
}
