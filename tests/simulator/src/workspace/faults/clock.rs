//! The simulator's clock, which can be put forward.

use std::time::Duration;

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    moment::Moment,
    refusal::Refusal,
    workspace::{
        fields::{Attempt, Fields, alert, typed},
        shown::{self, UNITS},
    },
};

pub(super) const FORM: &str = "clock";

pub(super) fn card(now: Moment, ahead: Duration, attempt: Option<&Attempt>) -> Markup {
    let unit = typed(attempt, "unit", "minutes");
    html! {
        section #clock.card aria-labelledby="clock-heading" {
            div.heading {
                h3 #clock-heading { "Clock" }
                p #clock-state data-live {
                    @if ahead.is_zero() {
                        span.badge { "Now" }
                    } @else {
                        span.badge.warn { (shown::duration(ahead)) " ahead" } " " (shown::at(now))
                    }
                }
            }
            p { "What is due by then happens at once: conversations are resolved, silent bots lose theirs. It can't be put back, and Sparkbridge keeps the real time." }
            (alert(attempt))
            form method="post" action="/workspace/clock#clock" aria-labelledby="clock-heading" {
                div.pair {
                    div.field {
                        label for="advance" { "Put forward by" }
                        input #advance name="advance" type="number" min="0" step="any" required
                            value=(typed(attempt, "advance", "5"));
                    }
                    div.field {
                        label for="advance-unit" { "Unit" }
                        select #advance-unit name="unit" {
                            @for (_, name, _) in UNITS.iter().rev() {
                                option value=(name) selected[*name == unit] { (name) }
                            }
                        }
                    }
                }
                button { "Advance the clock" }
            }
        }
    }
}

/// What the form comes to, as the control face takes it.
///
/// # Errors
/// [`Refusal::Invalid`]: no number, or no known unit.
pub(super) fn step(fields: &Fields) -> Result<Value, Refusal> {
    let wrong =
        || Refusal::invalid("Put forward by takes a number of seconds, minutes, hours or days");
    let number = fields
        .number("advance", "Put forward by")?
        .ok_or_else(wrong)?;
    let unit = fields.text("unit");
    let known = UNITS.iter().find(|(_, name, _)| *name == unit);
    let (_, _, seconds) = known.ok_or_else(wrong)?;
    Ok(json!({ "advance_seconds": number * f64::from(*seconds) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_read_with_its_unit() {
        let read = |sent: &str| step(&Fields::read(sent.as_bytes()));
        assert_eq!(
            read("advance=2&unit=minutes").unwrap(),
            json!({"advance_seconds": 120.0})
        );
        for bad in [
            "",
            "advance=2",
            "advance=x&unit=minutes",
            "advance=2&unit=years",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
