//! An order for exports as the control face takes it, and what it comes to.

use std::{collections::BTreeSet, time::Duration};

use chrono_tz::Tz;
use serde::Deserialize;
use url::form_urlencoded;

use crate::{
    exports::{kind::ExportType, scope::Window},
    moment::Moment,
    refusal::Refusal,
};

/// The longest wait an order can ask for, milliseconds.
const LONGEST_MS: u64 = 600_000;

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportFault {
    /// Only the first half is there until it is completed.
    HalfWritten,
    /// The file is written in pieces, for `grow_ms`.
    Growing,
    /// Begins with U+FEFF.
    Bom,
    /// Lines end with CR and LF.
    Crlf,
    RenamedHeaders,
    ExtraColumn,
    /// The rows of all windows before this one are in it again.
    RestatedRows,
    /// Takes the name and the place of the newest file of its type.
    SameName,
}

/// The body of `POST /sim/exports`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderSpec {
    types: Option<BTreeSet<ExportType>>,
    from: Option<String>,
    to: Option<String>,
    timezone: Option<String>,
    #[serde(default)]
    faults: BTreeSet<ExportFault>,
    complete_after_ms: Option<u64>,
    grow_ms: Option<u64>,
}

/// How a file comes to be on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    AtOnce,
    /// The other half after a time, or when it is asked for.
    Halves(Option<Duration>),
    /// All of it in this time.
    Growing(Duration),
}

/// An order that makes sense.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) types: BTreeSet<ExportType>,
    pub(crate) window: Window,
    /// What `restated_rows` restates.
    pub(crate) earlier: Option<Window>,
    pub(crate) zone: Tz,
    pub(crate) faults: BTreeSet<ExportFault>,
    pub(crate) pace: Pace,
}

impl OrderSpec {
    /// # Errors
    /// [`Refusal::Invalid`] names the field that makes no sense.
    pub(crate) fn checked(self, started: Moment, now: Moment) -> Result<Order, Refusal> {
        let has = |fault| self.faults.contains(&fault);
        let rules = [
            (
                self.types.as_ref().is_none_or(|types| !types.is_empty()),
                "types names no export: leave it out for all",
            ),
            (
                !(has(ExportFault::HalfWritten) && has(ExportFault::Growing)),
                "half_written and growing exclude each other",
            ),
            (
                self.complete_after_ms.is_none() || has(ExportFault::HalfWritten),
                "complete_after_ms belongs to half_written",
            ),
            (
                self.grow_ms.is_none() || has(ExportFault::Growing),
                "grow_ms belongs to growing",
            ),
            (
                [self.complete_after_ms, self.grow_ms]
                    .iter()
                    .flatten()
                    .all(|&ms| ms <= LONGEST_MS),
                "complete_after_ms and grow_ms are at most 600000",
            ),
            (
                !has(ExportFault::RestatedRows) || self.from.is_some(),
                "restated_rows restates what is before from: give one",
            ),
        ];
        if let Some((_, rule)) = rules.iter().find(|(kept, _)| !kept) {
            return Err(Refusal::invalid(*rule));
        }
        let window = window(self.from.as_deref(), self.to.as_deref(), started, now)?;
        let earlier = Window {
            from: started.second().min(window.from),
            to: window.from,
        };
        let zone = self.timezone.as_deref().unwrap_or("UTC");
        let pace = if has(ExportFault::HalfWritten) {
            Pace::Halves(self.complete_after_ms.map(Duration::from_millis))
        } else if has(ExportFault::Growing) {
            Pace::Growing(Duration::from_millis(self.grow_ms.unwrap_or(1000)))
        } else {
            Pace::AtOnce
        };
        Ok(Order {
            window,
            earlier: has(ExportFault::RestatedRows).then_some(earlier),
            zone: zone.parse().map_err(|_| {
                Refusal::invalid("timezone is no IANA name, such as Europe/Brussels")
            })?,
            pace,
            types: self.types.unwrap_or_else(|| ExportType::ALL.into()),
            faults: self.faults,
        })
    }
}

/// The window of `?from&to`, as in an order.
///
/// # Errors
/// [`Refusal::Invalid`].
pub(crate) fn window_of_query(
    query: &str,
    started: Moment,
    now: Moment,
) -> Result<Window, Refusal> {
    let (mut from, mut to) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "from" => from = Some(value),
            "to" => to = Some(value),
            _ => return Err(Refusal::invalid(format!("unknown parameter {name}"))),
        }
    }
    window(from.as_deref(), to.as_deref(), started, now)
}

/// File names tell full seconds: the default window begins with the one the simulator started in and ends
/// with the one it is now.
fn window(
    from: Option<&str>,
    to: Option<&str>,
    started: Moment,
    now: Moment,
) -> Result<Window, Refusal> {
    let read = |name, text: Option<&str>, default| match text {
        None => Ok(default),
        Some(text) => Moment::parse(text)
            .ok_or_else(|| Refusal::invalid(format!("{name} is no time as RFC 3339 writes it"))),
    };
    let window = Window {
        from: read("from", from, started.second())?,
        to: read("to", to, now.second().plus(Duration::from_secs(1)))?,
    };
    if window.from >= window.to {
        return Err(Refusal::invalid("from is not before to"));
    }
    Ok(window)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(body: Value) -> Result<Order, Refusal> {
        let spec: OrderSpec = serde_json::from_value(body).unwrap();
        let now = Moment::from_unix(100).plus(Duration::from_millis(1));
        spec.checked(Moment::from_unix(10), now)
    }

    #[test]
    fn the_default_is_everything_so_far_in_full_seconds() {
        let order = checked(json!({})).unwrap();
        assert_eq!(order.types.len(), 12);
        assert_eq!(order.window.from, Moment::from_unix(10));
        assert_eq!(order.window.to, Moment::from_unix(101));
        assert_eq!((order.zone, order.pace), (Tz::UTC, Pace::AtOnce));
    }

    #[test]
    fn an_order_that_makes_no_sense_is_refused() {
        for body in [
            json!({"types": []}),
            json!({"timezone": "Brussels"}),
            json!({"from": "yesterday"}),
            json!({"from": "1970-01-01T01:00:00Z"}),
            json!({"to": "1970-01-01T00:00:10Z"}),
            json!({"grow_ms": 1}),
            json!({"complete_after_ms": 1}),
            json!({"faults": ["growing"], "grow_ms": 600_001}),
            json!({"faults": ["growing", "half_written"]}),
            json!({"faults": ["restated_rows"]}),
        ] {
            let refused = matches!(checked(body.clone()), Err(Refusal::Invalid(_)));
            assert!(refused, "{body}");
        }
    }

    #[test]
    fn a_query_gives_the_window_an_order_would_have() {
        let query = "from=1970-01-01T01:00:20%2B01:00";
        let (started, now) = (Moment::from_unix(10), Moment::from_unix(100));
        let window = window_of_query(query, started, now).unwrap();
        assert_eq!(window.from, Moment::from_unix(20));
        assert!(window_of_query("since=1", started, now).is_err());
    }
}
