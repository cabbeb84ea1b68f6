//! Bot services, played: each speaks its service's documented wire format and refuses what the service
//! would refuse. They share one mind ([`think`]) and can misbehave on demand ([`Conduct`]).

mod bedrock;
mod conduct;
mod dialogflow;
mod google;
mod http;
mod lex;
mod mind;
mod rasa;
mod signed_by_aws;
mod webhook;

use std::sync::{Arc, OnceLock};

use local_stack::RegisteredAgent;
use serde_json::{Value, json};

use crate::World;
use conduct::{Conduct, Treatment};

pub use mind::{AGAIN, ANSWER, GREETING, NOT_UNDERSTOOD, PERSON, THANKS, TOPIC};
pub use mind::{Thought, Wish, think};

/// A running bot service, and how an agent is set up to use it. It ends with the test's runtime.
pub struct BotService {
    /// The `kind` of its adapter.
    pub kind: &'static str,
    /// The reason it gives for a handover, as conversation-api tells it.
    pub handover_reason: &'static str,
    /// Whether it answers later, through conversation-api.
    pub answers_later: bool,
    /// The `[bot]` table of the agent's settings.
    settings: String,
    /// What of the agent's secret is about it.
    secrets: Value,
    conduct: Arc<Conduct>,
}

impl BotService {
    /// An agent that uses it.
    pub async fn agent(&self, world: &World, settings: &str) -> RegisteredAgent {
        let settings = format!("{settings}\n{}", self.settings);
        let agent = world
            .register(&settings, json!({}), self.secrets.clone())
            .await;
        self.conduct.connect(&world.stack.api_url, &agent);
        agent
    }

    /// All is well again.
    pub fn recover(&self) {
        self.conduct.be(Treatment::Answer);
    }

    /// From now on it answers nobody.
    pub fn break_down(&self) {
        self.conduct.be(Treatment::Down);
    }

    /// It tells the next `times` callers to slow down.
    pub fn throttle(&self, times: u32) {
        self.conduct.throttle(times);
    }

    /// From now on it takes its time.
    pub fn slow_down(&self, ms: u64) {
        self.conduct.be(Treatment::AnswerAfter(ms));
    }

    /// Requests so far, those included that it had no answer to.
    pub fn requests(&self) -> Vec<Value> {
        self.conduct.requests()
    }

    /// What was wrong with requests. Empty, unless an adapter misunderstands the service.
    pub fn complaints(&self) -> Vec<String> {
        self.conduct.complaints()
    }
}

/// Where a platform answers that answers later.
#[derive(Clone)]
struct ReplyTo {
    /// Of the agent's conversations.
    url: String,
    token: String,
}

type ReplyToOnce = OnceLock<ReplyTo>;
