//! Plays a plan: contacts write, people come and go, processes die.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use futures::{StreamExt, stream};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{
    bot::Bot,
    plan::{Planned, Step},
    seed::Seed,
    stage::Stage,
};

/// The simulator's control face.
#[derive(Clone)]
pub(crate) struct Control {
    http: Client,
    url: String,
}

impl Control {
    pub(crate) fn of(stage: &Stage) -> Result<Self> {
        Ok(Self {
            http: Client::builder().no_proxy().build()?,
            url: stage.info.simulator_url.clone(),
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("simulator: {path}: {status} {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// A conversation that was played, and its id at the simulator.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    pub(crate) planned: Planned,
    pub(crate) id: String,
}

/// Plays all conversations, so many at once; `progress` is told of each that ended.
pub(crate) async fn play(
    stage: &Stage,
    plan: Vec<Planned>,
    at_once: usize,
    progress: impl Fn(usize),
) -> Result<Vec<Played>> {
    let control = Control::of(stage)?;
    let playing = plan.into_iter().map(|planned| {
        let control = control.clone();
        async move { conversation(stage, &control, planned).await }
    });
    let mut playing = stream::iter(playing).buffer_unordered(at_once);
    let mut played = Vec::new();
    while let Some(one) = playing.next().await {
        played.push(one?);
        progress(played.len());
    }
    Ok(played)
}

async fn conversation(stage: &Stage, control: &Control, planned: Planned) -> Result<Played> {
    let begun = control
        .post(
            "/sim/conversations",
            json!({
                "agent": planned.agent.name,
                "medium": "smooch-rtm",
                "channel": {"id": "channel-web", "name": "Web chat"},
                "contact": format!("contact-{}", planned.number),
                "language": "en",
            }),
        )
        .await?;
    let id = begun["id"].as_str().unwrap_or_default().to_owned();
    stage
        .directory
        .add(&id, planned.number, &planned.agent.name);
    let mut written = 0;
    for step in &planned.steps {
        match step {
            Step::Write { word, waits } => {
                let text = format!("c{}m{written} {word}", planned.number);
                written += 1;
                let body = json!({"text": text, "wait": waits});
                control
                    .post(&format!("/sim/conversations/{id}/messages"), body)
                    .await?;
            }
            Step::Pause(pause) => tokio::time::sleep(*pause).await,
            Step::Fault(fault) => {
                let mut fault = fault.clone();
                fault["conversation"] = id.clone().into();
                control.post("/sim/faults", fault).await?;
            }
            Step::Take => act(stage, control, &id, "take", json!({"agent": "agent-1"})).await,
            Step::Delegate => act(stage, control, &id, "delegate", json!({})).await,
            Step::Resolve => act(stage, control, &id, "resolve", json!({})).await,
            Step::HumanSays => act(stage, control, &id, "reply", json!({"text": "hello"})).await,
        }
    }
    Ok(Played { planned, id })
}

/// What a human does. In the state things are in it may not be possible any more: then it does not happen.
async fn act(stage: &Stage, control: &Control, id: &str, act: &str, body: Value) {
    let path = format!("/sim/conversations/{id}/{act}");
    match control.post(&path, body).await {
        Ok(_) => stage.tally.hit(&format!("people.{act}")),
        Err(_) => stage.tally.hit(&format!("people.{act}_not_possible")),
    }
}

/// Kills a process that is working on something, now and then, until it is dropped.
pub(crate) async fn kill_now_and_then(stage: &Stage, seed: Seed, every: Duration) {
    for number in 0_u64.. {
        let mut draw = seed.of(&["kill", &number.to_string()]);
        let millis = u64::try_from(every.as_millis()).unwrap_or(1_000);
        tokio::time::sleep(Duration::from_millis(
            draw.between(millis / 2, millis * 3 / 2),
        ))
        .await;
        let busy = stage.functions.busy();
        if !busy.is_empty() && stage.functions.kill(draw.pick::<String>(&busy)) {
            stage.tally.hit("kills.at_random_moments");
        }
    }
}

/// Waits until nothing is under way any more; false if that does not come within `limit`.
pub(crate) async fn settle(stage: &Arc<Stage>, bot: &Bot, limit: Duration) -> Result<bool> {
    let until = tokio::time::Instant::now() + limit;
    let mut quiet = 0;
    while quiet < 3 {
        if tokio::time::Instant::now() > until {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
        let left = stage.queued().await? + stage.functions.working() + bot.open();
        quiet = if left == 0 { quiet + 1 } else { 0 };
    }
    Ok(true)
}
