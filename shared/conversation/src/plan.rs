//! From a bot's actions to Sparkcentral's replies.

use std::collections::BTreeMap;

use sparkcentral::rich_text::neutralise;
use sparkcentral::{
    Complete, ConversationNote, Features, MediumId, MessageTag, OutgoingMessage, Reply, Tags,
    Typing, split_text, text_limit,
};

use crate::handover::HandoverReason;
use crate::turn::{Action, Answer, MAX_ACTIONS, MAX_SESSION_BYTES};

/// What an answer becomes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Replies, to be sent in order.
    pub replies: Vec<Reply>,
    /// People are asked after the last reply.
    pub handover: Option<PlannedHandover>,
    /// The last reply closes the conversation.
    pub resolves: bool,
    /// Actions left out because the agent's dialect does not know them, by name.
    pub left_out: Vec<&'static str>,
}

/// The handover an answer asks for. Topics and attributes of the same answer travel with it:
/// Sparkcentral's routing looks at them when the conversation is completed.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedHandover {
    /// Why.
    pub reason: HandoverReason,
    /// Topics.
    pub topics: Vec<String>,
    /// Contact attributes.
    pub attributes: BTreeMap<String, String>,
}

/// An answer that can't be carried out. Each problem names the place in the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bot's answer can't be carried out: {}", .problems.join("; "))]
pub struct BadAnswer {
    /// All problems, not just the first.
    pub problems: Vec<String>,
}

impl Plan {
    /// The one reply that can be the webhook's whole answer, if the plan is that: a handover is
    /// not, because it must come after everything queued before it.
    pub fn inline(&self) -> Option<Reply> {
        match (self.replies.as_slice(), &self.handover) {
            ([], None) => Some(Reply::default()),
            ([only], None) => Some(only.clone()),
            _ => None,
        }
    }

    /// Plans an answer for a medium. Topics, tags, attributes and notes go with the message before
    /// them, or with the first one after where there is none before.
    pub fn of(
        answer: &Answer,
        features: &Features,
        medium: Option<&MediumId>,
    ) -> Result<Self, BadAnswer> {
        let mut problems = limits(answer);
        let medium = medium.cloned();
        let handover = answer.actions.iter().find_map(|action| match action {
            Action::Handover { reason } => Some(reason.unwrap_or(HandoverReason::BotAsked)),
            _ => None,
        });
        let mut draft = Draft {
            features,
            medium,
            plan: Self::default(),
            problems: Vec::new(),
        };
        let mut attributes = BTreeMap::new();
        let mut topics = Vec::new();
        for (index, action) in answer.actions.iter().enumerate() {
            match action {
                Action::Attributes { attributes: set } if handover.is_some() => {
                    attributes.extend(set.clone());
                }
                Action::Topics { topics: names } if handover.is_some() => {
                    topics.extend(names.iter().cloned());
                }
                other => draft.add(index, other),
            }
            if matches!(action, Action::Handover { .. } | Action::Resolve)
                && index + 1 < answer.actions.len()
            {
                draft.problems.push(format!(
                    "actions[{}]: nothing may follow {}, which ends the bot's part",
                    index + 1,
                    action.name()
                ));
                break;
            }
        }
        let Draft {
            mut plan,
            problems: more,
            ..
        } = draft;
        problems.extend(more);
        if let Some(reason) = handover {
            plan.handover = Some(PlannedHandover {
                reason,
                topics,
                attributes,
            });
        }
        if let Some(handover) = &plan.handover {
            let last = Reply {
                apply_topics: handover.topics.clone(),
                set_contact_attributes: handover.attributes.clone(),
                ..Reply::default()
            };
            if let Err(found) = last.validate(features, None) {
                problems.extend(found.iter().map(|problem| format!("handover: {problem}")));
            }
        }
        for (index, reply) in plan.replies.iter().enumerate() {
            if let Err(found) = reply.validate(features, None) {
                problems.extend(
                    found
                        .iter()
                        .map(|problem| format!("reply {}: {problem}", index + 1)),
                );
            }
        }
        if problems.is_empty() {
            Ok(plan)
        } else {
            Err(BadAnswer { problems })
        }
    }
}

fn limits(answer: &Answer) -> Vec<String> {
    let mut problems = Vec::new();
    if answer.actions.len() > MAX_ACTIONS {
        problems.push(format!(
            "actions: {} of them, at most {MAX_ACTIONS} are taken",
            answer.actions.len()
        ));
    }
    let session_bytes = answer
        .session
        .as_ref()
        .map_or(0, |session| session.to_string().len());
    if session_bytes > MAX_SESSION_BYTES {
        problems.push(format!(
            "session: {session_bytes} bytes of JSON, at most {MAX_SESSION_BYTES} are kept"
        ));
    }
    problems
}

struct Draft<'a> {
    features: &'a Features,
    medium: Option<MediumId>,
    plan: Plan,
    problems: Vec<String>,
}

impl Draft<'_> {
    fn add(&mut self, index: usize, action: &Action) {
        match action {
            Action::Reply {
                text,
                attachment,
                rich_text,
            } => {
                // Free text must not form one of Sparkcentral's shortcodes by accident.
                let guarded = text.as_deref().map(|text| match rich_text {
                    true => text.to_owned(),
                    false => neutralise(text).into_owned(),
                });
                self.message(index, guarded, attachment.as_deref());
            }
            Action::Topics { topics } => {
                self.current().apply_topics.extend(topics.iter().cloned());
            }
            Action::Attributes { attributes } => {
                let target = &mut self.current().set_contact_attributes;
                target.extend(attributes.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
            Action::Tags { tags } if self.features.apply_tags => {
                let all = match self.current().apply_tags.take() {
                    Some(Tags::OnThisMessage(names)) => {
                        names.into_iter().chain(tags.iter().cloned()).collect()
                    }
                    _ => tags.clone(),
                };
                self.current().apply_tags = Some(Tags::OnThisMessage(all));
            }
            Action::Note { text } if self.features.conversation_notes => {
                let notes = &mut self.current().apply_conversation_notes;
                notes.push(ConversationNote { text: text.clone() });
            }
            Action::Typing { on } if self.features.indicate_typing => {
                self.current().indicate_typing =
                    Some(if *on { Typing::Start } else { Typing::Stop });
            }
            Action::Tags { .. } | Action::Note { .. } | Action::Typing { .. } => {
                self.plan.left_out.push(action.name());
            }
            Action::Handover { .. } => {}
            Action::Resolve => {
                self.plan.resolves = true;
                self.current().complete = Some(Complete::Resolved);
            }
        }
    }

    fn message(&mut self, index: usize, text: Option<String>, attachment: Option<&str>) {
        let text = text.filter(|text| !text.trim().is_empty());
        let attachment = attachment.filter(|name| !name.is_empty());
        if text.is_none() && attachment.is_none() {
            self.problems.push(format!(
                "actions[{index}]: a reply needs text or an attachment's file name"
            ));
            return;
        }
        let limit = self.medium.as_ref().and_then(text_limit);
        let mut pieces: Vec<Option<String>> = match (text, limit) {
            (Some(text), Some(limit)) => split_text(&text, limit).into_iter().map(Some).collect(),
            (Some(text), None) => vec![Some(text)],
            (None, _) => vec![None],
        };
        let last = pieces.pop();
        for piece in pieces {
            self.push(OutgoingMessage {
                text: piece,
                attachment: None,
            });
        }
        if let Some(text) = last {
            self.push(OutgoingMessage {
                text,
                attachment: attachment.map(ToOwned::to_owned),
            });
        }
    }

    fn push(&mut self, message: OutgoingMessage) {
        let several = self.features.send_messages;
        let reply = self.current();
        if several {
            reply.send_messages.push(message);
        } else if reply.send_message.is_none() {
            reply.send_message = Some(message);
        } else {
            self.plan.replies.push(Reply {
                send_message: Some(message),
                ..Reply::default()
            });
        }
    }

    /// The reply being filled: the last one.
    fn current(&mut self) -> &mut Reply {
        if self.plan.replies.is_empty() {
            self.plan.replies.push(Reply::default());
        }
        let last = self.plan.replies.len() - 1;
        &mut self.plan.replies[last]
    }
}

/// The reply as REST wants it: a tag there names the message it is on, where a webhook's answer
/// means the message being answered. Without an id to name, tags are left out.
pub fn for_rest(mut reply: Reply, message_id: Option<&str>) -> Reply {
    if let Some(Tags::OnThisMessage(tags)) = reply.apply_tags.take() {
        reply.apply_tags = message_id.map(|id| {
            let on = |tag| MessageTag {
                message_id: id.to_owned(),
                tag,
            };
            Tags::OnMessages(tags.into_iter().map(on).collect())
        });
    }
    reply
}
