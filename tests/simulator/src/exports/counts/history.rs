//! What became of conversations: ends, handovers, and the people who acted.

use std::collections::BTreeSet;

use crate::{
    conversation::Conversation,
    exports::{
        counts::{Counts, handover_reason},
        scope::Window,
    },
    history::{How, Owner, Queue, Reason},
};

impl Counts {
    pub(super) fn history(&mut self, conversation: &Conversation, window: Window) {
        let history = &conversation.history;
        if conversation.queue != Queue::Resolved {
            let is_new = conversation.queue == Queue::New;
            self.open.add(if is_new { "New" } else { "Pending" });
        }
        // A conversation counts once for whoever did something to it.
        let mut seen = BTreeSet::new();
        let mut first_end = true;
        for (index, change) in history.iter().enumerate() {
            let before = index
                .checked_sub(1)
                .and_then(|index| history[index].owner.as_ref());
            let human = match (change.reason, before, &change.owner) {
                (Reason::Taken, _, Some(Owner::Human { name })) => Some(name),
                (Reason::Delegated, Some(Owner::Human { name }), _) => Some(name),
                (Reason::ResolvedByHuman, ..) => {
                    change.resolution.as_ref().and_then(|r| r.agent.as_ref())
                }
                _ => None,
            };
            if let Some(human) = human {
                self.acts.entry(human.clone()).or_default().push(change.at);
            }
            let is_first_end = first_end && change.queue == Queue::Resolved;
            first_end &= !is_first_end;
            if !window.contains(change.at) {
                continue;
            }
            self.begun += u64::from(change.reason == Reason::Created);
            if let Some(Owner::VirtualAgent { id }) = &change.owner {
                self.agent(conversation, id);
            }
            if is_first_end {
                self.end(conversation, change.resolution.as_ref().map(|r| r.how));
            }
            if let (Reason::ResolvedByHuman, Some(human)) = (change.reason, human)
                && seen.insert(format!("resolved {human}"))
            {
                self.users.entry(human.clone()).or_default().resolves += 1;
            }
            let Some(Owner::VirtualAgent { id }) = before else {
                continue;
            };
            let error = match change.reason {
                Reason::Handover | Reason::Taken => false,
                Reason::NoReply | Reason::WebhookFailed => true,
                Reason::ResolvedByAgent => {
                    let first = seen.insert(format!("ended {id}"));
                    self.agent(conversation, id).resolved += u64::from(first);
                    continue;
                }
                _ => continue,
            };
            self.handovers.add(handover_reason(error));
            let agent = self.agent(conversation, id);
            agent.handovers += u64::from(seen.insert(format!("handed over {id}")));
            let first_error = error && seen.insert(format!("failed {id}"));
            agent.handovers_due_to_error += u64::from(first_error);
        }
    }

    fn end(&mut self, conversation: &Conversation, how: Option<How>) {
        self.resolved_by.add(match how {
            None => "Virtual Agent",
            Some(How::Agent) => "Agent",
            Some(How::Bulk) => "Bulk Resolve",
            Some(How::Auto) => "Auto-Resolve",
            Some(How::System) => "System",
        });
        let survey = conversation.csat.as_ref();
        if let Some(score) = survey.and_then(|survey| survey.score) {
            let channel = conversation.channel.name.clone();
            let scores = self.csat.entry(channel).or_default();
            scores.answered += 1;
            scores.total += u64::from(score);
        }
    }
}
