//! How a service behaves just now, and what it has seen.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use local_stack::RegisteredAgent;
use serde_json::Value;

use super::{ReplyTo, ReplyToOnce};

/// What a request gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Treatment {
    /// What the service has to say.
    #[default]
    Answer,
    /// The same, after so many milliseconds.
    AnswerAfter(u64),
    /// The service's way to say that it is broken.
    Down,
    /// The service's way to say that there are too many requests.
    Throttled,
}

/// Why a request gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Down,
    Throttled,
}

/// What a service shares with the test.
#[derive(Default)]
pub(super) struct Conduct {
    treatment: Mutex<Treatment>,
    throttled: Mutex<u32>,
    requests: Mutex<Vec<Value>>,
    complaints: Mutex<Vec<String>>,
    reply_to: ReplyToOnce,
}

impl Conduct {
    pub(super) fn be(&self, treatment: Treatment) {
        *self.treatment.lock().unwrap() = treatment;
    }

    pub(super) fn throttle(&self, times: u32) {
        *self.throttled.lock().unwrap() = times;
    }

    pub(super) fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap().clone()
    }

    /// Notes a request that is well-formed; what it gets.
    pub(super) fn receive(&self, request: Value) -> Treatment {
        self.requests.lock().unwrap().push(request);
        let mut throttled = self.throttled.lock().unwrap();
        if *throttled > 0 {
            *throttled -= 1;
            return Treatment::Throttled;
        }
        *self.treatment.lock().unwrap()
    }

    /// The same for a service that answers in its response: waits where it is slow.
    pub(super) async fn attend(&self, request: Value) -> Result<(), Trouble> {
        match self.receive(request) {
            Treatment::Answer => Ok(()),
            Treatment::AnswerAfter(ms) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(())
            }
            Treatment::Down => Err(Trouble::Down),
            Treatment::Throttled => Err(Trouble::Throttled),
        }
    }

    /// Notes what is wrong with a request. The service refuses it, and the test fails for it.
    pub(super) fn complain(&self, complaint: impl Into<String>) {
        self.complaints.lock().unwrap().push(complaint.into());
    }

    /// Tells where answers go that come later.
    pub(super) fn connect(&self, api_url: &str, agent: &RegisteredAgent) {
        // A second agent of one service would not learn of it: each test has one agent per service.
        let reply_to = ReplyTo {
            url: format!("{api_url}/v1/agents/{}/conversations", agent.name),
            token: agent.api_tokens.contributor.clone(),
        };
        let _ = self.reply_to.set(reply_to);
    }

    pub(super) fn reply_to(&self) -> Option<ReplyTo> {
        OnceLock::get(&self.reply_to).cloned()
    }
}
