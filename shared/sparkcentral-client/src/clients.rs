//! One client per agent, kept between invocations: its token and connections stay warm.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::client::Client;
use crate::config::{ClientConfig, ConfigError, Credentials};

/// Clients kept at most: each holds a pool of connections.
const MOST: usize = 200;

/// Clients by the agent's name.
#[derive(Default)]
pub struct Clients(Mutex<HashMap<String, Kept>>);

struct Kept {
    config: ClientConfig,
    credentials: Credentials,
    client: Client,
}

impl Clients {
    /// The agent's client; a new one where its settings or credentials have changed.
    ///
    /// # Errors
    /// See [`Client::new`].
    pub fn get(
        &self,
        agent: &str,
        config: ClientConfig,
        credentials: Credentials,
    ) -> Result<Client, ConfigError> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = clients.get(agent)
            && kept.config == config
            && kept.credentials.is(&credentials)
        {
            return Ok(kept.client.clone());
        }
        let client = Client::new(config.clone(), credentials.clone())?;
        if clients.len() >= MOST {
            clients.clear();
        }
        let kept = Kept {
            config,
            credentials,
            client: client.clone(),
        };
        clients.insert(agent.to_owned(), kept);
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn get(clients: &Clients, agent: &str, organization: &str, secret: &str) -> Client {
        let config = ClientConfig {
            organization_id: Some(organization.to_owned()),
            ..ClientConfig::default()
        };
        let credentials = Credentials {
            client_id: "id".to_owned(),
            client_secret: secret.into(),
        };
        clients.get(agent, config, credentials).unwrap()
    }

    #[test]
    fn a_client_is_kept_until_its_agents_settings_or_credentials_change() {
        let clients = Clients::default();
        let first = get(&clients, "one", "1", "s");
        assert!(first.is_same(&get(&clients, "one", "1", "s")));
        assert!(!first.is_same(&get(&clients, "two", "1", "s")));
        let changed = get(&clients, "one", "2", "s");
        assert!(!first.is_same(&changed));
        assert!(changed.is_same(&get(&clients, "one", "2", "s")));
        assert!(!changed.is_same(&get(&clients, "one", "2", "t")));
    }

    impl Client {
        fn is_same(&self, other: &Self) -> bool {
            Arc::ptr_eq(&self.inner, &other.inner)
        }
    }
}
