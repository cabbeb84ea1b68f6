//! Bugs planted on purpose, each for one agent or one export, on the wire: what the checker must find.
//!
//! Product code stays as it is: a request is changed on its way, answered without being carried out, or sent
//! twice, which looks from outside as if a function had done so.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use axum::{
    Json,
    body::Bytes,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    bugs::{Bug, ExportBug},
    directory::Directory,
    unconditional::{without_conditions, without_deduplication},
};

/// What becomes of a request to AWS.
pub(crate) enum Turn {
    Pass(Bytes),
    Instead(Response),
    /// Also there, by the path of another object.
    Twice(Bytes, String),
}

/// What becomes of a reply to Sparkcentral.
pub(crate) enum Reply {
    Pass(Bytes),
    /// The function is told that all went well.
    Swallow,
    /// The function is told that all went well; what was held back before goes out behind this one.
    Hold,
    PassThenHeld(Bytes),
    Twice(Bytes),
    Elsewhere(String, Bytes),
    /// Whatever comes of it, the function is told that all went well.
    AlwaysWell(Bytes),
}

/// The bugs of a run; none in a run that shall be clean.
#[derive(Default)]
pub(crate) struct Planted {
    on: bool,
    seen: Mutex<HashMap<String, u32>>,
    struck: Mutex<BTreeSet<String>>,
}

impl Planted {
    /// All of them, or none.
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            ..Self::default()
        }
    }

    /// How often something of this name was asked before.
    fn nth(&self, what: &str) -> u32 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let count = seen.entry(what.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn strikes(&self, what: &str) {
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        struck.insert(what.to_owned());
    }

    /// Agents and tables whose bug has struck.
    pub(crate) fn struck(&self) -> BTreeSet<String> {
        self.struck
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn bug(&self, agent: &str) -> Option<Bug> {
        Bug::of(agent).filter(|_| self.on)
    }

    /// Whether every webhook of the agent comes once more, a while later. That is no bug of ours, and what
    /// makes one visible.
    pub(crate) fn comes_again(&self, agent: &str) -> bool {
        self.on && (agent == "control" || agent == Bug::ForgetsDuplicates.agent())
    }

    /// A webhook's answer in place of the function's.
    pub(crate) fn webhook(&self, agent: &str, body: &Bytes) -> Option<Response> {
        let is_message = String::from_utf8_lossy(body).contains("INBOUND_MESSAGE_RECEIVED");
        (self.bug(agent) == Some(Bug::AcceptsUnread) && is_message).then(|| {
            self.strikes(agent);
            Json(json!({})).into_response()
        })
    }

    /// What is left of a webhook's answer.
    pub(crate) fn webhook_answer(&self, agent: &str, answer: &mut Value) {
        if self.bug(agent) == Some(Bug::LosesInlineAnswer)
            && answer["body"]
                .as_str()
                .is_some_and(|body| body.contains("sendMessage"))
        {
            self.strikes(agent);
            answer["body"] = "{}".into();
        }
    }

    pub(crate) fn aws(
        &self,
        operation: &str,
        process: Option<&str>,
        parts: &Parts,
        body: Bytes,
        directory: &Directory,
    ) -> Turn {
        if !self.on {
            return Turn::Pass(body);
        }
        if operation == "S3.PUT" {
            return self.put_object(parts.uri.path(), body);
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        let Some(known) = Directory::named_in(&text).and_then(|id| directory.get(id)) else {
            return Turn::Pass(body);
        };
        let act = operation.rsplit('.').next().unwrap_or_default();
        let is_intake = process.is_some_and(|name| name.starts_with("webhook-intake"));
        let well = |answer: Value| Turn::Instead(Json(answer).into_response());
        match (self.bug(&known.agent), act) {
            // Whether an event has come before is asked by a read, and by the condition of the write.
            (Some(Bug::ForgetsDuplicates), "GetItem") if text.contains("EVENT#") && is_intake => {
                well(json!({}))
            }
            (Some(Bug::ForgetsDuplicates), "PutItem" | "UpdateItem" | "TransactWriteItems") => {
                self.strikes(&known.agent);
                Turn::Pass(without_conditions(&body))
            }
            (Some(Bug::ForgetsDuplicates), "SendMessage") => {
                Turn::Pass(without_deduplication(&body))
            }
            (Some(Bug::LosesQueueMessage), "SendMessage") if text.contains("outbound") => {
                self.strikes(&known.agent);
                let digest = json!({"MessageId": uuid::Uuid::new_v4().to_string()});
                well(digest)
            }
            // The first write of a message: the transaction that takes it in.
            (Some(Bug::LosesWrite), "TransactWriteItems") if text.contains(" please") => {
                self.strikes(&known.agent);
                well(json!({}))
            }
            _ => Turn::Pass(body),
        }
    }

    fn put_object(&self, path: &str, body: Bytes) -> Turn {
        let in_table = |bug: ExportBug| path.contains(&format!("/tables/{}/", bug.table()));
        let rejects = path.contains("/tables/rejects/");
        if in_table(ExportBug::LosesFile) {
            self.strikes(ExportBug::LosesFile.table());
            return Turn::Instead(([("ETag", "\"0\"")], "").into_response());
        }
        if in_table(ExportBug::LoadsTwice) {
            self.strikes(ExportBug::LoadsTwice.table());
            return match path.rsplit_once('/') {
                Some((folder, name)) => Turn::Twice(body, format!("{folder}/again-{name}")),
                None => Turn::Pass(body),
            };
        }
        // An object's name doesn't tell whose rows they are: only the table with this bug has broken ones.
        if rejects {
            self.strikes(ExportBug::LosesRejects.table());
            return Turn::Instead(([("ETag", "\"0\"")], "").into_response());
        }
        Turn::Pass(body)
    }

    /// A reply on its way to a conversation.
    pub(crate) fn reply(&self, id: &str, body: Bytes, directory: &Directory) -> Reply {
        let Some(known) = directory.get(id) else {
            return Reply::Pass(body);
        };
        let says: Value = serde_json::from_slice(&body).unwrap_or_default();
        let speaks = says.get("sendMessage").is_some();
        let Some(bug) = self.bug(&known.agent) else {
            return Reply::Pass(body);
        };
        let turn = match bug {
            Bug::PostsTwice if speaks => Reply::Twice(body),
            Bug::SwapsReplies if speaks => match self.nth(&format!("reply {id}")) {
                1 => Reply::Hold,
                2 => Reply::PassThenHeld(body),
                _ => return Reply::Pass(body),
            },
            Bug::SpeaksAfterTakeover if speaks => match self.nth(&format!("reply {id}")) {
                1 => Reply::Hold,
                // Only the test's end sends it: see `Sparkcentral`.
                _ => return Reply::Pass(body),
            },
            Bug::TakesRefusalForSuccess => Reply::AlwaysWell(body),
            Bug::LosesHandover if says["complete"] == "HANDOVER" => Reply::Swallow,
            Bug::AnswersElsewhere if speaks => match directory.sibling(id) {
                Some(other) if self.nth(&format!("reply {id}")) == 1 => {
                    Reply::Elsewhere(other, body)
                }
                _ => return Reply::Pass(body),
            },
            Bug::SaysOtherWords if speaks => {
                let mut other = says;
                other["sendMessage"]["text"] = "Something else.".into();
                Reply::Pass(other.to_string().into())
            }
            _ => return Reply::Pass(body),
        };
        self.strikes(&known.agent);
        turn
    }
}

/// What the function is told where nothing was done.
pub(crate) fn all_well() -> Response {
    (StatusCode::OK, Json(json!({}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_planted_in_a_run_that_shall_be_clean() {
        let planted = Planted::new(false);
        assert_eq!(planted.bug(Bug::PostsTwice.agent()), None);
        assert!(!planted.comes_again("control"));
    }
}
