//! What happened in a conversation, as the exports' columns ask for it.

use crate::{
    conversation::{Author, Conversation, Direction, Message},
    exports::{
        cells::between,
        people::{Who, author, changes},
    },
    history::{Change, How, Owner, Queue, Reason},
    moment::Moment,
};

/// A change with the owner before it, or a message.
pub(crate) enum Step<'a> {
    Change(&'a Change, Option<&'a Owner>),
    Message(&'a Message),
}

impl Step<'_> {
    fn number(&self) -> u32 {
        match self {
            Self::Change(change, _) => change.step,
            Self::Message(message) => message.step,
        }
    }
}

/// Changes and messages in the order they happened in.
pub(crate) fn steps(conversation: &Conversation) -> Vec<Step<'_>> {
    let changes = changes(conversation).map(|(change, before)| Step::Change(change, before));
    let messages = conversation.messages.iter().map(Step::Message);
    let mut steps: Vec<_> = changes.chain(messages).collect();
    steps.sort_by_key(Step::number);
    steps
}

/// "Handover Reason".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandoverReason {
    ManuallyByUser,
    VaEncounteredError,
}

impl HandoverReason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ManuallyByUser => "MANUALLY_BY_USER",
            Self::VaEncounteredError => "VA_ENCOUNTERED_ERROR",
        }
    }
}

/// The virtual agent that loses a conversation to humans with this change, and why. The vendor's list has
/// nothing of its own for an agent that asks for a human: that, and a human who takes the conversation
/// from it, is "manually".
pub(crate) fn handover<'a>(
    change: &Change,
    before: Option<&'a Owner>,
) -> Option<(&'a str, HandoverReason)> {
    let Some(Owner::VirtualAgent { id }) = before else {
        return None;
    };
    match change.reason {
        Reason::Handover | Reason::Taken => Some((id, HandoverReason::ManuallyByUser)),
        Reason::WebhookFailed | Reason::NoReply => Some((id, HandoverReason::VaEncounteredError)),
        _ => None,
    }
}

/// The first end of a conversation, and who made it.
pub(crate) fn first_resolve(conversation: &Conversation) -> Option<(&Change, Option<Who<'_>>)> {
    changes(conversation)
        .find(|(change, _)| change.queue == Queue::Resolved)
        .map(|(change, before)| (change, author(change, before)))
}

/// "Resolved By" and "Resolve Trigger" of a change to Resolved.
pub(crate) fn resolved_by(change: &Change) -> (&'static str, &'static str) {
    match change.resolution.as_ref().map(|resolution| resolution.how) {
        None => ("Virtual Agent", "Virtual Agent"),
        Some(How::Agent) => ("Agent", "Human Agent"),
        Some(How::Bulk) => ("Bulk Resolve", "Human Agent"),
        Some(How::Auto) => ("Auto-Resolve", "Auto Resolve"),
        Some(How::System) => ("System", "Automation"),
    }
}

/// Who last moved the conversation to Pending or Resolved.
pub(crate) fn last_status_change(conversation: &Conversation) -> Option<Who<'_>> {
    let mut queue = None;
    let mut who = None;
    for (change, before) in changes(conversation) {
        if queue != Some(change.queue) && change.queue != Queue::New {
            who = author(change, before);
        }
        queue = Some(change.queue);
    }
    who
}

pub(crate) fn count(conversation: &Conversation, direction: Direction) -> usize {
    let messages = conversation.messages.iter();
    messages.filter(|m| m.direction == direction).count()
}

fn first_inbound(conversation: &Conversation) -> Option<&Message> {
    let mut messages = conversation.messages.iter();
    messages.find(|m| m.direction == Direction::Inbound)
}

/// From the first handover to the first human's message after it; without a handover, from the first
/// inbound message to the first outbound one after it. Milliseconds.
pub(crate) fn first_response(conversation: &Conversation) -> Option<i64> {
    let handed_over = changes(conversation).find(|(c, before)| handover(c, *before).is_some());
    let after = |step: u32| conversation.messages.iter().filter(move |m| m.step > step);
    let (from, answer) = match handed_over {
        Some((change, _)) => (
            change.at,
            after(change.step).find(|m| m.author == Author::Human),
        ),
        None => {
            let inbound = first_inbound(conversation)?;
            let answer = after(inbound.step).find(|m| m.direction == Direction::Outbound);
            (inbound.at, answer)
        }
    };
    Some(between(from, answer?.at))
}

/// From the first inbound message to the first end. Milliseconds.
pub(crate) fn resolution(conversation: &Conversation) -> Option<i64> {
    let (end, _) = first_resolve(conversation)?;
    let begin = first_inbound(conversation)?;
    (begin.at <= end.at).then(|| between(begin.at, end.at))
}

/// The last change, message, topic, tag or survey.
pub(crate) fn last_updated(conversation: &Conversation) -> Option<Moment> {
    let changes = conversation.history.iter().map(|change| change.at);
    let messages = conversation.messages.iter().map(|message| message.at);
    let topics = conversation.applied_topics.iter().map(|topic| topic.at);
    let tags = conversation.tags.iter().map(|tag| tag.at);
    let survey = conversation.csat.iter().map(|survey| survey.at);
    let all = changes.chain(messages).chain(topics).chain(tags);
    all.chain(survey).max()
}
