//! The form that orders exports.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    exports::ExportType,
    refusal::Refusal,
    workspace::fields::{Attempt, Fields, alert, typed},
};

pub(super) const FORM: &str = "order";

/// Value, name, and what it does.
const FAULTS: [(&str, &str, &str); 8] = [
    (
        "half_written",
        "Half written",
        "only the first half is there, until it is completed",
    ),
    ("growing", "Growing", "comes in ten pieces"),
    ("bom", "Byte order mark", "begins with U+FEFF"),
    ("crlf", "CR LF", "lines end as on Windows"),
    (
        "renamed_headers",
        "Renamed headers",
        "some columns have the other names the vendor's pages give them",
    ),
    (
        "extra_column",
        "Extra column",
        "a second column nobody knows",
    ),
    (
        "restated_rows",
        "Restated rows",
        "rows from before the window come again; needs From",
    ),
    (
        "same_name",
        "Same name",
        "takes the place of the newest file of its type",
    ),
];

/// Offered beside whatever is typed.
const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Brussels",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Tokyo",
];

fn value(kind: ExportType) -> Value {
    json!(kind)
}

pub(super) fn form(attempt: Option<&Attempt>) -> Markup {
    let ticked = |field: &str, value: &str, at_first: bool| {
        attempt.map_or(at_first, |attempt| attempt.fields.ticks(field, value))
    };
    html! {
        form #order.card method="post" action="/workspace/exports#order" aria-labelledby="order-heading" {
            h2 #order-heading { "Write exports" }
            (alert(attempt))
            fieldset {
                legend { "Types" }
                div.checks {
                    @for kind in ExportType::ALL {
                        @let value = value(kind);
                        @let value = value.as_str().unwrap_or_default();
                        label.check {
                            input type="checkbox" name="types" value=(value) checked[ticked("types", value, true)];
                            span { (kind.title()) }
                        }
                    }
                }
            }
            details open[attempt.is_some()] {
                summary { "Window and time zone" }
                div.grid {
                    (moment("from", "From (UTC)", "Empty: since the simulator began.", attempt))
                    (moment("to", "To (UTC)", "Not included. Empty: until now.", attempt))
                    div.field {
                        label for="timezone" { "Time zone" }
                        input #timezone name="timezone" list="zones" value=(typed(attempt, "timezone", "UTC"))
                            autocomplete="off" spellcheck="false" aria-describedby="timezone-hint";
                        datalist #zones { @for zone in ZONES { option value=(zone) {} } }
                        p #timezone-hint.hint { "Of all cells, and of the stamps in names." }
                    }
                }
            }
            details open[attempt.is_some()] {
                summary { "Faults: what can be wrong with a file" }
                fieldset {
                    legend { "Faults" }
                    div.checks.wide {
                        @for (value, name, meaning) in FAULTS {
                            div {
                                label.check {
                                    input type="checkbox" name="faults" value=(value) checked[ticked("faults", value, false)]
                                        aria-describedby={ (value) "-hint" };
                                    span { (name) }
                                }
                                p.hint id={ (value) "-hint" } { (meaning) }
                            }
                        }
                    }
                    div.grid {
                        (seconds("complete_after", "Complete half written after (seconds)", "Empty: with the button at the files.", attempt))
                        (seconds("grow", "Growing takes (seconds)", "Empty: 1.", attempt))
                    }
                }
            }
            button.primary { "Write exports" }
        }
    }
}

fn moment(field: &str, label: &str, hint: &str, attempt: Option<&Attempt>) -> Markup {
    html! {
        div.field {
            label for=(field) { (label) }
            input id=(field) name=(field) type="datetime-local" step="1" value=(typed(attempt, field, ""))
                aria-describedby={ (field) "-hint" };
            p.hint id={ (field) "-hint" } { (hint) }
        }
    }
}

fn seconds(field: &str, label: &str, hint: &str, attempt: Option<&Attempt>) -> Markup {
    html! {
        div.field {
            label for=(field) { (label) }
            input id=(field) name=(field) type="number" min="0" max="600" step="any"
                value=(typed(attempt, field, "")) aria-describedby={ (field) "-hint" };
            p.hint id={ (field) "-hint" } { (hint) }
        }
    }
}

/// What the form comes to, as the control face takes it.
///
/// # Errors
/// [`Refusal::Invalid`]: no type, or a number that is none.
pub(super) fn spec(fields: &Fields) -> Result<Value, Refusal> {
    let types: Vec<_> = fields.all("types").collect();
    if types.is_empty() {
        return Err(Refusal::invalid("tick at least one type"));
    }
    Ok(json!({
        "types": types,
        "from": fields.given("from").map(in_utc),
        "to": fields.given("to").map(in_utc),
        "timezone": fields.given("timezone"),
        "faults": fields.all("faults").collect::<Vec<_>>(),
        "complete_after_ms": millis(fields, "complete_after", "Complete half written after")?,
        "grow_ms": millis(fields, "grow", "Growing takes")?,
    }))
}

/// A browser's field gives no zone, and no seconds where they are 0.
fn in_utc(local: &str) -> String {
    match local.len() {
        16 => format!("{local}:00Z"),
        19 => format!("{local}Z"),
        _ => local.into(),
    }
}

fn millis(fields: &Fields, field: &str, label: &str) -> Result<Option<u64>, Refusal> {
    let seconds = fields.number(field, label)?;
    let wrong = || Refusal::invalid(format!("{label} takes 0 to 600 seconds"));
    let read = |seconds: f64| {
        let time = std::time::Duration::try_from_secs_f64(seconds).ok();
        let millis = time.and_then(|time| u64::try_from(time.as_millis()).ok());
        millis.ok_or_else(wrong)
    };
    seconds.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_an_order() {
        let sent = "types=messages&types=contacts&from=2026-01-02T03%3A04&to=2026-01-02T03%3A04%3A05\
                    &timezone=+&faults=half_written&complete_after=1.5&grow=";
        assert_eq!(
            spec(&Fields::read(sent.as_bytes())).unwrap(),
            json!({
                "types": ["messages", "contacts"],
                "from": "2026-01-02T03:04:00Z",
                "to": "2026-01-02T03:04:05Z",
                "timezone": null,
                "faults": ["half_written"],
                "complete_after_ms": 1500,
                "grow_ms": null,
            })
        );
    }

    #[test]
    fn what_is_no_order_is_refused_in_the_forms_words() {
        for (sent, words) in [
            ("", "type"),
            ("types=messages&grow=x", "Growing takes"),
            (
                "types=messages&complete_after=-1",
                "Complete half written after",
            ),
        ] {
            let refused = spec(&Fields::read(sent.as_bytes())).unwrap_err().text();
            assert!(refused.contains(words), "{refused}");
        }
    }

    #[test]
    fn each_fault_of_the_form_is_one_the_simulator_knows() {
        for (value, ..) in FAULTS {
            let known: Result<crate::exports::ExportFault, _> =
                serde_json::from_value(json!(value));
            assert!(known.is_ok(), "{value}");
        }
    }
}
