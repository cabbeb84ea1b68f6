//! One REST client per agent, kept between invocations: its token and connections stay warm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use conversation::AttachmentMethod;
use platform::{Agent, AgentSecrets};
use sparkcentral_client::{Client, ClientConfig, ConfigError, Credentials};

/// For one HTTP request. A reply takes up to four of them: token, reply, and both again after a 401.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Clients by agent.
#[derive(Default)]
pub(crate) struct Clients(Mutex<HashMap<String, Kept>>);

struct Kept {
    settings: Arc<conversation::AgentSettings>,
    secrets: Arc<AgentSecrets>,
    client: Arc<Client>,
}

impl Clients {
    /// The agent's client; a new one where settings or secrets were read anew.
    pub(crate) fn get(&self, agent: &Agent) -> Result<Arc<Client>, ConfigError> {
        let mut clients = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(kept) = clients.get(&agent.name)
            && Arc::ptr_eq(&kept.settings, &agent.settings)
            && Arc::ptr_eq(&kept.secrets, &agent.secrets)
        {
            return Ok(Arc::clone(&kept.client));
        }
        let client = Arc::new(build(agent)?);
        let kept = Kept {
            settings: Arc::clone(&agent.settings),
            secrets: Arc::clone(&agent.secrets),
            client: Arc::clone(&client),
        };
        clients.insert(agent.name.clone(), kept);
        Ok(client)
    }
}

fn build(agent: &Agent) -> Result<Client, ConfigError> {
    let settings = &agent.settings;
    let config = ClientConfig {
        dialect: settings.dialect,
        region: settings.region,
        api_base: settings.api_base.clone(),
        organization_id: settings.organization_id.clone(),
        request_timeout: REQUEST_TIMEOUT,
        attachment_method: match settings.attachment_method {
            AttachmentMethod::Put => sparkcentral_client::AttachmentMethod::Put,
            AttachmentMethod::Post => sparkcentral_client::AttachmentMethod::Post,
        },
        ..ClientConfig::default()
    };
    Client::new(
        config,
        Credentials {
            client_id: agent.secrets.current.client_id.clone(),
            client_secret: agent.secrets.current.client_secret.clone(),
        },
    )
}
