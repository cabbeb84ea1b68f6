//! What human agents answered.

use crate::{
    conversation::{Author, Conversation, Message},
    exports::{
        counts::{Counts, handover_reason},
        scope::Window,
    },
    history::{Owner, Queue, Reason},
};

impl Counts {
    /// Looks back from each message of a human for what it answers.
    pub(super) fn responses(&mut self, conversation: &Conversation, window: Window) {
        for message in &conversation.messages {
            if message.author != Author::Human || !window.contains(message.at) {
                continue;
            }
            let Some((started_by, reason)) = answered(conversation, message) else {
                continue;
            };
            self.started_by.add(started_by);
            if let Some(reason) = reason {
                self.handover_reasons.add(reason);
            }
        }
    }
}

/// What made a human's message due, by its vendor's name, and the reason of a handover.
fn answered(
    conversation: &Conversation,
    reply: &Message,
) -> Option<(&'static str, Option<&'static str>)> {
    let messages = &conversation.messages;
    let history = &conversation.history;
    let human = |m: &&Message| m.author == Author::Human && m.step < reply.step;
    let last_reply = messages.iter().rfind(human).map_or(0, |m| m.step);
    // What was due before the agent had it, or before the end, is due no longer.
    let with_agent = |owner: &Option<Owner>| matches!(owner, Some(Owner::VirtualAgent { .. }));
    let barrier = history.iter().rposition(|change| {
        change.step < reply.step && (with_agent(&change.owner) || change.queue == Queue::Resolved)
    });
    let end = barrier.map_or(0, |index| history[index].step);
    // The change right after the agent's time is a handover, unless it is an end.
    let handed_over = barrier
        .filter(|&index| with_agent(&history[index].owner))
        .and_then(|index| history.get(index + 1))
        .filter(|change| change.step > last_reply && change.step < reply.step);
    if let Some(change) = handed_over {
        let error = matches!(change.reason, Reason::NoReply | Reason::WebhookFailed);
        if change.reason != Reason::Taken && change.owner.is_some() {
            return Some(("VA_REASSIGNED_CONVERSATION_TO_HUMAN_AGENT", None));
        }
        return Some(("VA_HANDED_OVER_CONVERSATION", Some(handover_reason(error))));
    }
    let after = end.max(last_reply);
    let due = messages
        .iter()
        .position(|m| m.author == Author::Contact && m.step > after && m.step < reply.step)?;
    let first = messages[..due].iter().all(|m| m.author != Author::Contact);
    let started_by = if first {
        "NEW_CONVERSATION"
    } else {
        "INBOUND_MESSAGE"
    };
    Some((started_by, None))
}
