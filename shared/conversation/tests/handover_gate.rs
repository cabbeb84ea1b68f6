//! The gate of handovers: every combination of hours, holidays, presence, waiting time and policy,
//! held against a table that is read line by line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::{BTreeMap, BTreeSet};

use conversation::{
    Decision, GateAction, GatePolicy, HandoverReason, HandoverSettings, Moment, Opening, Presence,
    Waiting, gate,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Which part of the settings a moment falls under.
///
/// `hours` and `holiday` are clocks of [`CLOCKS`]; at least two people must be available, and nobody
/// shall wait for longer than ten minutes where a limit is set. `*` is any.
const PLACES: &str = "
| hours   | holiday  | presence | waiting            | limit | under  | why            |
|---------|----------|----------|--------------------|-------|--------|----------------|
| outside | no       | *        | *                  | *     | closed | outside_hours  |
| *       | all day  | *        | *                  | *     | closed | holiday        |
| outside | part     | *        | *                  | *     | closed | holiday        |
| within  | no, part | 0, 1     | *                  | *     | nobody | nobody         |
| within  | no, part | 2, 3, ?  | unknown, 9:59, 10:00 | *   | open   | open           |
| within  | no, part | 2, 3, ?  | 10:01, 3 h         | none  | open   | open           |
| within  | no, part | 2, 3, ?  | 10:01, 3 h         | 10:00 | busy   | busy           |
| within  | no, part | down     | unknown, 9:59, 10:00 | *   | open   | presence_down  |
| within  | no, part | down     | 10:01, 3 h         | none  | open   | presence_down  |
| within  | no, part | down     | 10:01, 3 h         | 10:00 | busy   | busy           |
| none    | no       | 0, 1     | *                  | *     | nobody | nobody         |
| none    | no       | 2, 3, ?  | unknown, 9:59, 10:00 | *   | open   | open           |
| none    | no       | 2, 3, ?  | 10:01, 3 h         | none  | open   | open           |
| none    | no       | 2, 3, ?  | 10:01, 3 h         | 10:00 | busy   | busy           |
| none    | no       | down     | unknown, 9:59, 10:00 | *   | open   | presence_down  |
| none    | no       | down     | 10:01, 3 h         | none  | open   | presence_down  |
| none    | no       | down     | 10:01, 3 h         | 10:00 | busy   | busy           |
";

/// What a part of the settings makes of a handover.
const OUTCOMES: &str = "
| action    | text | reason                        | becomes   | said |
|-----------|------|-------------------------------|-----------|------|
| hand_over | yes  | *                             | hand_over | yes  |
| hand_over | no   | *                             | hand_over | no   |
| keep_bot  | no   | *                             | hand_over | no   |
| keep_bot  | yes  | asked, confused, broken, rule | keep_bot  | yes  |
| keep_bot  | yes  | undelivered                   | hand_over | no   |
| resolve   | no   | *                             | hand_over | no   |
| resolve   | yes  | asked, confused, broken, rule | resolve   | yes  |
| resolve   | yes  | undelivered                   | hand_over | no   |
";

/// Business hours and a moment, as `hours` and `holiday` of [`PLACES`] name them. The hours are
/// Monday to Friday, 9 to 17 in Brussels; 2026-10-05 is a Monday, and summer time (UTC+2).
const CLOCKS: [(&str, &str, &str, &str); 9] = [
    ("none", "no", "", "2026-10-05T01:00:00Z"),
    ("within", "no", "", "2026-10-05T07:00:00Z"),
    ("within", "no", "", "2026-10-05T14:59:59Z"),
    ("outside", "no", "", "2026-10-05T06:59:59Z"),
    ("outside", "no", "", "2026-10-04T10:00:00Z"),
    (
        "within",
        "all day",
        "\"2026-10-05\" = []",
        "2026-10-05T10:00:00Z",
    ),
    (
        "outside",
        "all day",
        "\"2026-10-05\" = []",
        "2026-10-05T20:00:00Z",
    ),
    (
        "within",
        "part",
        "\"2026-10-05\" = [\"10:00-12:00\"]",
        "2026-10-05T08:00:00Z",
    ),
    (
        "outside",
        "part",
        "\"2026-10-05\" = [\"10:00-12:00\"]",
        "2026-10-05T10:00:00Z",
    ),
];

const PRESENCES: [(&str, Presence); 6] = [
    ("0", Presence::Known(0)),
    ("1", Presence::Known(1)),
    ("2", Presence::Known(2)),
    ("3", Presence::Known(3)),
    ("?", Presence::Unknown),
    ("down", Presence::Down),
];

const WAITS: [(&str, Waiting); 5] = [
    ("unknown", Waiting::Unknown),
    ("9:59", Waiting::Known(599)),
    ("10:00", Waiting::Known(600)),
    ("10:01", Waiting::Known(601)),
    ("3 h", Waiting::Known(10_800)),
];

const LIMITS: [(&str, Option<u64>); 2] = [("none", None), ("10:00", Some(600))];

const ACTIONS: [(&str, GateAction); 3] = [
    ("hand_over", GateAction::HandOver),
    ("keep_bot", GateAction::KeepBot),
    ("resolve", GateAction::Resolve),
];

const REASONS: [(&str, HandoverReason); 9] = [
    ("asked", HandoverReason::ContactAsked),
    ("asked", HandoverReason::BotAsked),
    ("asked", HandoverReason::ApiAsked),
    ("confused", HandoverReason::NotUnderstood),
    ("broken", HandoverReason::BotFailed),
    ("broken", HandoverReason::Deadline),
    ("undelivered", HandoverReason::DeliveryFailed),
    ("rule", HandoverReason::Policy),
    ("rule", HandoverReason::AgentPaused),
];

/// The one row whose first cells hold the values; its other cells. Rows must not contradict each other.
fn look_up<'a>(table: &'a str, values: &[&str]) -> Vec<&'a str> {
    let rows = table.trim().lines().skip(2);
    let cells = rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(str::trim).collect::<Vec<_>>()
    });
    let holds =
        |cell: &str, value: &str| cell == "*" || cell.split(',').any(|one| one.trim() == value);
    let found: Vec<_> = cells
        .filter(|row| {
            values
                .iter()
                .zip(row)
                .all(|(value, cell)| holds(cell, value))
        })
        .collect();
    assert_eq!(found.len(), 1, "rows for {values:?}");
    found[0][values.len()..].to_vec()
}

/// The six policies a part of the settings can have: three actions, each with and without a text.
fn policies(part: &str) -> Vec<(&'static str, &'static str, GatePolicy)> {
    let mut all = Vec::new();
    for (action_name, action) in ACTIONS {
        let told = GatePolicy {
            action,
            text: Some(format!("text of {part}").as_str().into()),
        };
        let untold = GatePolicy { action, text: None };
        all.extend([(action_name, "yes", told), (action_name, "no", untold)]);
    }
    all
}

fn opening(hours: &str, holidays: &str, at: &str) -> Opening {
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let week: Vec<_> = week
        .map(|day| format!("{day} = [\"09:00-17:00\"]"))
        .to_vec();
    let toml = match hours {
        "none" => String::new(),
        _ => format!(
            "[hours]\ntime_zone = \"Europe/Brussels\"\n{}\n[hours.holidays]\n{holidays}",
            week.join("\n")
        ),
    };
    let settings: HandoverSettings = toml::from_str(&toml).unwrap();
    settings.opening(None, OffsetDateTime::parse(at, &Rfc3339).unwrap())
}

/// A moment, and the row of [`PLACES`] it is in, without and with a limit to the wait.
struct Placed {
    told: String,
    moment: Moment,
    rows: [(&'static str, &'static str); 2],
}

fn placed() -> Vec<Placed> {
    let mut all = Vec::new();
    for (hours, holiday, holidays, at) in CLOCKS {
        let opening = opening(hours, holidays, at);
        for (presence_name, presence) in PRESENCES {
            for (wait, waiting) in WAITS {
                let rows = LIMITS.map(|(limit, _)| {
                    let values = [hours, holiday, presence_name, wait, limit];
                    let row = look_up(PLACES, &values);
                    (row[0], row[1])
                });
                all.push(Placed {
                    told: format!("{at}, holiday {holiday}, {presence_name} there, wait {wait}"),
                    moment: Moment {
                        opening,
                        presence,
                        waiting,
                    },
                    rows,
                });
            }
        }
    }
    all
}

/// What each action, with and without text, becomes for each reason.
type Outcomes = BTreeMap<(&'static str, &'static str, &'static str), (&'static str, &'static str)>;

fn outcomes() -> Outcomes {
    let mut all = Outcomes::new();
    for (action, _) in ACTIONS {
        for text in ["yes", "no"] {
            for (reason, _) in REASONS {
                let row = look_up(OUTCOMES, &[action, text, reason]);
                all.insert((action, text, reason), (row[0], row[1]));
            }
        }
    }
    all
}

#[test]
fn every_combination_of_hours_holidays_presence_waiting_and_policy_is_as_the_table_says() {
    let (moments, outcomes) = (placed(), outcomes());
    let mut combinations = 0;
    for (closed_action, closed_text, closed) in policies("closed") {
        for (nobody_action, nobody_text, nobody) in policies("nobody") {
            for (busy_action, busy_text, busy) in policies("busy") {
                for open_text in ["yes", "no"] {
                    let set = BTreeMap::from([
                        ("closed", (closed_action, closed_text)),
                        ("nobody", (nobody_action, nobody_text)),
                        ("busy", (busy_action, busy_text)),
                        ("open", ("hand_over", open_text)),
                    ]);
                    for (index, (_, max_wait_secs)) in LIMITS.into_iter().enumerate() {
                        let settings = HandoverSettings {
                            min_available: 2,
                            max_wait_secs,
                            text_on_handover: (open_text == "yes").then(|| "text of open".into()),
                            closed: closed.clone(),
                            nobody: nobody.clone(),
                            busy: busy.clone(),
                            ..HandoverSettings::default()
                        };
                        for placed in &moments {
                            combinations += agree(&settings, placed, index, &set, &outcomes);
                        }
                    }
                }
            }
        }
    }
    assert_eq!(combinations, 6 * 6 * 6 * 2 * 2 * 9 * 6 * 5 * 9);
}

/// Holds one moment against the tables, for every reason; how many there are.
fn agree(
    settings: &HandoverSettings,
    placed: &Placed,
    limit: usize,
    set: &BTreeMap<&str, (&'static str, &'static str)>,
    outcomes: &Outcomes,
) -> usize {
    let (under, why) = placed.rows[limit];
    let (action, text) = set[under];
    for (reason_name, reason) in REASONS {
        let (becomes, said) = outcomes[&(action, text, reason_name)];
        let Decision {
            action: decided,
            text: told,
            why: reasoned,
        } = gate(settings, reason, placed.moment, None);
        let decided = ACTIONS
            .iter()
            .find(|(_, action)| *action == decided)
            .unwrap()
            .0;
        let is_right = decided == becomes
            && reasoned.as_str() == why
            && match said {
                "yes" => told.is_some_and(|text| text.strip_prefix("text of ") == Some(under)),
                _ => told.is_none(),
            };
        assert!(
            is_right,
            "{}, {reason_name}, {settings:?}: the table says {becomes}, {under}, {why}, text {said}; \
             the gate says {decided}, {}, {told:?}",
            placed.told,
            reasoned.as_str(),
        );
    }
    REASONS.len()
}

#[test]
fn every_reason_is_in_the_table() {
    let named: BTreeSet<_> = REASONS.map(|(_, reason)| reason).into_iter().collect();
    assert_eq!(named, HandoverReason::ALL.into_iter().collect());
}

#[test]
fn a_text_that_is_blank_in_the_contacts_language_counts_as_none() {
    let settings: HandoverSettings = toml::from_str(
        r#"
        [closed]
        action = "keep_bot"
        text = { en = "Closed.", fr = " " }
        "#,
    )
    .unwrap();
    let moment = Moment {
        opening: Opening::OutsideHours,
        presence: Presence::Unknown,
        waiting: Waiting::Unknown,
    };
    let of = |language| {
        let decision = gate(&settings, HandoverReason::ContactAsked, moment, language);
        (decision.action, decision.text)
    };
    assert_eq!(of(Some("en")), (GateAction::KeepBot, Some("Closed.")));
    assert_eq!(of(Some("fr")), (GateAction::HandOver, None));
}
