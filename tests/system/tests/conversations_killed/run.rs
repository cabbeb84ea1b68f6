//! One journey of one conversation: what was written, where it is cut, and what the others saw of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::Value;
use system_tests::Process;

use crate::point::{Cut, Point, Side, Write};

/// Longest time until everything of a conversation is worked off: several leases, on two busy cores.
const SETTLED_WITHIN: Duration = Duration::from_secs(240);

/// One journey.
pub(crate) struct Run {
    /// Sparkcentral's id of the conversation.
    pub(crate) id: String,
    pub(crate) agent: &'static str,
    pub(crate) cut: Option<Cut>,
    seen: Mutex<Seen>,
}

/// Something that reached Sparkcentral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) via: Via,
    pub(crate) texts: Vec<String>,
    pub(crate) topics: Vec<String>,
    pub(crate) complete: Option<String>,
}

/// How it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    WebhookAnswer,
    Rest,
}

/// A reply whose sender has it under a lease.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    pub(crate) text: Option<String>,
    /// Whether Sparkcentral took it, perhaps without the sender knowing.
    pub(crate) arrived: bool,
}

/// What is known of a journey.
#[derive(Default)]
pub(crate) struct Seen {
    /// Whether writes count: not while a conversation is brought to where its journey begins.
    watched: bool,
    pub(crate) writes: Vec<Point>,
    /// Whether it was cut.
    pub(crate) is_cut: bool,
    /// Whose invocations work for it, by function and worker.
    working: BTreeMap<(&'static str, usize), Process>,
    /// FIFO messages by queue and body: there until they are deleted.
    waiting: BTreeSet<(String, String)>,
    /// All of them: SQS takes the same once.
    sent: BTreeSet<(String, String)>,
    sending: Option<Sending>,
    /// The reply under way when its sender died.
    pub(crate) in_doubt: Option<Sending>,
    /// In the order of arrival.
    pub(crate) heard: Vec<Heard>,
    /// The answers to each event with status 200, also those that got lost.
    pub(crate) answers: BTreeMap<String, Vec<Value>>,
    /// Whether the conversation has left the bot.
    pub(crate) is_away: bool,
    /// Whether an event was not accepted, however often it was sent.
    pub(crate) is_given_up: bool,
    /// The last answer that got lost.
    pub(crate) lost: Option<Value>,
    /// What may not happen.
    pub(crate) problems: Vec<String>,
}

impl Run {
    pub(crate) fn new(agent: &'static str, cut: Option<Cut>) -> Arc<Self> {
        Arc::new(Self {
            id: uuid::Uuid::new_v4().to_string(),
            agent,
            cut,
            seen: Mutex::default(),
        })
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// From now on, or no more, its writes are points.
    pub(crate) fn watch(&self, watched: bool) {
        self.seen().watched = watched;
    }

    /// Notes a write, and says whether and on which side of it its function dies.
    pub(crate) fn meet(&self, function: &'static str, what: String) -> Option<Side> {
        let mut seen = self.seen();
        if !seen.watched {
            return None;
        }
        let write = Write { function, what };
        let before = seen.writes.iter().filter(|point| point.write == write);
        let number = before.count() + 1;
        let point = Point { write, number };
        let cut = self.cut.as_ref().filter(|cut| cut.point == point);
        let side = cut.filter(|_| !seen.is_cut).map(|cut| cut.side);
        seen.writes.push(point);
        seen.is_cut |= side.is_some();
        side
    }

    /// A write that met a conflict is none, and its function tries again: how often, chance decides.
    pub(crate) fn takes_back(&self, function: &'static str, what: String) {
        let mut seen = self.seen();
        let write = Write { function, what };
        let place = seen.writes.iter().rposition(|point| point.write == write);
        if let (true, Some(place)) = (seen.watched, place) {
            seen.writes.remove(place);
        }
    }

    /// Kills a process of a function that works on it.
    pub(crate) fn kill(&self, function: &str, process: &Process) {
        let mut seen = self.seen();
        if function == "reply-sender" {
            seen.in_doubt = seen.sending.clone();
        }
        process.kill();
    }

    /// The process of reply-sender that works on it: there is one at most, by its message group.
    pub(crate) fn sender(&self) -> Option<Process> {
        let seen = self.seen();
        let mut working = seen.working.iter();
        let found = working.find(|((function, _), _)| *function == "reply-sender");
        found.map(|(_, process)| process.clone())
    }

    /// An invocation works on it.
    pub(crate) fn begins(&self, function: &'static str, worker: usize, process: &Process) {
        let mut seen = self.seen();
        seen.working.insert((function, worker), process.clone());
    }

    pub(crate) fn ends(&self, function: &'static str, worker: usize) {
        self.seen().working.remove(&(function, worker));
    }

    pub(crate) fn problem(&self, problem: String) {
        self.seen().problems.push(problem);
    }

    /// A message goes to a queue.
    pub(crate) fn sends(&self, queue: &str, body: &str) {
        if !queue.ends_with(".fifo") {
            return;
        }
        let message = (queue.to_owned(), body.to_owned());
        let mut seen = self.seen();
        if seen.sent.insert(message.clone()) {
            seen.waiting.insert(message);
        }
    }

    /// A message is deleted.
    pub(crate) fn done(&self, queue: &str, body: &str) {
        let message = (queue.to_owned(), body.to_owned());
        self.seen().waiting.remove(&message);
    }

    /// A reply's item was saved by its sender.
    pub(crate) fn saved(&self, item: &Value) {
        let body = item["body"]["S"].as_str().unwrap();
        let reply: Value = serde_json::from_str(body).unwrap();
        let is_sending = reply["delivery"]["status"] == "sending";
        self.seen().sending = is_sending.then(|| Sending {
            text: texts(&reply["reply"]).pop(),
            arrived: false,
        });
    }

    /// Sparkcentral is told something; whether the conversation is still the bot's.
    pub(crate) fn hears(&self, via: Via, reply: &Value) -> bool {
        let mut seen = self.seen();
        if seen.is_away {
            return false;
        }
        let word = |word: &Value| word.as_str().map(str::to_owned);
        let complete = word(&reply["complete"]);
        seen.is_away = complete.is_some();
        let topics = reply["applyTopics"].as_array();
        let topics = topics.into_iter().flatten().filter_map(word).collect();
        seen.heard.push(Heard {
            via,
            texts: texts(reply),
            topics,
            complete,
        });
        if let (Via::Rest, Some(sending)) = (via, &mut seen.sending) {
            sending.arrived = true;
        }
        true
    }

    /// Whether a lease of a dead sender holds the reply.
    pub(crate) fn is_held(&self) -> bool {
        let seen = self.seen();
        seen.in_doubt.is_some() && seen.sending.is_some()
    }

    /// Waits until nothing of it waits in a queue or is worked on, and `more` holds.
    pub(crate) async fn settled(&self, what: &str, more: impl Fn(&Seen) -> bool) {
        let deadline = Instant::now() + SETTLED_WITHIN;
        loop {
            {
                let seen = self.seen();
                let is_idle = seen.waiting.is_empty() && seen.working.is_empty();
                if is_idle && more(&seen) {
                    return;
                }
            }
            if Instant::now() > deadline {
                let waiting = self.seen().waiting.clone();
                return self.problem(format!("not in time: {what}; waiting {waiting:?}"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What the contact reads of a reply.
pub(crate) fn texts(reply: &Value) -> Vec<String> {
    let many = reply["sendMessages"].as_array().into_iter().flatten();
    let messages = std::iter::once(&reply["sendMessage"]).chain(many);
    let text = |message: &Value| message["text"].as_str().map(str::to_owned);
    messages.filter_map(text).collect()
}
