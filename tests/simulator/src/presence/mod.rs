//! Which human agents are online and how long contacts wait, as the inbox dialect tells.

pub(crate) mod control_face;
pub(crate) mod queue;
pub(crate) mod rest_face;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{fault_spec::FaultKind, moment::Moment};

/// So many calls are remembered, the newest.
const CALLS: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Available,
    Away,
}

/// A human agent who is online.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnlineAgent {
    pub(crate) id: String,
    pub(crate) user_presence: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) away_state_id: Option<String>,
    pub(crate) status_changed_at: Moment,
}

/// What is said instead of what is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Waiting {
    /// The longest wait.
    pub(crate) seconds: Option<u64>,
    /// The number of contacts.
    pub(crate) contacts: Option<u64>,
}

/// One call of the vendor's presence and queue endpoints.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Call {
    pub(crate) at: Moment,
    /// The client whose token it came with.
    pub(crate) client_id: Option<String>,
    pub(crate) path: &'static str,
    pub(crate) status: u16,
    pub(crate) faults: Vec<FaultKind>,
    /// Null for what was no JSON.
    pub(crate) body: Value,
}

/// What everybody is told, or one OAuth client.
#[derive(Default)]
pub(crate) struct Presence {
    agents: Told<Vec<OnlineAgent>>,
    waiting: Told<Waiting>,
    calls: Vec<Call>,
}

/// A value for everybody, with others for some clients.
#[derive(Default)]
struct Told<T> {
    everybody: T,
    clients: BTreeMap<String, T>,
}

impl<T: Default> Told<T> {
    fn to(&self, client: Option<&str>) -> &T {
        client
            .and_then(|client| self.clients.get(client))
            .unwrap_or(&self.everybody)
    }

    /// Without a value, a client is told what everybody is told, and everybody nothing.
    fn set(&mut self, client: Option<&str>, value: Option<T>) {
        match (client, value) {
            (None, value) => self.everybody = value.unwrap_or_default(),
            (Some(client), Some(value)) => {
                self.clients.insert(client.into(), value);
            }
            (Some(client), None) => {
                self.clients.remove(client);
            }
        }
    }
}

impl Presence {
    pub(crate) fn agents(&self, client: Option<&str>) -> &[OnlineAgent] {
        self.agents.to(client)
    }

    /// Whose status stays keeps the moment of its last change.
    pub(crate) fn set_agents(&mut self, client: Option<&str>, agents: Option<Vec<OnlineAgent>>) {
        let known = self.agents.to(client);
        let kept = |mut agent: OnlineAgent| {
            let before = known.iter().find(|before| {
                before.id == agent.id && before.user_presence == agent.user_presence
            });
            if let Some(before) = before {
                agent.status_changed_at = before.status_changed_at;
            }
            agent
        };
        let agents = agents.map(|agents| agents.into_iter().map(kept).collect());
        self.agents.set(client, agents);
    }

    pub(crate) fn waiting(&self, client: Option<&str>) -> Waiting {
        *self.waiting.to(client)
    }

    pub(crate) fn set_waiting(&mut self, client: Option<&str>, waiting: Waiting) {
        let waiting = Some(waiting).filter(|waiting| *waiting != Waiting::default());
        self.waiting.set(client, waiting);
    }

    /// The OAuth clients that are told something else than everybody.
    pub(crate) fn told_apart(&self) -> BTreeSet<&str> {
        let clients = self
            .agents
            .clients
            .keys()
            .chain(self.waiting.clients.keys());
        clients.map(String::as_str).collect()
    }

    pub(crate) fn called(&mut self, call: Call) {
        if self.calls.len() == CALLS {
            self.calls.remove(0);
        }
        self.calls.push(call);
    }

    /// Those of one client, or all.
    pub(crate) fn calls(&self, client: Option<&str>) -> Vec<&Call> {
        let meant = |call: &&Call| client.is_none() || call.client_id.as_deref() == client;
        self.calls.iter().filter(meant).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn online(id: &str, status: Status, seconds: i64) -> OnlineAgent {
        OnlineAgent {
            id: id.into(),
            user_presence: status,
            away_state_id: None,
            status_changed_at: Moment::from_unix(seconds),
        }
    }

    #[test]
    fn a_client_is_told_its_own_or_what_everybody_is_told() {
        let mut presence = Presence::default();
        presence.set_agents(None, Some(vec![online("agent-1", Status::Away, 0)]));
        presence.set_agents(Some("one"), Some(Vec::new()));
        assert_eq!(presence.agents(Some("one")).len(), 0);
        assert_eq!(presence.agents(Some("other")).len(), 1);
        presence.set_agents(Some("one"), None);
        assert_eq!(presence.agents(Some("one")).len(), 1);
    }

    #[test]
    fn a_status_that_stays_keeps_the_moment_it_began() {
        let mut presence = Presence::default();
        for (status, at, since) in [
            (Status::Away, 1, 1),
            (Status::Away, 2, 1),
            (Status::Available, 3, 3),
        ] {
            presence.set_agents(None, Some(vec![online("agent-1", status, at)]));
            let changed = presence.agents(None)[0].status_changed_at;
            assert_eq!(changed, Moment::from_unix(since));
        }
    }

    #[test]
    fn the_oldest_call_makes_room_for_the_newest() {
        let mut presence = Presence::default();
        for status in 0..=u16::try_from(CALLS).unwrap() {
            presence.called(Call {
                at: Moment::from_unix(0),
                client_id: Some("one".into()),
                path: "/p",
                status,
                faults: Vec::new(),
                body: Value::Null,
            });
        }
        let calls = presence.calls(Some("one"));
        assert_eq!((calls.len(), calls[0].status), (CALLS, 1));
        assert!(presence.calls(Some("other")).is_empty());
    }
}
