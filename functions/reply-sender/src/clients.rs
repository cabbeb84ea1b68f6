//! The agent's REST client, as its settings and secrets say.

use std::time::Duration;

use conversation::AttachmentMethod;
use platform::Agent;
use sparkcentral_client::{Client, ClientConfig, Clients, ConfigError, Credentials};

/// For one HTTP request. A reply takes up to four of them: token, reply, and both again after a 401.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The agent's client out of those kept; a new one where settings or secrets have changed.
pub(crate) fn client_of(clients: &Clients, agent: &Agent) -> Result<Client, ConfigError> {
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
    let secret = &agent.secrets.current;
    let credentials = Credentials {
        client_id: secret.client_id.clone(),
        client_secret: secret.client_secret.clone(),
    };
    clients.get(&agent.name, config, credentials)
}
