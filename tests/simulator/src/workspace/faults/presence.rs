//! Who is online and how long contacts wait, as virtual agents of the inbox dialect are told.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    presence::{OnlineAgent, Presence, Status},
    refusal::Refusal,
    workspace::{
        fields::{Attempt, Fields, alert, typed},
        words,
    },
};

/// The form of who is online.
pub(super) const ONLINE: &str = "online";
/// The form of the waiting time.
pub(super) const WAITING: &str = "waiting";

/// The value that takes somebody off.
const OFFLINE: &str = "OFFLINE";

const STATUSES: [(&str, &str); 3] = [
    ("AVAILABLE", "Available"),
    ("AWAY", "Away"),
    (OFFLINE, "Offline"),
];

fn value(status: Status) -> &'static str {
    match status {
        Status::Available => STATUSES[0].0,
        Status::Away => STATUSES[1].0,
    }
}

pub(super) fn online(presence: &Presence, attempt: Option<&Attempt>) -> Markup {
    let known = presence.agents(None);
    let rows: Vec<(&str, &str)> = match attempt {
        Some(attempt) => pairs(&attempt.fields).collect(),
        None => known
            .iter()
            .map(|agent| (agent.id.as_str(), value(agent.user_presence)))
            .collect(),
    };
    html! {
        section id=(ONLINE) .card aria-labelledby="online-heading" {
            div.heading {
                h3 #online-heading { "Who is online" }
                p #online-state data-live {
                    @if known.is_empty() { span.badge { "Nobody" } }
                    @for agent in known {
                        @let away = agent.user_presence == Status::Away;
                        span.badge.good[!away].warn[away] { (agent.id) @if away { " (away)" } } " "
                    }
                }
            }
            p { "Virtual agents of the inbox dialect ask for it before they hand over." }
            (apart(presence))
            (alert(attempt))
            form method="post" action={ "/workspace/presence#" (ONLINE) } aria-labelledby="online-heading" {
                @for (number, (id, status)) in rows.into_iter().enumerate() {
                    input type="hidden" name="agent" value=(id);
                    (select(&format!("online-{number}"), id, status))
                }
                div.pair {
                    div.field {
                        label for="online-new" { "Another agent" }
                        input #online-new name="agent" autocomplete="off" placeholder="agent-1";
                    }
                    (select("online-new-status", "Presence", STATUSES[0].0))
                }
                button { "Set who is online" }
            }
        }
    }
}

fn select(id: &str, label: &str, chosen: &str) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name="presence" {
                @for (value, name) in STATUSES { option value=(value) selected[value == chosen] { (name) } }
            }
        }
    }
}

/// Agents and their presence as the fields stand beside each other; one without a name is none.
fn pairs(fields: &Fields) -> impl Iterator<Item = (&str, &str)> {
    let agents = fields.all("agent").map(str::trim);
    agents
        .zip(fields.all("presence"))
        .filter(|(agent, _)| !agent.is_empty())
}

/// What the form comes to, as the control face takes it. Who stays away keeps the reason for it.
pub(super) fn agents(fields: &Fields, known: &[OnlineAgent]) -> Value {
    let agent = |(id, presence): (&str, &str)| {
        let before = known.iter().find(|known| known.id == id);
        let stays = before.filter(|known| value(known.user_presence) == presence);
        let reason = stays.and_then(|known| known.away_state_id.as_deref());
        json!({"id": id, "presence": presence, "away_state_id": reason})
    };
    let online = pairs(fields).filter(|(_, presence)| *presence != OFFLINE);
    json!({ "agents": online.map(agent).collect::<Vec<_>>() })
}

pub(super) fn waiting(presence: &Presence, attempt: Option<&Attempt>) -> Markup {
    let said = presence.waiting(None);
    let text = |figure: Option<u64>| figure.map(|figure| figure.to_string()).unwrap_or_default();
    let (seconds, contacts) = (text(said.seconds), text(said.contacts));
    html! {
        section id=(WAITING) .card aria-labelledby="waiting-heading" {
            div.heading {
                h3 #waiting-heading { "Waiting time" }
                p #waiting-state data-live {
                    @match (said.seconds, said.contacts) {
                        (None, None) => span.badge { "Counted" },
                        _ => {
                            @if let Some(seconds) = said.seconds { span.badge.warn { (words::count(usize::try_from(seconds).unwrap_or(usize::MAX), "second")) } " " }
                            @if let Some(contacts) = said.contacts { span.badge.warn { (words::count(usize::try_from(contacts).unwrap_or(usize::MAX), "contact")) } }
                        }
                    }
                }
            }
            p { "What virtual agents of the inbox dialect are told instead of what is counted from the conversations." }
            (alert(attempt))
            form method="post" action={ "/workspace/waiting#" (WAITING) } aria-labelledby="waiting-heading" {
                div.pair {
                    (figure("seconds", "Longest wait (seconds)", &seconds, attempt))
                    (figure("contacts", "Contacts waiting", &contacts, attempt))
                }
                p.hint { "Empty: counted." }
                button { "Set waiting time" }
            }
        }
    }
}

fn figure(field: &str, label: &str, said: &str, attempt: Option<&Attempt>) -> Markup {
    let id = format!("waiting-{field}");
    html! {
        div.field {
            label for=(id) { (label) }
            input id=(id) name=(field) type="number" min="0" step="1" value=(typed(attempt, field, said));
        }
    }
}

/// What the form comes to, as the control face takes it.
///
/// # Errors
/// [`Refusal::Invalid`]: a number that is none.
pub(super) fn figures(fields: &Fields) -> Result<Value, Refusal> {
    Ok(json!({
        "seconds": fields.whole("seconds", "Longest wait")?,
        "contacts": fields.whole("contacts", "Contacts waiting")?,
    }))
}

/// Some clients can be told something else, over the control face.
fn apart(presence: &Presence) -> Markup {
    let clients: Vec<_> = presence.told_apart().into_iter().collect();
    html! {
        @if !clients.is_empty() {
            p.hint { "Told something else over the control face: client " (clients.join(", ")) "." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;

    #[test]
    fn who_is_offline_is_left_out_and_who_stays_away_keeps_the_reason() {
        let away = |id: &str| OnlineAgent {
            id: id.into(),
            user_presence: Status::Away,
            away_state_id: Some("lunch".into()),
            status_changed_at: Moment::from_unix(0),
        };
        let known = [away("agent-1"), away("agent-2"), away("agent-3")];
        let sent = "agent=agent-1&presence=AWAY&agent=agent-2&presence=AVAILABLE\
                    &agent=agent-3&presence=OFFLINE&agent=+&presence=AVAILABLE";
        assert_eq!(
            agents(&Fields::read(sent.as_bytes()), &known),
            json!({"agents": [
                {"id": "agent-1", "presence": "AWAY", "away_state_id": "lunch"},
                {"id": "agent-2", "presence": "AVAILABLE", "away_state_id": null},
            ]})
        );
    }
}
