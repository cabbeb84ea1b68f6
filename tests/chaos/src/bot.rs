//! The harness's bot: it answers each message by its mark, and is as slow, broken and busy as the seed says.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    checker::tokens,
    lambda,
    seed::{Draw, Seed},
    tally::Tally,
};

/// 32 bytes, base64, as the Standard Webhooks scheme spells keys.
pub(crate) const SIGNING_KEY: &str = "whsec_c3BhcmticmlkZ2UtdGVzdC1rZXktMDEyMzQ1Njc4OWE=";

/// Where and as whom the bot answers later.
#[derive(Clone, Debug)]
pub(crate) struct Later {
    pub(crate) api_url: String,
    pub(crate) token: String,
}

struct Shared {
    seed: Seed,
    tally: Arc<Tally>,
    calm: AtomicBool,
    /// How often each turn was asked.
    asked: Mutex<HashMap<String, u32>>,
    /// Agents that answer through the API.
    later: Mutex<HashMap<String, Later>>,
    /// One worker for each conversation: its answers keep their order.
    workers: Mutex<HashMap<String, mpsc::UnboundedSender<Value>>>,
    /// Turns accepted by each worker: a turn that comes twice is answered once.
    taken: Mutex<std::collections::HashSet<String>>,
    open: AtomicU64,
    http: reqwest::Client,
}

/// The running bot.
pub(crate) struct Bot {
    url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Bot {
    /// Starts it. A calm one makes no trouble.
    ///
    /// # Errors
    /// There is no port.
    pub(crate) async fn start(seed: Seed, calm: bool, tally: Arc<Tally>) -> Result<Self> {
        let shared = Arc::new(Shared {
            seed,
            tally,
            calm: AtomicBool::new(calm),
            asked: Mutex::default(),
            later: Mutex::default(),
            workers: Mutex::default(),
            taken: Mutex::default(),
            open: AtomicU64::new(0),
            http: reqwest::Client::builder().no_proxy().build()?,
        });
        let router = Router::new()
            .route("/{agent}", post(turn))
            .with_state(shared.clone());
        let (url, server) = lambda::listen(router).await?;
        Ok(Self {
            url,
            shared,
            server,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on the agent's turns are answered through conversation-api.
    pub(crate) fn answers_later(&self, agent: &str, later: Later) {
        lock(&self.shared.later).insert(agent.to_owned(), later);
    }

    /// Answers that are still to come.
    pub(crate) fn open(&self) -> u64 {
        self.shared.open.load(Ordering::Relaxed)
    }
}

async fn turn(
    State(shared): State<Arc<Shared>>,
    Path(agent): Path<String>,
    Json(turn): Json<Value>,
) -> Response {
    let id = turn["turnId"].as_str().unwrap_or_default().to_owned();
    let said = turn["trigger"]["text"].as_str().unwrap_or_default();
    let marks = tokens(said);
    let Some(first) = marks.first() else {
        // Nobody wrote anything: a greeting is not what is looked at here.
        return StatusCode::NO_CONTENT.into_response();
    };
    let time = {
        let mut asked = lock(&shared.asked);
        let count = asked.entry(id.clone()).or_default();
        *count += 1;
        *count
    };
    let name = format!("c{}m{}", first.0, first.1);
    let mut draw = shared.seed.of(&["bot", &agent, &name, &time.to_string()]);
    if let Some(trouble) = trouble(&shared, &mut draw).await {
        return trouble;
    }
    if lock(&shared.later).contains_key(&agent) {
        shared.take(&agent, turn, id);
        return StatusCode::ACCEPTED.into_response();
    }
    Json(json!({ "actions": actions(said) })).into_response()
}

/// What goes wrong with a turn, if anything does; slowness has passed when it returns.
async fn trouble(shared: &Shared, draw: &mut Draw) -> Option<Response> {
    let kind = draw.below(1_000);
    let delay = draw.between(5, 120);
    if shared.calm.load(Ordering::Relaxed) {
        return None;
    }
    let (class, pause, answer) = match kind {
        0..30 => (
            "bot.failed",
            0,
            Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        ),
        30..45 => (
            "bot.throttled",
            0,
            Some(StatusCode::TOO_MANY_REQUESTS.into_response()),
        ),
        45..70 => ("bot.slower_than_the_budget", 3_000, None),
        70..76 => ("bot.timed_out", 6_000, None),
        76..82 => {
            let broken = Json(json!({"actions": [{"type": "dance"}]}));
            ("bot.broke_the_rules", 0, Some(broken.into_response()))
        }
        _ => ("", delay, None),
    };
    if !class.is_empty() {
        shared.tally.hit(class);
    }
    tokio::time::sleep(Duration::from_millis(pause)).await;
    answer
}

/// The answer to a turn: it names what it answers, and does what was asked.
fn actions(said: &str) -> Value {
    let marks: Vec<String> = tokens(said)
        .into_iter()
        .map(|(conversation, message)| format!("c{conversation}m{message}"))
        .collect();
    let mut actions = vec![json!({"type": "reply", "text": format!("re {}", marks.join(" "))})];
    if said.contains("human") {
        actions.push(json!({"type": "handover", "reason": "contact_asked"}));
    } else if said.contains("close") {
        actions.push(json!({"type": "resolve"}));
    }
    Value::from(actions)
}

impl Shared {
    /// Puts a turn into its conversation's line.
    fn take(self: &Arc<Self>, agent: &str, turn: Value, id: String) {
        let conversation = turn["conversationId"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if !lock(&self.taken).insert(id) {
            return;
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        let mut workers = lock(&self.workers);
        let worker = workers.entry(conversation.clone()).or_insert_with(|| {
            let (line, mut waiting) = mpsc::unbounded_channel::<Value>();
            let (shared, agent) = (Arc::clone(self), agent.to_owned());
            tokio::spawn(async move {
                while let Some(turn) = waiting.recv().await {
                    shared.answer(&agent, &conversation, &turn).await;
                    shared.open.fetch_sub(1, Ordering::Relaxed);
                }
            });
            line
        });
        // The worker lives as long as its line.
        let _ = worker.send(turn);
    }

    async fn answer(&self, agent: &str, conversation: &str, turn: &Value) {
        let id = turn["turnId"].as_str().unwrap_or_default();
        let said = turn["trigger"]["text"].as_str().unwrap_or_default();
        let marks = tokens(said);
        let name = marks
            .first()
            .map(|(conversation, message)| format!("c{conversation}m{message}"))
            .unwrap_or_default();
        let mut draw = self.seed.of(&["later", &name]);
        if !self.calm.load(Ordering::Relaxed) && draw.hits(150) {
            // It forgets: the deadline is for that.
            self.tally.hit("bot.never_answered");
            return;
        }
        tokio::time::sleep(Duration::from_millis(draw.between(100, 2_500))).await;
        let actions = actions(said);
        let text = actions[0]["text"].as_str().unwrap_or_default();
        let reply = json!({"id": id, "text": text, "inReplyTo": id});
        self.insist(agent, conversation, "replies", &reply).await;
        if said.contains("human") {
            let asked = json!({"reason": "contact_asked"});
            self.insist(agent, conversation, "handover", &asked).await;
        } else if said.contains("close") {
            self.insist(agent, conversation, "resolve", &json!({}))
                .await;
        }
    }

    /// Asks until it is heard, or refused for good, as the documentation asks for.
    async fn insist(&self, agent: &str, conversation: &str, act: &str, body: &Value) {
        for attempt in 0..60_u64 {
            let Some(later) = lock(&self.later).get(agent).cloned() else {
                return;
            };
            let url = format!(
                "{}/v1/agents/{agent}/conversations/{conversation}/{act}",
                later.api_url
            );
            let sent = self
                .http
                .post(url)
                .bearer_auth(&later.token)
                .json(body)
                .timeout(Duration::from_secs(20))
                .send()
                .await;
            match sent.map(|answer| answer.status().as_u16()) {
                Ok(200..300) => return self.tally.hit("api.accepted"),
                Ok(409) => return self.tally.hit("api.came_too_late"),
                // The turn may not be stored yet when a fast bot answers it.
                Ok(404 | 422 | 429 | 500..600) | Err(_) => self.tally.hit("api.asked_again"),
                Ok(status) => return self.tally.hit(&format!("api.refused_{status}")),
            }
            let pause = Duration::from_millis(200 * (attempt + 1).min(10));
            tokio::time::sleep(pause).await;
        }
        self.tally.hit("api.given_up");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_every_message_of_the_turn_and_does_what_was_asked() {
        let asked = actions("c3m1 please\nc3m2 human");
        assert_eq!(asked[0]["text"], "re c3m1 c3m2");
        assert_eq!(asked[1]["type"], "handover");
        assert_eq!(actions("c3m1 close")[1]["type"], "resolve");
        assert_eq!(actions("c3m1 please").as_array().unwrap().len(), 1);
    }
}
