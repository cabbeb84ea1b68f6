//! SQS: messages are kept until they are taken. Nothing is delayed, and nothing is delivered twice.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;

/// A message as a function gets it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Name of its queue.
    pub(crate) queue: String,
    pub(crate) body: String,
    /// Of a FIFO queue.
    pub(crate) group: Option<String>,
}

#[derive(Default)]
pub(crate) struct Queues {
    by_url: HashMap<String, Queue>,
    sent: u64,
}

#[derive(Default)]
struct Queue {
    messages: Vec<Message>,
    /// What was sent to a FIFO queue; AWS forgets it after five minutes.
    deduplication_ids: HashSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendMessage {
    queue_url: String,
    message_body: String,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    delay_seconds: Option<i32>,
}

impl Queues {
    pub(super) fn act(&mut self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        match operation {
            "SendMessage" => self.send(serde_json::from_slice(body)?),
            // Whoever takes a message here does not give it back.
            "ChangeMessageVisibility" => Ok(json!({})),
            other => Err(Refusal::Plain {
                code: "UnknownOperationException",
                message: format!("{other} is not known here"),
            }),
        }
    }

    fn send(&mut self, asked: SendMessage) -> Result<Value, Refusal> {
        let is_fifo = asked.queue_url.ends_with(".fifo");
        if is_fifo != asked.message_group_id.is_some()
            || is_fifo != asked.message_deduplication_id.is_some()
            || (is_fifo && asked.delay_seconds.is_some())
        {
            let problem = "groups are for FIFO queues, delays of messages for others";
            return Err(Refusal::invalid(problem));
        }
        let name = asked.queue_url.rsplit('/').next().unwrap_or_default();
        let name = name.to_owned();
        let queue = self.by_url.entry(asked.queue_url).or_default();
        let is_new = match asked.message_deduplication_id {
            Some(id) => queue.deduplication_ids.insert(id),
            None => true,
        };
        if is_new {
            queue.messages.push(Message {
                queue: name,
                body: asked.message_body,
                group: asked.message_group_id,
            });
        }
        self.sent += 1;
        Ok(json!({"MessageId": format!("00000000-0000-4000-8000-{:012x}", self.sent)}))
    }

    pub(super) fn take(&mut self, url: &str) -> Vec<Message> {
        let queue = self.by_url.get_mut(url);
        queue.map_or_else(Vec::new, |queue| std::mem::take(&mut queue.messages))
    }
}
