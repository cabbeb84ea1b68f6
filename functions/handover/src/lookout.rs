//! Who is there: asked of Sparkcentral where the settings want it, and remembered for a moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use agent_client::AgentClients;
use conversation::{Presence, Waiting};
use platform::{Agent, Agents, Causes};
use sparkcentral_client::{Client, PresenceError};
use time::{Duration, OffsetDateTime};
use tokio::time::{Instant, timeout_at};

/// How long an answer holds: many handovers at once are one question.
const FRESH: Duration = Duration::seconds(15);
/// For one look as a whole, the token included: a contact is waiting.
const ONE_LOOK: std::time::Duration = std::time::Duration::from_secs(4);
/// Answers remembered at most.
const MOST: usize = 1_000;

/// What is known of who is there.
#[derive(Default)]
pub(crate) struct Lookout {
    clients: AgentClients,
    seen: Mutex<HashMap<Place, Seen>>,
}

/// Agent and channel.
type Place = (String, Option<String>);

#[derive(Clone, Copy)]
struct Seen {
    at: OffsetDateTime,
    presence: Presence,
    waiting: Waiting,
}

impl Lookout {
    /// How many people are there and how long contacts wait, as far as the settings care. Never an
    /// error: what can't be had is not known.
    pub(crate) async fn look(
        &self,
        agents: &Agents,
        agent: &Agent,
        channel: Option<&str>,
        now: OffsetDateTime,
    ) -> (Presence, Waiting) {
        let settings = &agent.settings;
        let presence = settings.handover.looks_at_presence(settings.dialect);
        let waiting = settings.handover.looks_at_waiting(settings.dialect);
        if !presence && !waiting {
            return (Presence::Unknown, Waiting::Unknown);
        }
        let place = (agent.name.clone(), channel.map(str::to_owned));
        if let Some(seen) = self.remembered(&place, now) {
            return (seen.presence, seen.waiting);
        }
        let until = Instant::now() + ONE_LOOK;
        let (presence, waiting) = match self.client(agents, agent, until).await {
            Some(client) => tokio::join!(
                available(&client, agent, presence, until),
                longest_wait(&client, agent, channel, waiting, until)
            ),
            None if presence => (Presence::Down, Waiting::Unknown),
            None => (Presence::Unknown, Waiting::Unknown),
        };
        let seen = Seen {
            at: now,
            presence,
            waiting,
        };
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(place, seen);
        (presence, waiting)
    }

    fn remembered(&self, place: &Place, now: OffsetDateTime) -> Option<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.get(place).copied()?;
        (now < seen.at.saturating_add(FRESH)).then_some(seen)
    }

    async fn client(&self, agents: &Agents, agent: &Agent, until: Instant) -> Option<Client> {
        let within = until.saturating_duration_since(Instant::now());
        let client = self.clients.authorized(agents, agent, within).await;
        let problem = |error| {
            tracing::warn!(agent = agent.name, error = %Causes(&error), "who is available can't be asked");
        };
        client.map_err(problem).ok()
    }
}

async fn available(client: &Client, agent: &Agent, wanted: bool, until: Instant) -> Presence {
    if !wanted {
        return Presence::Unknown;
    }
    match in_time(until, client.available_agents()).await {
        Ok(number) => Presence::Known(number),
        Err(PresenceError::Unsupported) => Presence::Unknown,
        Err(error) => {
            tracing::warn!(agent = agent.name, error = %Causes(&error), "who is available is not known");
            Presence::Down
        }
    }
}

async fn longest_wait(
    client: &Client,
    agent: &Agent,
    channel: Option<&str>,
    wanted: bool,
    until: Instant,
) -> Waiting {
    if !wanted {
        return Waiting::Unknown;
    }
    match in_time(until, client.longest_wait(channel)).await {
        Ok(seconds) => Waiting::Known(seconds),
        Err(error) => {
            tracing::warn!(agent = agent.name, error = %Causes(&error), "how long contacts wait is not known");
            Waiting::Unknown
        }
    }
}

async fn in_time<T>(
    until: Instant,
    looking: impl Future<Output = Result<T, PresenceError>>,
) -> Result<T, PresenceError> {
    let looked = timeout_at(until, looking).await;
    looked.unwrap_or(Err(PresenceError::NoAnswer(None)))
}
