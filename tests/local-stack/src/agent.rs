//! Agents, made known to both sides: to the simulator, and to us with the command line.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    StackInfo,
    command_line::{PrivateFiles, answer, sparkbridge},
    info::SimulatorCredentials,
    workspace,
};

/// An agent to be registered.
#[derive(Clone, Debug)]
pub struct NewAgent {
    pub name: String,
    /// The settings file, less `region` and `api_base`, which lead to the simulator. TOML.
    pub settings: String,
    /// Further fields of the simulator's registration, such as `dialect`, `kind` or `channels`.
    pub simulator_fields: Value,
    /// Further fields of the secret, such as `bot_signing_key`. Entries of `api_tokens` are added to ours.
    pub secret_fields: Value,
}

impl NewAgent {
    /// An agent with the script bot and its built-in rules.
    pub fn with_script_bot(name: &str) -> Self {
        Self {
            name: name.into(),
            settings: "[bot]\nkind = \"script\"\n".into(),
            simulator_fields: json!({}),
            secret_fields: json!({}),
        }
    }
}

/// An agent both sides know.
#[derive(Clone, Debug)]
pub struct RegisteredAgent {
    pub name: String,
    pub webhook_url: String,
    /// Hex.
    pub webhook_secret: String,
    pub api_tokens: ApiTokens,
    /// An OAuth client of its own, so that no agent's token reaches another's conversations.
    pub simulator_credentials: SimulatorCredentials,
}

/// One bearer token of the conversation API per role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiTokens {
    pub viewer: String,
    pub contributor: String,
    pub supervisor: String,
}

impl ApiTokens {
    fn new() -> Self {
        Self {
            viewer: random_hex(),
            contributor: random_hex(),
            supervisor: random_hex(),
        }
    }

    /// As the command line takes them.
    fn entries(&self) -> Value {
        json!([
            {"name": "viewer", "role": "viewer", "token": self.viewer},
            {"name": "contributor", "role": "contributor", "token": self.contributor},
            {"name": "supervisor", "role": "supervisor", "token": self.supervisor},
        ])
    }
}

/// 32 random bytes.
pub(crate) fn random_hex() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Registers an agent in the simulator and with the command line. Its simulator id is its name.
///
/// # Errors
/// One of the two refuses it.
pub async fn register_agent(stack: &StackInfo, agent: NewAgent) -> Result<RegisteredAgent> {
    let registered = RegisteredAgent {
        webhook_url: stack.webhook_url_of(&agent.name),
        webhook_secret: random_hex(),
        api_tokens: ApiTokens::new(),
        simulator_credentials: SimulatorCredentials {
            client_id: agent.name.clone(),
            client_secret: random_hex(),
        },
        name: agent.name,
    };
    let SimulatorCredentials {
        client_id,
        client_secret,
    } = &registered.simulator_credentials;

    let mut fields = json!({
        "id": registered.name,
        "name": registered.name,
        "webhook_url": registered.webhook_url,
        "secret": registered.webhook_secret,
        "client_id": client_id,
        "client_secret": client_secret,
        "sparkbridge": { "api_url": stack.api_url, "token": registered.api_tokens.viewer },
    });
    extend(&mut fields, &agent.simulator_fields);
    put_in_simulator(&stack.simulator_url, &fields).await?;

    let settings = format!(
        "region = \"us\"\napi_base = \"{}\"\n{}",
        stack.simulator_url, agent.settings
    );
    let mut secret = json!({
        "webhook_secret": registered.webhook_secret,
        "client_id": client_id,
        "client_secret": client_secret,
        "api_tokens": registered.api_tokens.entries(),
    });
    extend(&mut secret, &agent.secret_fields);
    put_with_command_line(stack, &registered.name, &settings, &secret).await?;
    Ok(registered)
}

/// Sets the fields of `further`, and adds to lists that both have.
fn extend(object: &mut Value, further: &Value) {
    for (name, value) in further.as_object().into_iter().flatten() {
        match (object.get_mut(name), value) {
            (Some(Value::Array(there)), Value::Array(more)) => there.extend_from_slice(more),
            _ => object[name] = value.clone(),
        }
    }
}

async fn put_in_simulator(simulator: &str, fields: &Value) -> Result<()> {
    let response = workspace::http()?
        .post(format!("{simulator}/sim/agents"))
        .json(fields)
        .send()
        .await?;
    let status = response.status();
    if !status.is_success() {
        bail!(
            "the simulator refuses the agent: {status} {}",
            response.text().await?
        );
    }
    Ok(())
}

/// `sparkbridge agent put`: the one place that knows how an operator registers an agent.
async fn put_with_command_line(
    stack: &StackInfo,
    name: &str,
    settings: &str,
    secret: &Value,
) -> Result<()> {
    let files = PrivateFiles::new()?;
    let settings = files.write("settings.toml", settings)?;
    let secret = files.write("secret.json", &secret.to_string())?;
    let mut command = sparkbridge(stack)?;
    command.args(["agent", "put", name, "--file"]);
    command.arg(settings).arg("--secret-file").arg(secret);
    answer(&mut command)
        .await
        .with_context(|| format!("sparkbridge agent put {name}"))?;
    Ok(())
}
