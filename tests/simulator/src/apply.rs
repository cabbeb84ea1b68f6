//! What a virtual agent's reply does to a conversation: the same over REST as in a webhook's answer.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    agent::Agent,
    contact::{Attribute, Contact},
    conversation::{AppliedTag, AppliedTopic, Author, Conversation, Note, Via},
    event::Event,
    history::{Queue, Reason},
    moment::Moment,
    moves::hand_off,
    records::Answer,
    refusal::Refusal,
    reply::{self, Complete, Reply},
    shortcodes::{self, Shortcode},
    world::World,
};

impl World {
    /// Reads and applies a reply to a conversation `agent` has. All of it, or nothing. Returns what had no
    /// effect. `answers` is the message a webhook's answer is about.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; [`Refusal::NotFound`].
    pub(crate) fn apply(
        &mut self,
        id: &str,
        agent: &Agent,
        body: Value,
        via: Via,
        answers: Option<&str>,
        now: Moment,
    ) -> Result<Vec<String>, Refusal> {
        let reply = reply::parse(body, agent.inbox_fields)?;
        let conversation = self
            .conversations
            .get_mut(id)
            .ok_or_else(|| Refusal::no_conversation(id))?;
        let contact = self.contacts.get_mut(&conversation.contact);
        let words = Words {
            topics: &self.topics,
            tags: &self.tags,
            shortcodes: &self.config.shortcodes,
        };
        apply(
            conversation,
            contact,
            &words,
            agent,
            reply,
            via,
            answers,
            now,
        )
    }

    /// Takes the body of a webhook's 200. Only the first one per event counts, and only while the agent
    /// still has the conversation.
    pub(crate) fn answer(&mut self, id: &str, event: &Event, body: &[u8], now: Moment) -> Answer {
        let parsed = if body.trim_ascii().is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(body)
        };
        let body = parsed.as_ref().cloned().unwrap_or_default();
        let Ok(conversation) = self.conversation_mut(id) else {
            return Answer::unapplied("the conversation is gone", body);
        };
        if !conversation.answered.insert(event.key.clone()) {
            return Answer::unapplied("this event has had its answer", body);
        }
        if conversation.virtual_agent() != Some(event.agent.as_str()) {
            return Answer::unapplied("the conversation is no longer with the agent", body);
        }
        // The documents ask for `{}` at least; nothing at all is taken for the same.
        let fields = match parsed {
            Ok(Value::Null) => Value::Object(serde_json::Map::new()),
            Ok(fields) => fields,
            Err(error) => return Answer::unapplied(format!("not JSON: {error}"), body),
        };
        let Some(agent) = self.agents.get(&event.agent).cloned() else {
            return Answer::unapplied("the agent is gone", body);
        };
        let via = Via::WebhookAnswer;
        match self.apply(id, &agent, fields, via, event.message_id(), now) {
            Ok(ignored) => Answer {
                applied: true,
                reason: None,
                ignored,
                body,
            },
            Err(refusal) => Answer::unapplied(refusal.text(), body),
        }
    }

    /// An event could not be delivered: if it is not stale, its conversation goes to New.
    pub(crate) fn give_up(&mut self, id: &str, event: &Event, now: Moment) {
        if let Ok(conversation) = self.conversation_mut(id)
            && conversation.virtual_agent() == Some(event.agent.as_str())
            && conversation.assignment == event.assignment
        {
            conversation.move_to(Queue::New, None, Reason::WebhookFailed, now);
        }
    }
}

/// The topics and tags that exist, and the shortcodes each medium knows.
struct Words<'a> {
    topics: &'a [String],
    tags: &'a [String],
    shortcodes: &'a BTreeMap<String, Vec<Shortcode>>,
}

/// The spelling the platform has for a name, in whatever case it was given.
fn known<'a>(words: &'a [String], name: &str) -> Option<&'a String> {
    let name = name.to_lowercase();
    words.iter().find(|word| word.to_lowercase() == name)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one act, named once"
)]
fn apply(
    conversation: &mut Conversation,
    contact: Option<&mut Contact>,
    words: &Words<'_>,
    agent: &Agent,
    reply: Reply,
    via: Via,
    answers: Option<&str>,
    now: Moment,
) -> Result<Vec<String>, Refusal> {
    let mut ignored = reply.ignored;
    for name in reply.messages.iter().filter_map(|m| m.attachment.as_ref()) {
        if conversation.attachments.iter().all(|a| &a.name != name) {
            return Err(Refusal::malformed(format!(
                "attachment {name:?} has not been uploaded"
            )));
        }
    }

    if let Some(typing) = reply.typing {
        conversation.typing = typing;
    }
    for message in reply.messages {
        conversation.typing = false;
        conversation.owed = None;
        let text = message.text;
        let rendered =
            shortcodes::rendered(words.shortcodes, &conversation.medium, text.as_deref());
        let author = Author::VirtualAgent;
        conversation
            .push_message(author, text, message.attachment, Some(via), now)
            .rendered = rendered;
    }
    for name in reply.topics {
        match known(words.topics, &name) {
            Some(topic) if conversation.topics.contains(topic) => {}
            Some(topic) => {
                conversation.topics.push(topic.clone());
                conversation.applied_topics.push(AppliedTopic {
                    topic: topic.clone(),
                    by: agent.id.clone(),
                    at: now,
                });
            }
            None => {
                ignored.push(format!("topic {name:?} does not exist"));
                conversation.ignored_topics.push(name);
            }
        }
    }
    for tag in reply.tags {
        // A bare name means the message being answered: over REST there is none.
        let message_id = tag.message_id.or_else(|| answers.map(String::from));
        let exists = |id: &String| conversation.messages.iter().any(|m| &m.id == id);
        match (known(words.tags, &tag.tag), message_id.filter(exists)) {
            (Some(tag), Some(message_id)) => {
                let same = |known: &AppliedTag| known.message_id == message_id && &known.tag == tag;
                if !conversation.tags.iter().any(same) {
                    conversation.tags.push(AppliedTag {
                        message_id,
                        tag: tag.clone(),
                        by: agent.id.clone(),
                        at: now,
                    });
                }
            }
            (None, _) => ignored.push(format!("tag {:?} does not exist", tag.tag)),
            (_, None) => ignored.push(format!("tag {:?} is for no known message", tag.tag)),
        }
    }
    let notes = reply.notes.into_iter().map(|text| Note { text, at: now });
    conversation.notes.extend(notes);
    if let Some(contact) = contact {
        for (attribute, value) in reply.attributes {
            let known = format!("attribute {attribute:?} has a value already");
            // No source is documented for what a virtual agent sets; AGENT is the nearest.
            let source = "AGENT".into();
            let fresh = contact.learn(Attribute {
                attribute,
                value,
                source,
            });
            if !fresh {
                ignored.push(known);
            }
        }
    }
    match reply.complete {
        Some(Complete::Handover) => {
            hand_off(conversation, agent.handoff_rule, Reason::Handover, now);
        }
        Some(Complete::Resolved) => {
            conversation.move_to(Queue::Resolved, None, Reason::ResolvedByAgent, now);
        }
        None => {}
    }
    Ok(ignored)
}
