//! Asks conversation-api about the conversations somebody looks at, seldom enough that a page with a lot
//! going on doesn't become a load.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use serde::Deserialize;
use tokio::{sync::watch, time::Instant};

use crate::{
    agent::Sparkbridge, app::App, conversation::Conversation, history::Owner, world::World,
};

use super::account::Account;

/// Between two questions about one conversation.
const GAP: Duration = Duration::from_millis(700);
/// An answer this old is good enough to be shown at once.
const FRESH: Duration = Duration::from_secs(3);
/// How long a page waits for a fresher one.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long conversation-api has for its answer: the first one after a pause takes its time.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is known of a conversation from the other side.
#[derive(Clone, PartialEq)]
pub(super) enum Told {
    /// The agent is registered without `sparkbridge`, or there is none.
    NoAddress,
    /// The first answer is not there yet.
    Asked,
    /// It hasn't heard of the conversation.
    Unknown,
    /// In words, why nothing is known.
    Unavailable(String),
    Account(Arc<Account>),
}

/// The answers so far, by conversation.
#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<String, Arc<Line>>>);

/// The questions about one conversation.
struct Line {
    heard: watch::Sender<Option<(Told, Instant)>>,
    state: Mutex<Asking>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    No,
    Once,
    /// Somebody wanted to know while a question was under way, which may have been put too early.
    Again,
}

/// Where to ask about a conversation.
struct Address {
    agent: String,
    sparkbridge: Sparkbridge,
}

impl Answers {
    /// What is known of a conversation, a few seconds old at most, unless the other side is slow. Where it
    /// is not of this moment, a newer answer is asked for, and told as a change if it differs.
    pub(super) async fn about(&self, app: &Arc<App>, conversation: &str) -> Told {
        let Some(address) = Address::of(&app.world(), conversation) else {
            return Told::NoAddress;
        };
        let line = self.line(app, conversation);
        let mut heard = line.heard.subscribe();
        if line.ask() {
            app.spawn(work_off(
                Arc::clone(app),
                Arc::clone(&line),
                address,
                conversation.to_owned(),
            ));
        }
        let begun = Instant::now();
        let is_fresh = |heard: &Option<(Told, Instant)>| {
            heard.as_ref().is_some_and(|(_, at)| *at + FRESH > begun)
        };
        // Whether in time or not: then what was heard before is shown.
        let _waited = tokio::time::timeout(PATIENCE, heard.wait_for(is_fresh)).await;
        let told = line.heard.borrow();
        told.as_ref().map_or(Told::Asked, |(told, _)| told.clone())
    }

    fn line(&self, app: &App, conversation: &str) -> Arc<Line> {
        let mut lines = locked(&self.0);
        if let Some(line) = lines.get(conversation) {
            return Arc::clone(line);
        }
        let line = Arc::new(Line {
            heard: watch::Sender::new(None),
            state: Mutex::new(Asking::No),
        });
        let world = app.world();
        lines.retain(|id, _| world.conversations.contains_key(id));
        lines.insert(conversation.into(), Arc::clone(&line));
        line
    }
}

impl Line {
    /// True if somebody has to work the questions off.
    fn ask(&self) -> bool {
        let mut state = locked(&self.state);
        let idle = *state == Asking::No;
        *state = if idle { Asking::Once } else { Asking::Again };
        idle
    }

    /// True if there is another question.
    fn answered(&self) -> bool {
        let mut state = locked(&self.state);
        *state = match *state {
            Asking::Again => Asking::Once,
            Asking::Once | Asking::No => Asking::No,
        };
        *state == Asking::Once
    }
}

/// Nothing is changed by halves under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn work_off(app: Arc<App>, line: Arc<Line>, address: Address, conversation: String) {
    loop {
        let last = line.heard.borrow().as_ref().map(|(_, at)| *at);
        if let Some(last) = last {
            tokio::time::sleep_until(last + GAP).await;
        }
        let told = address.ask(&app.http, &conversation).await;
        let before = line.heard.borrow().as_ref().map(|(told, _)| told.clone());
        let news = before.as_ref() != Some(&told);
        line.heard.send_replace(Some((told, Instant::now())));
        if news {
            app.changed();
        }
        if !line.answered() {
            return;
        }
    }
}

impl Address {
    /// That of the virtual agent that has the conversation, or had it last, or was to get it.
    fn of(world: &World, conversation: &str) -> Option<Self> {
        let conversation = world.conversation(conversation).ok()?;
        let agent = world.agents.get(virtual_agent(conversation)?)?;
        Some(Self {
            agent: agent.id.clone(),
            sparkbridge: agent.sparkbridge.clone()?,
        })
    }

    async fn ask(&self, http: &reqwest::Client, conversation: &str) -> Told {
        let Sparkbridge { api_url, token } = &self.sparkbridge;
        let mut url = api_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            path.extend(["v1", "agents", &self.agent, "conversations", conversation]);
        }
        let request = http.get(url).bearer_auth(token).timeout(TIMEOUT);
        let answer = match request.send().await {
            Ok(answer) => (answer.status(), answer.bytes().await),
            Err(error) => return Told::Unavailable(in_words(&error)),
        };
        match answer {
            (_, Err(error)) => Told::Unavailable(in_words(&error)),
            (status, Ok(body)) => read(status, &body),
        }
    }
}

/// The virtual agent whose system knows about a conversation.
pub(super) fn virtual_agent(conversation: &Conversation) -> Option<&str> {
    let virtual_agent =
        |owner: &'_ Option<Owner>| matches!(owner, Some(Owner::VirtualAgent { .. }));
    let mut changes = conversation.history.iter().rev();
    let last = changes.find(|change| virtual_agent(&change.owner));
    match last.and_then(|change| change.owner.as_ref()) {
        Some(Owner::VirtualAgent { id }) => Some(id),
        _ => conversation.agent.as_deref(),
    }
}

fn in_words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        format!("It gave no answer within {} seconds.", TIMEOUT.as_secs())
    } else if error.is_connect() {
        "Nothing listens at its address.".into()
    } else {
        "The connection broke off.".into()
    }
}

/// A problem as conversation-api describes it.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

fn read(status: StatusCode, body: &[u8]) -> Told {
    if status == StatusCode::OK {
        let unreadable = || Told::Unavailable("Its answer can't be read.".into());
        let account = serde_json::from_slice(body);
        return account.map_or_else(|_| unreadable(), |account| Told::Account(Arc::new(account)));
    }
    let problem = serde_json::from_slice::<Problem>(body);
    match (status.as_u16(), problem) {
        (404, Ok(Problem { code })) if code == "unknown_conversation" => Told::Unknown,
        (401 | 403, _) => Told::Unavailable(format!(
            "It refuses the token the agent was registered with here (status {}).",
            status.as_u16()
        )),
        (status, _) => Told::Unavailable(format!("It answers with status {status}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_in_words() {
        let told = |status: u16, body: &str| match read(
            StatusCode::from_u16(status).unwrap(),
            body.as_bytes(),
        ) {
            Told::Account(account) => account.state.clone(),
            Told::Unknown => "unknown".into(),
            Told::Unavailable(why) => why,
            Told::NoAddress | Told::Asked => panic!("an answer came"),
        };
        assert_eq!(told(200, r#"{"state": "with_bot", "new": 1}"#), "with_bot");
        assert_eq!(told(404, r#"{"code": "unknown_conversation"}"#), "unknown");
        assert!(told(404, r#"{"message": "Not Found"}"#).contains("404"));
        assert!(told(401, "").contains("refuses the token"));
        assert!(told(200, "<html>").contains("can't be read"));
    }

    #[test]
    fn a_question_put_while_one_is_under_way_is_asked_once_more() {
        let line = Line {
            heard: watch::Sender::new(None),
            state: Mutex::new(Asking::No),
        };
        assert!(line.ask());
        assert!(!line.ask());
        assert!(!line.ask());
        assert!(line.answered());
        assert!(!line.answered());
        assert!(line.ask());
    }
}
