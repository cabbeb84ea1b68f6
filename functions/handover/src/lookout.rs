//! Who is there: asked of Sparkcentral where the settings want it, and remembered for a moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use conversation::{Presence, Waiting};
use platform::{Agent, Causes};
use sparkcentral_client::{Client, ClientConfig, Clients, Credentials, PresenceError};
use time::{Duration, OffsetDateTime};

/// How long an answer holds: many handovers at once are one question.
const FRESH: Duration = Duration::seconds(15);
/// Answers remembered at most.
const MOST: usize = 1_000;

/// What is known of who is there.
#[derive(Default)]
pub(crate) struct Lookout {
    clients: Clients,
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
        let (presence, waiting) = match self.client(agent) {
            Some(client) => tokio::join!(
                available(&client, agent, presence),
                longest_wait(&client, agent, channel, waiting)
            ),
            None => (Presence::Down, Waiting::Unknown),
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

    fn client(&self, agent: &Agent) -> Option<Client> {
        let settings = &agent.settings;
        let config = ClientConfig {
            dialect: settings.dialect,
            region: settings.region,
            api_base: settings.api_base.clone(),
            organization_id: settings.organization_id.clone(),
            ..ClientConfig::default()
        };
        let secret = &agent.secrets.current;
        let credentials = Credentials {
            client_id: secret.client_id.clone(),
            client_secret: secret.client_secret.clone(),
        };
        let client = self.clients.get(&agent.name, config, credentials);
        let problem = |error| {
            tracing::error!(agent = agent.name, %error, "the agent's settings can't be used");
        };
        client.map_err(problem).ok()
    }
}

async fn available(client: &Client, agent: &Agent, wanted: bool) -> Presence {
    if !wanted {
        return Presence::Unknown;
    }
    match client.available_agents().await {
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
) -> Waiting {
    if !wanted {
        return Waiting::Unknown;
    }
    match client.longest_wait(channel).await {
        Ok(seconds) => Waiting::Known(seconds),
        Err(error) => {
            tracing::warn!(agent = agent.name, error = %Causes(&error), "how long contacts wait is not known");
            Waiting::Unknown
        }
    }
}
