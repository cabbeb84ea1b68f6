//! Secrets change while contacts write, in the order the documentation gives to operators.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use local_stack::RegisteredAgent;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    bot::{Bot, Later},
    drive::Control,
    stage::Stage,
};

/// Sparkcentral goes on with the old one for so long: people have to save a form there.
const SAVED_AFTER: Duration = Duration::from_secs(6);

/// What Sparkcentral takes of an agent from now on.
async fn save(
    control: &Control,
    agent: &RegisteredAgent,
    secret: &str,
    client_secret: &str,
) -> Result<()> {
    let spec = json!({
        "id": agent.name,
        "name": agent.name,
        "webhook_url": agent.webhook_url,
        "secret": secret,
        "client_id": agent.simulator_credentials.client_id,
        "client_secret": client_secret,
    });
    control.post("/sim/agents", spec).await?;
    Ok(())
}

fn new_secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// The agent's webhook secret, first here, then in Sparkcentral.
///
/// # Errors
/// The command line refuses.
pub(crate) async fn webhook_secret(stage: &Stage, agent: &mut RegisteredAgent) -> Result<()> {
    let control = Control::of(stage)?;
    let secret = new_secret();
    let file = private(stage, &secret)?;
    insist(
        stage,
        &[
            "agent",
            "rotate",
            "webhook-secret",
            &agent.name,
            "--webhook-secret-file",
            &file,
        ],
    )
    .await?;
    tokio::time::sleep(SAVED_AFTER).await;
    let client_secret = agent.simulator_credentials.client_secret.clone();
    save(&control, agent, &secret, &client_secret).await?;
    agent.webhook_secret = secret;
    stage.tally.hit("rotated.webhook_secret");
    Ok(())
}

/// The agent's client secret: Sparkcentral knows the new one a moment before we do.
///
/// # Errors
/// The command line refuses.
pub(crate) async fn client_secret(stage: &Stage, agent: &mut RegisteredAgent) -> Result<()> {
    let control = Control::of(stage)?;
    let secret = new_secret();
    let file = private(stage, &secret)?;
    save(&control, agent, &agent.webhook_secret, &secret).await?;
    insist(
        stage,
        &[
            "agent",
            "rotate",
            "client-secret",
            &agent.name,
            "--client-secret-file",
            &file,
        ],
    )
    .await?;
    agent.simulator_credentials.client_secret = secret;
    stage.tally.hit("rotated.client_secret");
    Ok(())
}

/// The token with which the bot answers later. It goes on with the old one for a while.
///
/// # Errors
/// The command line refuses.
pub(crate) async fn token(stage: &Stage, bot: &Bot, agent: &mut RegisteredAgent) -> Result<()> {
    let told = insist(
        stage,
        &[
            "agent",
            "rotate",
            "token",
            &agent.name,
            "contributor",
            "--json",
        ],
    )
    .await?;
    let told: Value = serde_json::from_str(&told)?;
    let token = printed(&told).context("the command line prints no token")?;
    tokio::time::sleep(SAVED_AFTER).await;
    agent.api_tokens.contributor.clone_from(&token);
    let api_url = stage.info.api_url.clone();
    bot.answers_later(&agent.name, Later { api_url, token });
    stage.tally.hit("rotated.token");
    Ok(())
}

/// Ends what was begun: the old ones are good no longer.
async fn finish(stage: &Stage, agent: &RegisteredAgent, what: &[&str]) -> Result<()> {
    let mut arguments = vec!["agent", "rotate"];
    arguments.extend(what);
    arguments.extend([agent.name.as_str()]);
    if what == ["token"] {
        arguments.push("contributor");
    }
    arguments.extend(["--finish", "--force"]);
    insist(stage, &arguments).await?;
    Ok(())
}

/// Rotates one secret after the other, for as long as it is polled. Two versions are kept, so each rotation
/// is finished before the next begins.
pub(crate) async fn keep_rotating(
    stage: Arc<Stage>,
    bot: Arc<Bot>,
    mut agents: BTreeMap<String, RegisteredAgent>,
    every: Duration,
) {
    let names: Vec<String> = agents.keys().cloned().collect();
    for round in 0_usize.. {
        let Some(agent) = agents.get_mut(&names[round % names.len()]) else {
            return;
        };
        let kind = round / names.len() % 3;
        let kind = if kind == 2 && agent.name != "later" {
            0
        } else {
            kind
        };
        let (what, rotated): (&[&str], _) = match kind {
            0 => (&["webhook-secret"], webhook_secret(&stage, agent).await),
            1 => (&["client-secret"], client_secret(&stage, agent).await),
            _ => (&["token"], token(&stage, &bot, agent).await),
        };
        if let Err(error) = rotated {
            stage.tally.hit("rotated.failed");
            eprintln!("chaos: rotation: {error:#}");
        }
        // Webhooks signed before are delivered again for at most half a minute; tokens end by themselves.
        tokio::time::sleep(every.max(Duration::from_secs(30))).await;
        if finish(&stage, agent, what).await.is_err() {
            stage.tally.hit("rotated.not_finished");
        }
    }
}

/// Operators try again, too.
async fn insist(stage: &Stage, arguments: &[&str]) -> Result<String> {
    let mut last = stage.must(arguments).await;
    for _ in 0..4 {
        if last.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        last = stage.must(arguments).await;
    }
    last
}

fn private(stage: &Stage, secret: &str) -> Result<String> {
    let file = stage.folder.join(Uuid::new_v4().to_string());
    std::fs::write(&file, secret)?;
    Ok(file.to_string_lossy().into_owned())
}

/// The token in whatever the command line prints.
fn printed(told: &Value) -> Option<String> {
    match told {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match value {
            Value::String(token) if name == "token" && token.len() >= 32 => Some(token.clone()),
            other => printed(other),
        }),
        Value::Array(items) => items.iter().find_map(printed),
        _ => None,
    }
}
