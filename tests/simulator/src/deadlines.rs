//! What happens to conversations because nothing else does.

use std::collections::BTreeMap;

use crate::{
    agent::{Agent, HandoffRule},
    channels::Channels,
    conversation::Conversation,
    history::{How, Queue, Reason, Resolution},
    moment::Moment,
    moves::hand_off,
    world::World,
};

/// What a deadline brings.
#[derive(Clone, Copy)]
enum Act {
    /// The agent was silent for too long: New.
    TakeBack,
    /// It never spoke after a delegation: its handoff rule decides.
    HandOff(HandoffRule),
    /// Nothing happened for as long as the channel allows.
    AutoResolve,
}

impl World {
    /// Does what was due by now, each at the moment it was due; true if there was something.
    pub(crate) fn expire(&mut self, now: Moment) -> bool {
        let mut any = false;
        for conversation in self.conversations.values_mut() {
            while let Some((due, act)) = next_deadline(conversation, &self.agents, &self.channels)
                && due <= now
            {
                any = true;
                // A deadline is met a moment late: what came in between stays before it.
                let at = conversation
                    .last_activity()
                    .map_or(due, |last| last.max(due));
                meet(conversation, act, at);
            }
        }
        any
    }
}

/// The next thing that happens if nothing else does.
fn next_deadline(
    conversation: &Conversation,
    agents: &BTreeMap<String, Agent>,
    channels: &Channels,
) -> Option<(Moment, Act)> {
    let agent = conversation.virtual_agent().and_then(|id| agents.get(id));
    let silence = agent.zip(conversation.owed).map(|(agent, owed)| {
        let act = if owed.delegated {
            Act::HandOff(agent.handoff_rule)
        } else {
            Act::TakeBack
        };
        (owed.since.plus(agent.reply_limit), act)
    });
    let auto_resolve = channels
        .get(&conversation.channel.id)
        .ok()
        .and_then(|channel| channel.auto_resolve.after(conversation.queue))
        .zip(conversation.last_activity())
        .map(|(time, last)| (last.plus(time), Act::AutoResolve));
    let both = silence.into_iter().chain(auto_resolve);
    both.min_by_key(|(due, _)| *due)
}

fn meet(conversation: &mut Conversation, act: Act, at: Moment) {
    match act {
        Act::TakeBack => conversation.move_to(Queue::New, None, Reason::NoReply, at),
        Act::HandOff(rule) => hand_off(conversation, rule, Reason::NoReply, at),
        Act::AutoResolve => {
            conversation.move_to(Queue::Resolved, None, Reason::AutoResolved, at);
            if let Some(change) = conversation.history.last_mut() {
                change.resolution = Some(Resolution {
                    how: How::Auto,
                    ..Resolution::default()
                });
            }
        }
    }
}
