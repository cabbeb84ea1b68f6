//! From an agent's settings and secret to what the client takes.

use conversation::{AgentSecret, AgentSettings, AttachmentMethod};
use sparkcentral_client::{ClientConfig, Credentials};

/// How to speak to the agent's API. Time-outs are the client's own.
pub fn client_config(settings: &AgentSettings) -> ClientConfig {
    ClientConfig {
        dialect: settings.dialect,
        region: settings.region,
        api_base: settings.api_base.clone(),
        organization_id: settings.organization_id.clone(),
        attachment_method: match settings.attachment_method {
            AttachmentMethod::Put => sparkcentral_client::AttachmentMethod::Put,
            AttachmentMethod::Post => sparkcentral_client::AttachmentMethod::Post,
        },
        ..ClientConfig::default()
    }
}

/// The client credentials of a version of the agent's secret.
pub fn credentials(secret: &AgentSecret) -> Credentials {
    Credentials {
        client_id: secret.client_id.clone(),
        client_secret: secret.client_secret.clone(),
    }
}
