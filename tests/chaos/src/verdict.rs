//! Reading what is public, and having it judged.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result};
use local_stack::RegisteredAgent;
use serde_json::Value;

use crate::{
    checker::{self, Violation},
    drive::{Control, Played},
    stage::Stage,
};

/// Reads everything that is public, and has it judged.
pub(crate) async fn verdict(
    stage: &Stage,
    agents: &BTreeMap<String, RegisteredAgent>,
    played: &[Played],
) -> Result<Vec<Violation>> {
    let control = Control::of(stage)?;
    // Whoever waits for an answer still, gets people: Sparkcentral's own limit.
    control
        .post("/sim/clock", serde_json::json!({"advance_seconds": 900}))
        .await?;
    let letters = stage.must(&["dead-letters", "list", "--json"]).await?;
    let letters: Value = serde_json::from_str(&letters)?;
    let dead: BTreeSet<&str> = letters
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|queue| queue["conversations"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    stage.tally.add(
        "dead_letters.conversations",
        u64::try_from(dead.len()).unwrap_or(0),
    );
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut violations = Vec::new();
    for one in played {
        let agent = agents
            .get(&one.planned.agent.name)
            .context("no such agent")?;
        let seen = control
            .get(&format!("/sim/conversations/{}", one.id))
            .await?;
        let told = transcript(stage, &http, agent, &one.id).await?;
        let resends = one.planned.agent.resends();
        let number = one.planned.number;
        let mut history = checker::history(number, resends, &seen, told.as_ref());
        history.in_dead_letters = dead.contains(one.id.as_str());
        count(stage, &history);
        violations.extend(checker::check(&history));
    }
    Ok(violations)
}

/// What the API tells a viewer; none where it does not know the conversation.
async fn transcript(
    stage: &Stage,
    http: &reqwest::Client,
    agent: &RegisteredAgent,
    id: &str,
) -> Result<Option<Value>> {
    let url = format!(
        "{}/v1/agents/{}/conversations/{id}",
        stage.info.api_url, agent.name
    );
    let mut last = String::new();
    for _ in 0..5 {
        let answer = http
            .get(&url)
            .bearer_auth(&agent.api_tokens.viewer)
            .send()
            .await?;
        match answer.status().as_u16() {
            200 => return Ok(Some(answer.json().await?)),
            404 => return Ok(None),
            status => last = format!("{status}"),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("conversation-api does not tell of a conversation: {last}")
}

/// How many messages ended how.
fn count(stage: &Stage, history: &checker::History) {
    for written in &history.written {
        let answers = history
            .said
            .iter()
            .filter(|said| said.names.contains(&written.token))
            .count();
        let event = written
            .event
            .as_ref()
            .and_then(|key| history.events.iter().find(|event| event.key == *key));
        let accepted = event.is_some_and(|event| event.accepted().is_some());
        stage.tally.hit(match (event, accepted, answers) {
            (None, ..) => "messages.to_people",
            (_, false, _) => "messages.refused",
            (_, true, 0) => "messages.accepted_with_people_or_record",
            (_, true, 1) => "messages.answered_once",
            _ => "messages.answered_twice_by_policy",
        });
    }
}

pub(crate) async fn count_simulator_faults(stage: &Stage) -> Result<()> {
    let control = Control::of(stage)?;
    let faults = control.get("/sim/faults").await?;
    let faults = faults
        .as_array()
        .or_else(|| faults["faults"].as_array())
        .cloned();
    for fault in faults.unwrap_or_default() {
        let name = fault["fault"].as_str().unwrap_or_default();
        let hits = fault["hits"].as_u64().unwrap_or(0);
        stage.tally.add(&format!("sparkcentral.{name}"), hits);
    }
    Ok(())
}
